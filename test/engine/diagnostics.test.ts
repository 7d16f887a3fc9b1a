import { expect, test } from '@jest/globals';
import type { ValueObject } from '../../src/values/value.js';
import { diagnose } from './rule-set.js';
import { readTable, toValue } from './table.js';

interface Case {
  readonly note: string;
  readonly rules: string;
  readonly more?: string;
  readonly data?: unknown;
  readonly says: readonly string[];
  readonly help?: string;
  /** `schema.table.column`, of the target `orders`. */
  readonly columns?: readonly string[];
}

const cases = ['diagnostics', 'types'].flatMap((name) => readTable(`semantics/${name}.yaml`) as Case[]);

test.each(cases)('$note', ({ rules, more, data, says, help, columns }) => {
  const files = [`package p\n${rules}`, ...(more === undefined ? [] : [more])];
  const diagnostics = diagnose(files, toValue(data ?? {}) as ValueObject, columns?.map(columnOf));
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual(says);
  if (help !== undefined) expect(diagnostics[0]?.help).toBe(help);
  for (const { span, source } of diagnostics) expect(span.end).toBeLessThanOrEqual(source.text.length);
});

function columnOf(path: string) {
  const [schema = '', table = '', column = ''] = path.split('.');
  return { schema, table, column };
}
