import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { callBuiltin } from '../../src/engine/builtins/call.js';
import { engineBuiltins, findBuiltin } from '../../src/engine/builtins/catalogue.js';
import {
  fromJson,
  isArray,
  isObject,
  objectOf,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from '../../src/values/value.js';

/**
 * The tables beside this file, one a family: calls and what becomes of them. `{$set: [...]}` is a set,
 * `{$repeat: [text, count]}` a long text, `{$unknown: reason}` a value that could not be established.
 */
interface Case {
  readonly args: readonly unknown[];
  readonly want?: unknown;
  readonly absent?: true;
  readonly unknown?: string;
}

const folder = new URL('./builtins/', import.meta.url);
const tables = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const context = { spend: () => undefined };

function valueOf(written: unknown): Value {
  if (Array.isArray(written)) return written.map(valueOf);
  if (typeof written !== 'object' || written === null) return fromJson(written);
  const fields: readonly (readonly [string, unknown])[] = Object.entries(written);
  const [key, inner] = fields.length === 1 ? fields[0]! : ['', null];
  if (key === '$set') return ValueSet.of((inner as unknown[]).map(valueOf));
  if (key === '$unknown') return new Unknown(inner as string);
  if (key === '$repeat') {
    const [text, count] = inner as [string, bigint];
    return text.repeat(Number(count));
  }
  return objectOf(fields.map(([name, member]) => [name, valueOf(member)] as const));
}

/** A text in which different values, and an integer kept as a number or as a bigint, look different. */
function show(value: Maybe): string {
  if (value === undefined) return 'absent';
  if (value instanceof Unknown) return `unknown: ${value.reason}`;
  if (typeof value === 'bigint') return `${value}n`;
  if (isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (value instanceof ValueSet) return `set(${value.items.map(show).join(', ')})`;
  if (isObject(value)) {
    const fields = Object.keys(value).sort();
    return `{${fields.map((key) => `${JSON.stringify(key)}: ${show(value[key])}`).join(', ')}}`;
  }
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}

function expected(row: Case): string {
  if (row.absent) return 'absent';
  return row.unknown === undefined ? show(valueOf(row.want)) : `unknown: ${row.unknown}`;
}

const covered = new Map<string, number>();

for (const table of tables) {
  const text = readFileSync(new URL(table, folder), 'utf8');
  const families = parse(text, { intAsBigInt: true }) as Record<string, readonly Case[]>;
  describe(table, () => {
    for (const [name, rows] of Object.entries(families)) {
      covered.set(name, rows.length);
      test(name, () => {
        const builtin = findBuiltin(name)!;
        const results = rows.map((row) => {
          const args = row.args.map(valueOf);
          return { args: row.args, result: show(callBuiltin(builtin, args, context)) };
        });
        expect(results).toEqual(rows.map((row) => ({ args: row.args, result: expected(row) })));
      });
    }
  });
}

test('every builtin has a row in the tables, three at least', () => {
  const few = engineBuiltins.filter(({ name }) => (covered.get(name) ?? 0) < 3);
  expect(few.map(({ name }) => name)).toEqual([]);
});

test('names are unique and every one says in a line what it does', () => {
  expect(new Set(engineBuiltins.map(({ name }) => name)).size).toBe(engineBuiltins.length);
  for (const { name, doc } of engineBuiltins)
    expect([name, doc]).toEqual([name, expect.stringMatching(/^.{8,140}\.$/)]);
});
