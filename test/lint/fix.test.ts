/** `--fix` never changes what a rule means, and knows when it is done. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Module } from '../../grammar/ast.js';
import { printModule } from '../../grammar/print/printer.js';
import { parseModule } from '../../grammar/parser.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { Decision } from '../../src/engine/decision.js';
import type { Policy } from '../../src/engine/policy.js';
import type { Value } from '../../src/values/value.js';
import { defaultConfig } from '../../cli/lint/config.js';
import type { LintContext } from '../../cli/lint/finding.js';
import { fixAll, type Linting } from '../../cli/lint/fix.js';
import { lint } from '../../cli/lint/linter.js';
import { facts, forget } from '../engine/random-rules.js';
import { host, parse } from '../engine/rule-set.js';
import { mendable } from './random-rules.js';

const context: LintContext = {
  config: defaultConfig,
  data: {},
  catalogues: [],
  dataFiles: [],
  groups: null,
  whole: false,
};
const compiled = (modules: readonly Module[]) =>
  compilePolicy({ modules, data: {}, revision: 'r' }, host).policy;
const linting: Linting = {
  lint: (modules) => lint(modules, context, host),
  compiles: (modules) => compiled(modules) !== null,
};

function fixText(text: string): { readonly text: string; readonly count: number } {
  const { modules, count } = fixAll([parse(text, 'p.rules')], linting);
  return { text: modules[0]!.source.text, count };
}

/** What decides, and what is recorded of it. */
function outcome(policy: Policy, part: Record<string, Value>): unknown {
  const { effect, rules, unknowns, masks, limits, reviews }: Decision = policy.decide(part);
  const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
  return { effect, rules: ids(rules), unknowns: ids(unknowns), masks, limits, reviews };
}

const forgotten = fc.tuple(facts, fc.infiniteStream(fc.nat(9))).map(([whole, stream]) => {
  const choices = stream[Symbol.iterator]();
  const choose = () => choices.next().value === 0;
  return Object.fromEntries<Value>(
    Object.entries(whole).map(([root, value]) => [root, forget(value, choose)]),
  );
});

describe('mending', () => {
  test('keeps every decision, also where facts are unknown', () => {
    let mended = 0;
    fc.assert(
      fc.property(mendable, fc.array(forgotten, { minLength: 8, maxLength: 8 }), (rules, parts) => {
        const before = compiled([parse(rules, 'p.rules')]);
        fc.pre(before !== null);
        const fixed = fixText(rules);
        mended += fixed.count;
        const after = compiled([parse(fixed.text, 'p.rules')])!;
        for (const part of parts) expect(outcome(after, part)).toEqual(outcome(before, part));
      }),
      { numRuns: 60 },
    );
    expect(mended).toBeGreaterThan(20);
  });

  test('twice changes nothing more, and leaves the layout of `policy fmt`', () => {
    fc.assert(
      fc.property(mendable, (rules) => {
        const once = fixText(rules);
        const twice = fixText(once.text);
        expect(twice).toEqual({ text: once.text, count: 0 });
        expect(printModule(parseModule('p.rules', once.text).module!)).toBe(once.text);
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    'allow a if {\n  # one\n  "orders" == target.name # two\n  # three\n  "orders" == target.name\n}',
    'allow a if {\n  "orders" == # one\n    target.name\n}',
    'allow a if {\n  some g in identity.groups # one\n  # two\n  g == "ci"\n}',
    'allow a if { sql.read_only } unless { # one\n  not prod # two\n}\n\nprod if target.labels.env == "prod"',
    'allow a if {\n  target.name in { # one\n    "orders", # two\n  }\n}',
    'allow a if {\n  has target.labels.env # one\n  target.labels.env == "x"\n}',
    'prod := # one\n  true if sql.read_only',
  ])('keeps the comments of\n%s', (rules) => {
    const comments = rules.match(/# \w+/g)!;
    const { text } = fixText(`package p\n\n${rules}\n`);
    for (const comment of comments) expect(text).toContain(comment);
  });

  test('does not touch what does not parse any more, and takes one fix where two do not go together', () => {
    const { count, text } = fixText('package p\n\nallow a if {\n  not not "a" in identity.groups\n}\n');
    expect(count).toBeGreaterThan(0);
    expect(text).toContain('"a" in identity.groups');
    expect(text).not.toContain('not');
  });
});

describe('a fix that narrows', () => {
  test.each([
    [
      'startswith(identity.claims.sub, "repo:acme/shop")',
      'startswith(identity.claims.sub, "repo:acme/shop:")',
    ],
    ['startswith(identity.claims.sub, "repo:acme")', 'startswith(identity.claims.sub, "repo:acme/")'],
    ['startswith(identity.claims.ref, "refs/heads/main")', 'identity.claims.ref == "refs/heads/main"'],
    ['like(identity.claims.ref, "refs/heads/main*")', 'like(identity.claims.ref, "refs/heads/main")'],
    ['like(identity.claims.sub, "repo:acme/shop*")', 'like(identity.claims.sub, "repo:acme/shop:*")'],
    ['endswith(identity.claims.email, "acme.com")', 'endswith(identity.claims.email, "@acme.com")'],
    ['contains(identity.claims.sub, "acme/shop")', null],
    ['startswith(identity.claims.team, "shop")', null],
  ])('L11: %s is offered %s, and left by `--fix`', (wrong, right) => {
    const text = `package p\n\n## Why.\nallow a if {\n  target.name == "orders"\n  ${wrong}\n}\n`;
    const [found] = lint([parse(text, 'p.rules')], context, host).filter(
      ({ code }) => code === 'claim-boundary',
    );
    expect(found).toBeDefined();
    const edits = found?.fix?.edits ?? [];
    const applied = edits.reduce(
      (now, { span, text: inserted }) => now.slice(0, span.start) + inserted + now.slice(span.end),
      text,
    );
    expect(applied).toBe(right === null ? text : text.replace(wrong, right));
    expect(fixText(text)).toEqual({ text, count: 0 });
  });
});
