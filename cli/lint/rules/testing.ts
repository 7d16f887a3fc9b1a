/** Tests: whether there are any, and whether they can fail. */
import type { CommandRow, Expectation, TestBlock } from '../../../grammar/ast.js';
import { printExpression } from '../../../grammar/print/printer.js';
import type { DecisionGroup } from '../../../src/engine/core.js';
import { parseColumnSelector } from '../../../src/masking/column-selector.js';
import { removeLine } from '../edit.js';
import { framesOf } from '../frame.js';
import { defineRule, isTest, type LintSet } from '../rule.js';

function testBlocks({ modules }: LintSet) {
  return modules.flatMap((module) =>
    module.statements.flatMap((block) => (block.kind === 'test-block' ? [{ module, block }] : [])),
  );
}

function commandRows({ rows }: TestBlock): CommandRow[] {
  return rows.filter((row) => row.kind === 'command-row');
}

export const untestedRule = defineRule({
  id: 'untested-rule',
  category: 'testing',
  level: 'warning',
  doc: 'Every decision rule is named by a test.',
  whole: true,
  needsMeaning: true,
  check: (set, report) => {
    if (set.meaning === null) return;
    const named = namedInTests(set);
    for (const group of set.meaning.program.decisions) {
      if (group.source.path.endsWith('_test.rules') || named(group)) continue;
      report({
        source: group.source,
        span: group.span,
        message: `no test names \`${group.id}\``,
        help: group.shadow
          ? `add a row that expects it: \`=> allow shadow ${group.id}\``
          : `add a row that expects it: \`=> ${group.effect === 'mask' || group.effect === 'limit' ? 'allow' : group.effect} ${group.id}\``,
      });
    }
  },
});

/** A test names a rule by its id after `=>`, by a mask's selector there, or as a document that it reads. */
function namedInTests(set: LintSet): (group: DecisionGroup) => boolean {
  const rows = testBlocks(set).flatMap(({ block }) => commandRows(block));
  // A rule that could not be decided had no visible effect.
  const cited = rows.flatMap(({ expectation: { effect, ruleIds, shadows } }) => [
    ...(effect === 'undecided' ? [] : ruleIds),
    ...shadows,
  ]);
  const ids = new Set(cited.map(({ name }) => name));
  const masks = [...new Set(rows.flatMap(({ expectation }) => masksIn(expectation)))];
  const read = framesOf(set.meaning!.program)
    .filter(({ owner }) => owner.source.path.endsWith('_test.rules') || 'givens' in owner)
    .flatMap(({ cores }) =>
      cores.flatMap((core) => (core.kind === 'document' ? [core.document.path.join('.')] : [])),
    );
  const documents = new Set(read);
  return ({ id, written }) =>
    ids.has(id) ||
    documents.has(id) ||
    (written.effect === 'mask' &&
      !written.shadow &&
      written.selectors.some(({ value }) => masks.some((mask) => selects(value, mask))));
}

function masksIn({ masks }: Expectation): string[] {
  return masks.flatMap(({ columns }) => columns.map(({ value }) => value));
}

/** `customers.*` selects `customers.email`, in any schema. */
function selects(selector: string, column: string): boolean {
  const named = parseColumnSelector(column);
  const wide = parseColumnSelector(selector);
  if (selector === column || named === null || wide === null) return selector === column;
  const parts = ['schema', 'table', 'column'] as const;
  return parts.every((part) => wide[part] === null || named[part] === null || wide[part] === named[part]);
}

export const testWithoutDeny = defineRule({
  id: 'test-without-deny',
  category: 'testing',
  level: 'warning',
  doc: 'A test file also shows what is denied.',
  check: (set, report) => {
    for (const module of set.modules) {
      const blocks = module.statements.filter((statement) => statement.kind === 'test-block');
      const rows = blocks.flatMap((block) => block.rows);
      const [first] = blocks;
      if (first === undefined || !rows.some(({ kind }) => kind === 'command-row')) continue;
      const refused = rows.some((row) =>
        row.kind === 'command-row'
          ? row.expectation.effect !== 'allow'
          : row.literal.kind === 'not-body' ||
            (row.literal.kind === 'condition' &&
              row.literal.expression.kind === 'unary' &&
              row.literal.expression.operator === 'not'),
      );
      if (refused) continue;
      report({
        source: module.source,
        span: first.title.span,
        message: 'every row of this file is allowed, so rules that allow everything would pass',
        help: 'add a row with a command that must be denied: `=> deny`',
      });
    }
  },
});

export const unnamedDeny = defineRule({
  id: 'unnamed-deny',
  category: 'testing',
  level: 'warning',
  doc: 'A test names the rules it is about.',
  check: (set, report) => {
    for (const { module, block } of testBlocks(set)) {
      const rows = commandRows(block);
      const deny = rows.find(({ expectation }) => expectation.effect === 'deny');
      if (deny === undefined || rows.some(({ expectation }) => expectation.ruleIds.length > 0)) continue;
      // A condition on a rule names it as well.
      if (block.rows.some(({ kind }) => kind === 'condition-row')) continue;
      report({
        source: module.source,
        span: deny.expectation.span,
        message: 'no row of this test names a rule, so a denial for any reason passes',
        help: 'name the rule that denies or allows each row: `=> deny ci.orders.drop`',
      });
    }
  },
});

export const duplicateRow = defineRule({
  id: 'duplicate-test-row',
  category: 'testing',
  level: 'warning',
  doc: 'A test has each command only once.',
  fixes: true,
  check: (set, report) => {
    for (const { module, block } of testBlocks(set)) {
      const seen = new Map<string, string>();
      for (const row of commandRows(block)) {
        const key = keyOf(row);
        const wanted = expectationOf(row);
        const before = seen.get(key);
        seen.set(key, before ?? wanted);
        if (before === undefined) continue;
        report({
          source: module.source,
          span: row.span,
          message: 'this command is already in the test',
          help: 'delete the row, or change what was meant to differ',
          fix: before === wanted ? removeLine(module.source, row.span, 'delete the row') : null,
        });
      }
    }
  },
});

function keyOf({ protocol, command, modifiers }: CommandRow): string {
  const changes = modifiers.map(({ target, value }) => [printExpression(target), printExpression(value)]);
  return JSON.stringify([protocol, printExpression(command), changes]);
}

function expectationOf({ expectation }: CommandRow): string {
  return JSON.stringify(expectation, (key, value: unknown) => (key === 'span' ? undefined : value));
}

export const testTitle = defineRule({
  id: 'test-title',
  category: 'testing',
  level: 'warning',
  doc: 'Every test of a package has a unique title.',
  check: (set, report) => {
    const seen = new Map<string, string>();
    for (const { module, block } of testBlocks(set).filter(({ module: one }) => isTest(one))) {
      const key = JSON.stringify([module.package.path, block.title.value]);
      const place = `${module.source.path}:${module.source.position(block.span.start).line}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, place);
      else
        report({
          source: module.source,
          span: block.title.span,
          message: `the test at ${first} has the same title`,
          help: 'a unique title makes a failing test easy to find',
        });
    }
  },
});
