import { describe, expect, test } from '@jest/globals';
import { observe, readCases } from './read-case.js';

const files = ['requests.yaml', 'commands.yaml', 'hostile.yaml'];

describe.each(files)('%s', (file) => {
  test.each(readCases(file).map((one) => [one.name, one] as const))('%s', (_, one) => {
    expect(Object.keys(one.expect)).not.toHaveLength(0);
    expect(observe(one)).toEqual(one.expect);
  });
});
