import { describe, expect, test } from '@jest/globals';
import { observeRequest, readTable, type RequestCase } from './read-case.js';

const files = ['paths.yaml', 'pods.yaml', 'bodies.yaml', 'hostile-requests.yaml'];

function cases(file: string): RequestCase[] {
  return readTable(file).map(({ request, headers, body, type, ...expected }) => ({
    ...{ request, headers, body, type },
    expect: expected,
  })) as RequestCase[];
}

describe.each(files)('%s', (file) => {
  const numbered = cases(file).map((one, index) => [index + 1, one.request, one] as const);
  test.each(numbered)('%i %s', (_, __, one) => {
    expect(Object.keys(one.expect)).not.toHaveLength(0);
    expect(observeRequest(one)).toEqual(one.expect);
  });
});
