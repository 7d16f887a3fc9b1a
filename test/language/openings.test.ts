/** L1 to L8, L18, L19: what a trial wrote, and that it opens nothing: refused by check, or denied by the engine. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { runTests } from '../../src/engine/testing/cases.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { fromJson, objectOf } from '../../src/values/value.js';
import { factBuiltins } from '../../src/protocols/list.js';
import { nanoseconds, sessionFacts } from '../../src/facts/command.js';
import { factSchema } from '../../src/facts/schema/index.js';
import { parseModule } from '../../grammar/parser.js';
import { checkFiles, splitFiles, type File } from './checked.js';

interface Opening {
  /** The row of the trial. */
  readonly row: string;
  readonly rules: string;
  /** Codes of the errors; of what compiles the list is empty. */
  readonly refused?: readonly string[];
  /** Of what compiles: claims with which the command is asked, and what is decided. */
  readonly decides?: readonly { readonly claims: unknown; readonly effect: string }[];
}

const openings = parse(readFileSync(new URL('openings.yaml', import.meta.url), 'utf8')) as Opening[];
const host = { schema: factSchema, builtins: factBuiltins };

function facts(claims: unknown) {
  const now = new Date(1_800_000_000_000);
  const session = sessionFacts({
    id: 's',
    identity: {
      subject: 'ann',
      issuer: 'https://ci.example',
      kind: 'service',
      name: 'ann',
      groups: ['ci'],
      claims: fromJson(claims),
    },
    target: { name: 'orders', type: 'postgres', database: 'orders', labels: {} },
    client: { address: '127.0.0.1', application: 'psql' },
    started: now,
  });
  const command = objectOf(Object.entries({ protocol: 'postgres', text: 'SELECT 1', phase: 'query' }));
  return { ...session, command, now: nanoseconds(now) };
}

describe.each(openings)('$row', ({ rules, refused = [], decides = [] }) => {
  test('is refused by check, or compiles', () => {
    expect(codesOf(`package ci\n\n${rules}`)).toEqual(refused);
    // One of the two is shown of each.
    expect(refused.length > 0).not.toBe(decides.length > 0);
  });

  // Nothing is decided of what is refused.
  for (const { claims, effect } of decides)
    test(`of ${JSON.stringify(claims)} decides ${effect}`, () => {
      const [{ text }] = splitFiles(`package ci\n\nallow everything\n${rules}`, 'ci.rules') as [File];
      const { module } = parseModule('ci.rules', text);
      const { policy } = compilePolicy({ modules: [module!], data: {}, revision: 'r' }, host);
      expect(policy!.decide(facts(claims)).effect).toBe(effect);
    });
});

test('L3: calls that are nested deep are refused, and many kinds of arguments take no time', () => {
  const chain = Array.from({ length: 70 }, (_, i) => `f${i}(x) if f${i + 1}(x)`).join('\n');
  const deep = `package ci\n\n${chain}\nf70(x) if x.a != 1\n\ndeny d "no" if f0(identity.claims)\n`;
  expect(codesOf(deep)).toEqual(['deep-calls']);
  // Each function calls the next one with arguments of two kinds.
  const wide = Array.from(
    { length: 40 },
    (_, i) => `f${i}(x) if { f${i + 1}({"a": x}); f${i + 1}({"b": x}) }`,
  );
  const many = `package ci\n\n${wide.join('\n')}\nf40(x) if is_object(x)\n\ndeny d "no" if f0(identity.claims)\n`;
  expect(codesOf(many)).toEqual([]);
});

test('L2: a document that no file has is unknown, and not absent', () => {
  const text = `package ci

out if identity.subject in data.people

ready if identity.subject in (data.people ?? [])

test "out" {
  given identity.subject := "ann"
  not out
  not ready
}
`;
  const { module } = parseModule('ci_test.rules', text);
  const { tests, diagnostics } = runTests({ modules: [module!], data: {}, revision: 'r' }, host, {});
  expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['unknown-data', 'warning']]);
  expect(tests[0]!.rows.map(({ passed }) => passed)).toEqual([false, true]);
});

function codesOf(rules: string): string[] {
  const errors = checkFiles(splitFiles(rules, 'ci.rules')).filter(({ severity }) => severity === 'error');
  return [...new Set(errors.map(({ code }) => code))];
}
