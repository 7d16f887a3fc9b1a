/** The lists that have an entry for each protocol agree with the one list of them. */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { ROW_WORDS } from '../../grammar/row-words.js';
import { servedTypes } from '../../proxy/list.js';
import { command, target } from '../../src/facts/schema/common.js';
import { factSchema } from '../../src/facts/schema/index.js';
import { protocols } from '../../src/protocols/list.js';
import { targetTypes } from '../../src/targets/types.js';
import type { ObjectType, Type } from '../../src/values/schema.js';

const names = protocols.map(({ name }) => name);

function valuesOf({ type }: { readonly type: Type }, member: string): readonly string[] {
  const of = (type as ObjectType).fields[member]!.type;
  return of.kind === 'string' ? (of.values ?? []) : [];
}

test('each word that opens a row has a protocol, and each protocol has one', () => {
  expect(protocols.map(({ row }) => row).sort()).toEqual([...ROW_WORDS].sort());
  expect(protocols.map(({ builtin }) => builtin.name).sort()).toEqual(
    ROW_WORDS.map((word) => `facts.${word}`).sort(),
  );
});

test('facts know each protocol, and each type of target that it reaches', () => {
  for (const values of [valuesOf(target, 'type'), valuesOf(command, 'protocol')])
    expect(names.filter((name) => !values.includes(name))).toEqual([]);
  const roots = Object.values(factSchema.roots).flatMap(({ targets }) => targets ?? []);
  expect(names.filter((name) => !roots.includes(name))).toEqual([]);
});

test('what is configured and served is a protocol', () => {
  expect(targetTypes.map(({ type }) => type).filter((type) => !names.includes(type))).toEqual([]);
  expect(servedTypes.map(({ type }) => type)).toEqual(targetTypes.map(({ type }) => type));
});

test('editors colour the words that open a row', () => {
  const grammar = readFileSync('cli/lsp/vscode/rules.tmLanguage.json', 'utf8');
  expect(grammar).toContain(`(${ROW_WORDS.join('|')})`);
});
