import { describe, expect, test } from '@jest/globals';
import { observe, readCases } from './read-case.js';

const files = ['commands.yaml', 'wrappers.yaml', 'hostile.yaml', 'arithmetic.yaml'];

describe.each(files)('%s', (file) => {
  test.each(readCases(file).map((one) => [one.sh, one] as const))('%s', (_, one) => {
    expect(Object.keys(one.expect)).not.toHaveLength(0);
    expect(observe(one)).toEqual(one.expect);
  });
});
