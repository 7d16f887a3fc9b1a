/** Masks, limits and windows: whether they can have an effect. */
import type { Selector } from '../../../grammar/ast.js';
import { nearest } from '../../../src/values/nearest.js';
import type { KnownCatalogue } from '../../../src/protocols/world.js';
import {
  parseColumnSelector,
  selectsColumn,
  type SelectedColumn,
} from '../../../src/masking/column-selector.js';
import { defineRule, isTest } from '../rule.js';

export const unknownColumn = defineRule({
  id: 'unknown-mask-column',
  category: 'security',
  level: 'error',
  doc: 'A masked column exists in a catalogue.',
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

function columnsOf({ relations }: KnownCatalogue): SelectedColumn[] {
  return relations.flatMap(({ schema, name, columns }) =>
    columns.map((column) => ({ schema, table: name, column: column.name })),
  );
}

/** The checker reports what is not a selector. */
function isKnown({ value }: Selector, columns: readonly SelectedColumn[]): boolean {
  const selector = parseColumnSelector(value);
  return selector === null || columns.some((column) => selectsColumn(selector, column));
}

function names(columns: readonly SelectedColumn[]): string[] {
  return columns.flatMap(({ schema, table, column }) => [
    `${table}.${column}`,
    `${schema}.${table}.${column}`,
  ]);
}

export const patternAlone = defineRule({
  id: 'pattern-mask-alone',
  category: 'security',
  level: 'warning',
  doc: 'Values masked by pattern are also masked by column.',
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
      message: 'all masks match by pattern only; values that look different are not masked',
      help: 'also mask the columns known to hold such values: `column "customers.card_number"`',
    });
  },
});

export const revealingMask = defineRule({
  id: 'revealing-mask',
  category: 'security',
  level: 'warning',
  doc: '`partial` shows only a few characters.',
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
          message: `the last ${argument.text} characters may be the whole value`,
          help: `show at most ${max}, or use \`redact\``,
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
  doc: 'A limit lets something through and stops something.',
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
            ? 'write a deny, with a reason'
            : 'set it to what such a command may need, or delete the limit',
        });
      }
    }
  },
});

export const absurdWindow = defineRule({
  id: 'absurd-review-window',
  category: 'bug',
  level: 'warning',
  doc: 'A review leaves people enough time, but not days.',
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
              ? `nobody can answer a request within \`${rule.within.text}\``
              : `the command and its connection wait \`${rule.within.text}\``,
          help: 'use minutes for urgent commands and hours for others: `within 30m`',
        });
      }
    }
  },
});
