/** What relations set off, as rows, and what becomes of them in a Catalogue. */
import type {
  Behaviour,
  Cascade,
  ColumnName,
  QualifiedName,
  WriteEvent,
} from '../../facts/sql/catalogue/catalogue.js';

type Named = QualifiedName;
export interface Calling extends Named {
  readonly calls: readonly QualifiedName[] | null;
}
interface CascadeRow extends Named {
  readonly deletes: string;
  readonly updates: string;
  readonly to_schema: string;
  readonly to_name: string;
  readonly columns: readonly string[] | null;
}
export type RuleRow = Named & { readonly oid: number; readonly definition: string | null };
type HeirRow = Named & { readonly heir_schema: string; readonly heir_name: string };
type PolicyRow = Calling & { readonly reads: ColumnName[] | null };

/** Rows of what relations set off, as the queries of `catalogue-behaviour.ts` give them; null for none. */
export interface BehaviourRows {
  readonly triggers: readonly (Calling & { readonly type: number })[] | null;
  readonly rules: readonly RuleRow[] | null;
  readonly writes: readonly Calling[] | null;
  readonly policies: readonly PolicyRow[] | null;
  readonly cascades: readonly CascadeRow[] | null;
  readonly heirs: readonly HeirRow[] | null;
}

export function toBehaviours(rows: BehaviourRows): Behaviour[] {
  const found = new Map<string, { -readonly [K in keyof Behaviour]: Behaviour[K] }>();
  const of = ({ schema, name }: Named): { -readonly [K in keyof Behaviour]: Behaviour[K] } => {
    const key = JSON.stringify([schema, name]);
    const known = found.get(key) ?? { schema, name };
    found.set(key, known);
    return known;
  };
  for (const row of rows.triggers ?? []) {
    const one = of(row);
    one.triggers = [...(one.triggers ?? []), { events: eventsOf(row.type), calls: row.calls ?? [] }];
  }
  for (const row of rows.rules ?? []) {
    const one = of(row);
    one.rules = [...(one.rules ?? []), row.definition];
  }
  for (const row of rows.writes ?? []) of(row).writeCalls = row.calls ?? [];
  for (const row of rows.policies ?? []) {
    const one = of(row);
    one.policyCalls = [...(one.policyCalls ?? []), ...(row.calls ?? [])];
    one.policyReads = [...(one.policyReads ?? []), ...(row.reads ?? [])];
  }
  for (const row of rows.cascades ?? []) {
    const one = of(row);
    one.cascades = [...(one.cascades ?? []), ...cascadesOf(row)];
  }
  for (const row of rows.heirs ?? []) {
    const one = of(row);
    one.heirs = [...(one.heirs ?? []), { schema: row.heir_schema, name: row.heir_name }];
  }
  return [...found.values()];
}

/** Bits of `pg_trigger.tgtype`, catalog/pg_trigger.h. */
const EVENT_BITS: readonly (readonly [number, WriteEvent])[] = [
  [4, 'insert'],
  [8, 'delete'],
  [16, 'update'],
  [32, 'truncate'],
];

function eventsOf(type: number): WriteEvent[] {
  return EVENT_BITS.filter(([bit]) => (type & bit) !== 0).map(([, event]) => event);
}

/** `c` deletes or updates along, `n` and `d` set the columns to NULL or their defaults. */
function cascadesOf({ deletes, updates, to_schema: schema, to_name: name, columns }: CascadeRow): Cascade[] {
  const named = { schema, name };
  const found: Cascade[] = [];
  if (deletes === 'c') found.push({ ...named, on: 'delete', does: 'delete', columns: [] });
  else if (deletes === 'n' || deletes === 'd')
    found.push({ ...named, on: 'delete', does: 'update', columns: columns ?? [] });
  if (updates === 'c' || updates === 'n' || updates === 'd')
    found.push({ ...named, on: 'update', does: 'update', columns: columns ?? [] });
  return found;
}
