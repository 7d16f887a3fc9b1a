/** The rules that we ship: they compile without a warning, pass their tests, are laid out and say what they are for. */
import { beforeAll, expect, test } from '@jest/globals';
import type { Module } from '../../grammar/ast.js';
import { printModule } from '../../grammar/print/printer.js';
import { loadBundle, type Bundle } from '../../src/engine/bundle/bundle.js';
import type { TestRun } from '../../src/engine/testing/cases.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { compileRules } from '../../src/gateway/rules/compile.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { testBundle } from '../../cli/testing/bundle-tests.js';
import { host } from '../../cli/input/rule-set.js';

let bundle: Bundle;
let run: TestRun;
beforeAll(async () => {
  await loadSqlParser();
  bundle = loadBundle(['rules']);
  run = testBundle(bundle);
});

const nameOf = (module: Module): string => module.package.path.join('.');

test('they compile without a word', () => {
  expect(bundle.diagnostics).toEqual([]);
  expect(compilePolicy(bundle, host).diagnostics).toEqual([]);
});

test.each(['freezes', 'teams', 'registries', 'catalogue'])(
  'L2: without the data of `%s` the gateway refuses them',
  (document) => {
    const data = Object.fromEntries(Object.entries(bundle.data).filter(([name]) => name !== document));
    const { policy, diagnostics } = compileRules({ ...bundle, data });
    expect(policy).toBeNull();
    expect(diagnostics.some(({ code, severity }) => code === 'unknown-data' && severity === 'error')).toBe(
      true,
    );
  },
);

test('their tests pass', () => {
  expect(run.diagnostics).toEqual([]);
  expect(run.tests.length).toBeGreaterThan(15);
  expect(run.tests.filter(({ passed }) => !passed)).toEqual([]);
});

test('every package has tests beside it', () => {
  const tested = new Set(run.tests.map((one) => one.package));
  expect(bundle.modules.map(nameOf).filter((name) => !tested.has(name))).toEqual([]);
});

test('every decision rule is decided at least once in them', () => {
  const rows = run.tests.flatMap(({ rows: all }) => all);
  const fired = new Set(
    rows.flatMap((row) =>
      row.kind === 'command' && row.decision !== null
        ? [...row.decision.rules, ...row.decision.shadows].map(({ id }) => id)
        : [],
    ),
  );
  const text = rows.map((row) => row.text).join('\n');
  const rules = bundle.modules.flatMap((module) =>
    module.statements.flatMap((statement) =>
      statement.kind === 'decision-rule' ? [`${nameOf(module)}.${statement.name?.name ?? 'allow'}`] : [],
    ),
  );
  expect(rules.filter((id) => !fired.has(id) && !text.includes(`data.${id}`))).toEqual([]);
});

test('every rule says what it is for', () => {
  const silent = bundle.modules.flatMap((module) =>
    module.statements.filter(
      (statement) =>
        (statement.kind === 'decision-rule' || statement.kind === 'applies') && statement.doc === null,
    ),
  );
  expect(silent.map(({ span }) => span)).toEqual([]);
});

test('they are laid out as `policy fmt` lays them out', () => {
  const untidy = [...bundle.modules, ...bundle.tests].filter(
    (module) => printModule(module) !== module.source.text,
  );
  expect(untidy.map(({ source }) => source.path)).toEqual([]);
});
