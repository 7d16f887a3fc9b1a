import { describe, expect, test } from '@jest/globals';
import { observe, readCases } from './read-case.js';

const files = [
  'lineage.yaml',
  'names.yaml',
  'views.yaml',
  'statements.yaml',
  'definitions.yaml',
  'writes.yaml',
  'functions.yaml',
  'session.yaml',
  'without-catalogue.yaml',
  'hostile.yaml',
];

describe.each(files)('%s', (file) => {
  test.each(readCases(file).map((one) => [one.sql.trim(), one] as const))('%s', (_, one) => {
    expect(Object.keys(one.expect)).not.toHaveLength(0);
    expect(observe(one)).toEqual(one.expect);
  });
});
