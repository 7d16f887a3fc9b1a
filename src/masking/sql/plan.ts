/**
 * Turns a decision's masks and a statement's lineage into a mask for each field of its result.
 *
 * A field's origin is known from two independent sources: lineage from the parse tree, and the table OID and attribute
 * number of RowDescription (fields.ts).
 */
import type { MaskInstruction, MaskMethod } from '../../engine/decision.js';
import type { AnalysedStatement } from '../../facts/sql/scope/analysis.js';
import type { Catalogue, ColumnName } from '../../facts/sql/catalogue/catalogue.js';
import { unreadable } from './copy.js';
import {
  holdsOtherValues,
  masksOf,
  resolveMasks,
  type ColumnMask,
  type ColumnTags,
  type Obstacle,
} from './resolve.js';

/** A field as the server describes it. PostgreSQL protocol, RowDescription. */
export interface ResultField {
  readonly name: string;
  /** 0 if the field is not a column of a table. */
  readonly tableOid: number;
  readonly attributeNumber: number;
  readonly typeOid: number;
}

/** The outcome of planning: nothing to do, masks to carry out, or masks that cannot be carried out. */
export type MaskPlan =
  /**
   * `silent` names a mask that applies although no rows are expected: rows that come anyway (by a rewrite rule) are
   * hidden.
   */
  | { readonly kind: 'clear'; readonly silent?: string }
  | {
      readonly kind: 'mask';
      readonly masks: readonly MaskInstruction[];
      readonly statement: AnalysedStatement;
      readonly catalogue: Catalogue | null;
      /** Tags by column selector, as `data.catalogue` gives them. */
      readonly tags: ColumnTags;
    }
  | { readonly kind: 'refuse'; readonly rule: string; readonly reason: string };

const noTags: ColumnTags = new Map();

/**
 * Plans the masks of one top-level statement. `clear` if no masked value can take part in it, not even in an error
 * message; `refuse` if a mask cannot be carried out. Omitted `tags` mean that no `data.catalogue` was loaded. Reading a
 * masked column in a predicate is not an obstacle: rules see it as `access: "filter"` and may deny it.
 */
export function planMasks(
  masks: readonly MaskInstruction[],
  statement: AnalysedStatement,
  catalogue: Catalogue | null,
  tags: ColumnTags = noTags,
): MaskPlan {
  if (masks.length === 0) return { kind: 'clear' };
  const { columns, detectors, obstacle } = resolveMasks(masks, tags);
  const ruleOf = (column: ColumnName): string | null =>
    (holdsOtherValues(column) ? columns : masksOf(columns, column, catalogue))[0]?.rule ?? null;
  const anyRule = touchedRule(statement, ruleOf) ?? columns[0]?.rule;
  const refusal =
    obstacle ??
    (anyRule === undefined ? null : movedObstacle(anyRule, statement, ruleOf)) ??
    reshapedObstacle(statement, (column) => masksOf(columns, column, catalogue)) ??
    (anyRule === undefined || catalogue === null ? null : outputObstacle(anyRule, statement, ruleOf)) ??
    copyObstacle(columns[0] ?? detectors[0], statement);
  if (refusal !== null) return { kind: 'refuse', ...refusal };
  return isClear(statement) && !touchesMasked(statement, ruleOf)
    ? { kind: 'clear', silent: masks[0]!.rule }
    : { kind: 'mask', masks, statement, catalogue, tags };
}

/** A masked value stored elsewhere would be read there without its mask. */
function movedObstacle(
  anyRule: string,
  { moved, effects }: AnalysedStatement,
  ruleOf: (column: ColumnName) => string | null,
): Obstacle | null {
  if (effects.has('code'))
    return {
      rule: anyRule,
      reason: 'it runs code that only the server knows, which may store masked values elsewhere',
    };
  if (moved === 'unknown')
    return { rule: anyRule, reason: 'which values the statement stores elsewhere is not known' };
  for (const column of moved) {
    const rule = ruleOf(column);
    if (rule === null) continue;
    return { rule, reason: `values of \`${nameOf(column)}\` are masked and may not be stored elsewhere` };
  }
  return null;
}

