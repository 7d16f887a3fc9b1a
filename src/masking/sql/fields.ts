/** Decides how each field of a result is masked, once the server has described it. */
import type { MaskMethod } from '../../engine/decision.js';
import type { AnalysedStatement, OutputColumn } from '../../facts/sql/scope/analysis.js';
import type { Catalogue, ColumnName } from '../../facts/sql/catalogue/catalogue.js';
import { uniqueColumns } from '../../facts/sql/scope/lineage.js';
import type { DetectorName } from '../detectors.js';
import type { FieldMask } from '../field-mask.js';
import type { MaskPlan, ResultField } from './plan.js';
import {
  holdsOtherValues,
  masksOf,
  resolveMasks,
  type ColumnMask,
  type DetectorMask,
  type ResolvedMasks,
} from './resolve.js';
import { forDerived, strictest } from '../strictness.js';
import { columnOrigin, type ColumnOrigin } from './column-origin.js';

/** The mask of each field, null if its values pass unchanged; or why the masks are not known, and nothing may be shown. */
export type FieldMasks =
  | { readonly kind: 'told'; readonly masks: readonly (FieldMask | null)[] }
  | { readonly kind: 'untold'; readonly rule: string; readonly reason: string };

/**
 * Lineage says from which columns a field can come, RowDescription which column it does come from. A field is masked if
 * either names a masked column. If they contradict each other, or one of them does not know, the result is not shown: a
 * value is never masked to be on the safe side, since whoever reads it may write it back.
 */
export function fieldMasks(plan: MaskPlan, fields: readonly ResultField[]): FieldMasks {
  switch (plan.kind) {
    case 'clear':
      return plan.silent === undefined || fields.length === 0
        ? { kind: 'told', masks: fields.map(() => null) }
        : untold(plan.silent, 'the statement returns rows that its text does not tell of');
    case 'refuse':
      // Such a statement is never forwarded. If it were, nothing of its result would be shown.
      return untold(plan.rule, plan.reason);
    case 'mask':
      return plannedMasks(plan, fields);
  }
}

const untold = (rule: string, reason: string): FieldMasks => ({ kind: 'untold', rule, reason });

function plannedMasks(plan: MaskPlan & { kind: 'mask' }, fields: readonly ResultField[]): FieldMasks {
  const masks = resolveMasks(plan.masks, plan.tags);
  const { output } = plan.statement;
  const lineage =
    output.kind === 'columns' && output.columns.length === fields.length ? output.columns : null;
  const from = output.kind === 'unknown' ? output.from : undefined;
  const found: (FieldMask | null)[] = [];
  for (const [i, field] of fields.entries()) {
    const traced = from === undefined ? lineage?.[i] : { name: field.name, sources: from, derived: true };
    const seen = columnOrigin(field, plan.catalogue);
    const known = origin(traced, seen);
    const [first] = masks.columns;
    const open = known.columns === 'unknown' && first !== undefined;
    if (open && !reachesMasked(masks, traced, seen, plan.catalogue))
      return untold(
        first.rule,
        `where \`${field.name}\` comes from is not known: the schema may have changed`,
      );
    found.push(fieldMask(masks, known, plan.catalogue));
  }
  return { kind: 'told', masks: found };
}

/** A field is masked if either source says that it comes from a masked column, whatever else reaches it. */
function reachesMasked(
  { columns }: ResolvedMasks,
  traced: OutputColumn | undefined,
  seen: ColumnOrigin,
  catalogue: Catalogue | null,
): boolean {
  const sources = traced === undefined || traced.sources === 'unknown' ? traced?.known : traced.sources;
  const said = typeof seen === 'string' ? (sources ?? []) : [...(sources ?? []), seen];
  return said.some((column) => holdsOtherValues(column) || masksOf(columns, column, catalogue).length > 0);
}

/** The known origin of a field. */
interface Origin {
  readonly columns: readonly ColumnName[] | 'unknown';
  readonly derived: boolean;
}

const untraced: Origin = { columns: 'unknown', derived: true };
const systemSchemas: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);

function origin(lineage: OutputColumn | undefined, seen: ColumnOrigin): Origin {
  if (lineage === undefined || lineage.sources === 'unknown') return untraced;
  const { sources, derived } = lineage;
  if (seen === 'none') return { columns: sources, derived };
  if (seen === 'unknown') {
    // A session's temporary objects are in no catalogue; their contents were checked when they were written.
    return sources.length > 0 && sources.every(({ schema }) => schema === 'pg_temp')
      ? { columns: sources, derived }
      : untraced;
  }
  if (seen === 'system') {
    return sources.every(({ schema }) => systemSchemas.has(schema))
      ? { columns: sources, derived }
      : untraced;
  }
  return agree(sources, seen) ? { columns: [...sources, seen], derived } : untraced;
}

/** For the server, a view's column is a column of the view; lineage lists it beside its underlying columns. */
function agree(sources: readonly ColumnName[], column: ColumnName): boolean {
  return sources.some(
    (source) =>
      source.schema === column.schema &&
      source.table === column.table &&
      (source.column === column.column || source.column === '*'),
  );
}

function fieldMask(
  masks: ResolvedMasks,
  { columns, derived }: Origin,
  catalogue: Catalogue | null,
): FieldMask | null {
  const anything = columns === 'unknown' || columns.some(holdsOtherValues);
  const applicable = anything
    ? masks.columns
    : columns.flatMap((column) => masksOf(masks.columns, column, catalogue));
  if (applicable.length === 0 && masks.detectors.length === 0) return null;
  const method = strictest(applicable.map((mask) => mask.method));
  return {
    method: method !== null && (anything || derived) ? forDerived(method) : method,
    detectors: strictestDetectors(masks.detectors),
    rules: ruleNames([...applicable, ...masks.detectors]),
    ...(columns === 'unknown' ? {} : { columns: uniqueColumns(columns) }),
  };
}

function strictestDetectors(detectors: readonly DetectorMask[]): FieldMask['detectors'] {
  const methods = new Map<DetectorName, MaskMethod>();
  for (const { name, method } of detectors) {
    methods.set(name, strictest([method, methods.get(name) ?? method])!);
  }
  return [...methods].map(([name, method]) => ({ name, method }));
}

function ruleNames(masks: readonly (ColumnMask | DetectorMask)[]): readonly string[] {
  return [...new Set(masks.map((mask) => mask.rule))].sort();
}

/** How one column of a result is masked. */
export interface ResultMask {
  readonly name: string;
  /** The columns that its values come from, if known. */
  readonly sources: readonly ColumnName[] | 'unknown';
  readonly mask: FieldMask | null;
}

/** As `fieldMasks`, without a server's description of the result: by lineage alone. */
export function resultMasks({ output }: AnalysedStatement, plan: MaskPlan): readonly ResultMask[] {
  if (output.kind === 'none') return [];
  const columns: readonly OutputColumn[] =
    output.kind === 'columns'
      ? output.columns
      : [{ name: '*', sources: output.from ?? 'unknown', derived: true }];
  const masks = plan.kind === 'mask' ? resolveMasks(plan.masks, plan.tags) : null;
  return columns.map((column) => ({
    name: column.name,
    sources: column.sources,
    mask:
      masks === null || plan.kind !== 'mask'
        ? null
        : fieldMask(masks, origin(column, 'none'), plan.catalogue),
  }));
}
