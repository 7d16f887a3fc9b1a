/** What happens to each field of a result, once the server has described it. */
import type { MaskMethod } from '../engine/decision.js';
import type { OutputColumn } from '../facts/sql/analysis.js';
import type { Catalogue, ColumnName, Relation } from '../facts/sql/catalogue.js';
import type { DetectorName } from './detectors.js';
import type { FieldMask, MaskPlan, ResultField } from './plan.js';
import {
  holdsOtherValues,
  masksOf,
  resolveMasks,
  type ColumnMask,
  type DetectorMask,
  type ResolvedMasks,
} from './resolve.js';
import { forDerived, strictest } from './strictness.js';

/**
 * One entry for each field, null where the value passes as it is.
 *
 * Lineage says from which columns a field can come, RowDescription from which column it does come. A field is masked
 * where either names a masked column, where they contradict each other, and where one of them cannot tell.
 */
export function fieldMasks(plan: MaskPlan, fields: readonly ResultField[]): readonly (FieldMask | null)[] {
  switch (plan.kind) {
    case 'clear':
      return fields.map(() => null);
    case 'refuse':
      // Such a statement is never forwarded; should it be, nothing of it is shown.
      return fields.map(() => ({ method: { kind: 'null' }, detectors: [], rules: [plan.rule] }));
    case 'mask': {
      const masks = resolveMasks(plan.masks, plan.tags);
      const { output } = plan.statement;
      const lineage =
        output.kind === 'columns' && output.columns.length === fields.length ? output.columns : null;
      return fields.map((field, i) => {
        const known = origin(lineage?.[i], witness(field, plan.catalogue));
        return fieldMask(masks, known, plan.catalogue);
      });
    }
  }
}

/** What is known of where a field comes from. */
interface Origin {
  readonly columns: readonly ColumnName[] | 'unknown';
  readonly derived: boolean;
}

function origin(lineage: OutputColumn | undefined, seen: Seen): Origin {
  if (lineage === undefined || lineage.sources === 'unknown' || seen === 'unknown') {
    return { columns: 'unknown', derived: true };
  }
  if (seen === 'none') return { columns: lineage.sources, derived: lineage.derived };
  if (!agree(lineage.sources, seen)) return { columns: 'unknown', derived: true };
  return { columns: [...lineage.sources, seen.column], derived: lineage.derived };
}

/** A view's column is its own for the server, while lineage sees through the view to the columns under it. */
function agree(sources: readonly ColumnName[], { column, kind }: SeenColumn): boolean {
  if (kind === 'view' || kind === 'materialized-view') return true;
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
  const untraced = columns === 'unknown' || columns.some(holdsOtherValues);
  const applicable = untraced
    ? masks.columns
    : columns.flatMap((column) => masksOf(masks.columns, column, catalogue));
  if (applicable.length === 0 && masks.detectors.length === 0) return null;
  const method = strictest(applicable.map((mask) => mask.method));
  return {
    method: method !== null && (untraced || derived) ? forDerived(method) : method,
    detectors: strictestDetectors(masks.detectors),
    rules: ruleNames([...applicable, ...masks.detectors]),
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

interface SeenColumn {
  readonly column: ColumnName;
  readonly kind: Relation['kind'];
}
type Seen = SeenColumn | 'none' | 'unknown';

/** `pg_attribute.attnum` of the system columns. PostgreSQL, access/sysattr.h. */
const systemColumns: ReadonlyMap<number, string> = new Map([
  [-1, 'ctid'],
  [-2, 'xmin'],
  [-3, 'cmin'],
  [-4, 'xmax'],
  [-5, 'cmax'],
  [-6, 'tableoid'],
]);

/** Which column the server says a field is. */
function witness(field: ResultField, catalogue: Catalogue | null): Seen {
  if (field.tableOid === 0) return 'none';
  const relation = catalogue === null ? undefined : relationsByOid(catalogue).get(field.tableOid);
  const column =
    systemColumns.get(field.attributeNumber) ??
    relation?.columns.find(({ number }) => number === field.attributeNumber)?.name;
  if (relation === undefined || column === undefined) return 'unknown';
  return { column: { schema: relation.schema, table: relation.name, column }, kind: relation.kind };
}

const indexes = new WeakMap<Catalogue, ReadonlyMap<number, Relation>>();

/** Built once for each catalogue. Relations from a file have OID 0 and are not in it. */
function relationsByOid(catalogue: Catalogue): ReadonlyMap<number, Relation> {
  const before = indexes.get(catalogue);
  if (before !== undefined) return before;
  const index = new Map(catalogue.relations.filter(({ oid }) => oid !== 0).map((one) => [one.oid, one]));
  indexes.set(catalogue, index);
  return index;
}