/**
 * Methods that show part of a value. Of a computed value they show a different part, so repeated writes could reveal
 * all of it.
 */
const showing: ReadonlySet<MaskMethod['kind']> = new Set(['hash', 'email', 'partial']);

function reshapedObstacle(
  { reshaped = [] }: AnalysedStatement,
  masksOfColumn: (column: ColumnName) => readonly ColumnMask[],
): Obstacle | null {
  for (const column of reshaped) {
    const mask = masksOfColumn(column).find(({ method }) => showing.has(method.kind));
    if (mask === undefined) continue;
    const reason = `values of \`${nameOf(column)}\` are masked in part and may not be changed into others`;
    return { rule: mask.rule, reason };
  }
  return null;
}

/**
 * What is returned must be known, to be masked or to be left unmasked: nothing is masked to be on the safe side. Rules
 * tested without a catalogue know no columns; a live target has a catalogue.
 */
function outputObstacle(
  anyRule: string,
  { output }: AnalysedStatement,
  ruleOf: (column: ColumnName) => string | null,
): Obstacle | null {
  if (output.kind === 'none') return null;
  if (output.kind === 'unknown') {
    const masked = output.from?.find((column) => ruleOf(column) !== null);
    if (output.from !== undefined && masked === undefined) return null;
    const rule = masked === undefined ? anyRule : ruleOf(masked)!;
    return { rule, reason: `what it returns cannot be masked: ${output.reason}` };
  }
  // A column known to reach the result is masked, whatever else reaches it. The server itself refuses a column that
  // does not exist; if it exists by now, nothing of the result is shown (fields.ts).
  const untold = output.columns.find(
    ({ sources, known, absent }) =>
      sources === 'unknown' && absent !== true && known?.some((one) => ruleOf(one) !== null) !== true,
  );
  if (untold === undefined) return null;
  const reason = untold.reason === undefined ? '' : `: ${untold.reason}`;
  return { rule: anyRule, reason: `where \`${untold.name}\` comes from is not known${reason}` };
}

function copyObstacle(
  any: { readonly rule: string } | undefined,
  { copy }: AnalysedStatement,
): Obstacle | null {
  const reason = any === undefined || copy?.direction !== 'out' ? null : unreadable(copy);
  return reason === null ? null : { rule: any!.rule, reason };
}

function nameOf({ schema, table, column }: ColumnName): string {
  return `${schema}.${table}.${column}`;
}

/** Statements whose errors and notices can quote only what the client itself sent. */
const quotingNothing: ReadonlySet<string> = new Set([
  'insert',
  'copy',
  'begin',
  'rollback',
  'savepoint',
  'release',
  'set',
  'show',
]);

/**
 * Nothing comes back, nothing is stored elsewhere, nothing is compared. An UPDATE is never clear: the error of a
 * constraint quotes the failing row, masked columns and all.
 */
function isClear({ verb, output, moved, filtered, opaque }: AnalysedStatement): boolean {
  const silent = output.kind === 'none' || (output.kind === 'columns' && output.columns.length === 0);
  return silent && opaque !== true && moved.length === 0 && filtered.length === 0 && quotingNothing.has(verb);
}

/**
 * An inserted row can make the server quote other values: an exclusion constraint quotes the conflicting row, a check
 * constraint the defaults, and a trigger anything.
 */
function touchesMasked(statement: AnalysedStatement, ruleOf: (column: ColumnName) => string | null): boolean {
  return touchedRule(statement, ruleOf) !== null;
}

/** Of several masks, the refusal names one on a table that the statement touches. */
function touchedRule(
  { touched }: AnalysedStatement,
  ruleOf: (column: ColumnName) => string | null,
): string | null {
  for (const { schema, name } of touched ?? []) {
    const rule = ruleOf({ schema, table: name, column: '*' });
    if (rule !== null) return rule;
  }
  return null;
}
