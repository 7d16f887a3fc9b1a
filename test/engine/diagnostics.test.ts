import { expect, test } from '@jest/globals';
import type { ValueObject } from '../../src/engine/value.js';
import { diagnose } from './rule-set.js';
import { readTable, toValue } from './table.js';

interface Case {
  readonly note: string;
  readonly rules: string;
  readonly more?: string;
  readonly data?: unknown;
  readonly says: readonly string[];
  readonly help?: string;
}

test.each(readTable('semantics/diagnostics.yaml') as Case[])('$note', ({ rules, more, data, says, help }) => {
  const files = [`package p\n${rules}`, ...(more === undefined ? [] : [more])];
  const diagnostics = diagnose(files, toValue(data ?? {}) as ValueObject);
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual(says);
  if (help !== undefined) expect(diagnostics[0]?.help).toBe(help);
  for (const { span, source } of diagnostics) expect(span.end).toBeLessThanOrEqual(source.text.length);
});
