/** Masks, limits and reviews: whether they can do what they say. */
import type { Selector } from '../../../grammar/ast.js';
import { nearest } from '../../../src/engine/nearest.js';
import { isArray, isObject, ValueSet, type Maybe } from '../../../src/engine/value.js';
import type { Catalogue, ColumnName } from '../../../src/facts/sql/catalogue.js';
import { parseColumnSelector, selectsColumn } from '../../../src/masking/column-selector.js';
import type { Core } from '../../../src/engine/core.js';
import { defineRule, isTest, type LintSet } from '../rule.js';

export const unknownColumn = defineRule({
  id: 'unknown-mask-column',
  category: 'security',
  level: 'error',
  doc: 'A masked column is in a catalogue.',
  check: ({ modules, catalogues }, report) => {
    if (catalogues.length === 0) return;
    const columns = catalogues.flatMap(columnsOf);
    for (const { statements, source } of modules) {
      for (const rule of statements) {
        if (rule.kind !== 'decision-rule' || rule.effect !== 'mask') continue;
        for (const selector of rule.selectors) {
          if (selector.by !== 'column' || isKnown(selector, columns)) continue;
          const near = nearest(selector.value, names(columns));
          report({
            source,
            span: selector.span,
            message: `no catalogue has a column \`${selector.value}\`: nothing is masked`,
            help:
              near === null
                ? 'name it as the database does, or pull the catalogue again'
                : `did you mean \`${near}\`?`,
          });
        }
      }
    }
  },
});

function columnsOf({ relations }: Catalogue): ColumnName[] {
  return relations.flatMap(({ schema, name, columns }) =>
    columns.map((column) => ({ schema, table: name, column: column.name })),
  );
}

/** What is no selector at all is an error of the checker. */
function isKnown({ value }: Selector, columns: readonly ColumnName[]): boolean {
  const selector = parseColumnSelector(value);
  return selector === null || columns.some((column) => selectsColumn(selector, column));
}

function names(columns: readonly ColumnName[]): string[] {
  return columns.flatMap(({ schema, table, column }) => [
    `${table}.${column}`,
    `${schema}.${table}.${column}`,
  ]);
}

export const patternAlone = defineRule({
  id: 'pattern-mask-alone',
  category: 'security',
  level: 'warning',
  doc: 'Values found by what they look like are masked by their column as well.',
  check: ({ modules }, report) => {
    const masks = modules
      .filter((module) => !isTest(module))
      .flatMap((module) =>
        module.statements.flatMap((rule) =>
          rule.kind === 'decision-rule' && rule.effect === 'mask' ? [{ module, rule }] : [],
        ),
      );
    const selectors = masks.flatMap(({ module, rule }) => rule.selectors.map((one) => ({ module, ...one })));
    if (selectors.some(({ by }) => by !== 'pattern')) return;
    const [first] = selectors;
    if (first === undefined) return;
    report({
      source: first.module.source,
      span: first.span,
      message: 'all masks go by what values look like, and what looks otherwise passes',
      help: 'mask the columns that are known to hold such values too: `column "customers.card_number"`',
    });
  },
});

export const revealingMask = defineRule({
  id: 'revealing-mask',
  category: 'security',
  level: 'warning',
  doc: '`partial` shows a few characters.',
  options: { max: 4 },
  check: ({ modules }, report, { max }) => {
    for (const { statements, source } of modules) {
      for (const rule of statements) {
        if (rule.kind !== 'decision-rule' || rule.effect !== 'mask' || rule.method.name !== 'partial')
          continue;
        const { argument } = rule.method;
        if (argument?.kind !== 'number' || Number(argument.text) <= max) continue;
        report({
          source,
          span: argument.span,
          message: `the last ${argument.text} characters of a short value are all of it`,
          help: `show ${max} of them or fewer, or use \`redact\``,
        });
      }
    }
  },
});

const day = 24 * 60 * 60;

export const absurdLimit = defineRule({
  id: 'absurd-limit',
  category: 'bug',
  level: 'warning',
  doc: 'A limit lets something through, and stops something.',
  options: { rows: 10_000_000, bytes: 100 * 1024 ** 3, seconds: 7 * day, least: 1 },
  check: ({ modules }, report, options) => {
    for (const { statements, source } of modules) {
      for (const rule of statements) {
        if (rule.kind !== 'decision-rule' || rule.effect !== 'limit') continue;
        const amount = Number(rule.amount.text);
        const little = amount < options.least;
        if (!little && amount <= options[rule.unit]) continue;
        report({
          source,
          span: rule.amount.span,
          message: little
            ? `a limit of ${amount} ${rule.unit} lets nothing through`
            : `a limit of ${amount} ${rule.unit} stops nothing`,
          help: little
            ? 'write a deny, whose reason says why'
            : 'write what a command of this kind may need, or take the limit out',
        });
      }
    }
  },
});

export const absurdWindow = defineRule({
  id: 'absurd-review-window',
  category: 'bug',
  level: 'warning',
  doc: 'A review leaves people time to look, and does not wait for days.',
  options: { least: 60, most: day },
  check: ({ modules }, report, { least, most }) => {
    for (const { statements, source } of modules) {
      for (const rule of statements) {
        if (rule.kind !== 'decision-rule' || rule.effect !== 'review' || rule.within === null) continue;
        const seconds = rule.within.nanoseconds / 1e9;
        if (seconds >= least && seconds <= most) continue;
        report({
          source,
          span: rule.within.span,
          message:
            seconds < least
              ? `nobody reads a request within \`${rule.within.text}\``
              : `the command and its connection wait \`${rule.within.text}\``,
          help: 'minutes for what is urgent, hours for what is not: `within 30m`',
        });
      }
    }
  },
});

export const unreachableReviewer = defineRule({
  id: 'unreachable-reviewer',
  category: 'bug',
  level: 'error',
  doc: 'A review asks groups that somebody can be in.',
  needsMeaning: true,
  check: (set, report) => {
    for (const group of set.meaning?.program.decisions ?? []) {
      for (const { by } of group.clauses) {
        const groups = by === null ? null : groupsIn(by, set);
        if (by === null || groups === null) continue;
        const missing = groups.filter((name) => !canBe(name, set));
        if (groups.length > 0 && missing.length < groups.length) continue;
        const shown = missing.map((name) => `\`${name}\``).join(' or ');
        report({
          source: by.source,
          span: by.span,
          message:
            groups.length === 0
              ? 'the review asks nobody: it is never met'
              : `no issuer gives anybody the group ${shown}: the review is never met`,
          help: 'name a group that a token carries; `identity.issuers[].groups` in `sallyport.yaml` says which',
        });
      }
    }
  },
});

/** The groups of a literal or of a data document; null where they depend on the command. */
function groupsIn(by: Core, { data }: LintSet): readonly string[] | null {
  if (by.kind === 'constant') return textsOf(by.value);
  if (by.kind === 'set' || by.kind === 'array') {
    const texts = by.elements.map((element) => (element.kind === 'constant' ? element.value : null));
    return texts.every((text) => typeof text === 'string') ? texts : null;
  }
  if (by.kind !== 'document' || by.document.virtual) return null;
  let value: Maybe = data;
  for (const key of by.document.path)
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value === undefined ? [] : textsOf(value);
}

function textsOf(value: Maybe): readonly string[] | null {
  const items = isArray(value) ? value : value instanceof ValueSet ? value.items : null;
  return items?.every((item) => typeof item === 'string') === true ? items : null;
}

function canBe(name: string, { groups }: LintSet): boolean {
  return groups === null || groups.canBe(name);
}
