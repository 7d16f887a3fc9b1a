/**
 * One statement while its facts are gathered. The effects of a nested statement are recorded with it and with every enclosing
 * statement, so that the outer one is never more harmless than its parts.
 */
import type { CatalogueFunction, ColumnName } from '../catalogue/catalogue.js';
import type { CopyClause, Overwritten, SessionChange } from './analysis.js';
import type { Lineage } from './lineage.js';
import type { Literals } from './literals.js';
import { columnKey, uniqueColumns } from './lineage.js';

export type Access = 'read' | 'write' | 'filter';

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

export interface TableUse extends TableName {
  readonly access: Access;
  readonly columns: Set<string>;
  /** Why more columns may be touched; null if these are all. */
  unknownColumns: string | null;
}

export interface SettingUse {
  readonly name: string;
  readonly value: string | null;
  /** It is known that the session has this value already. */
  readonly unchanged: boolean;
}

export interface SelectShape {
  readonly depth: number;
  readonly hasWhere: boolean;
  readonly hasLimit: boolean;
  readonly tables: ReadonlySet<string>;
}

export interface Entry {
  readonly parent: Entry | null;
  readonly text: string;
  verb: string;
  object: string | null;
  /** What the statement names: `schema` is null if the kind of object has none or none was written. */
  readonly objects: { readonly schema: string | null; readonly name: string }[];
  /** Whether running the outermost statement runs this one now. */
  readonly executed: boolean;
  /** Inside EXPLAIN without ANALYZE: planned, and nothing more. */
  readonly inert: boolean;
  readonly effects: Set<string>;
  readonly tables: Map<string, TableUse>;
  readonly functions: Map<string, TableName>;
  readonly settings: SettingUse[];
  readonly locks: Set<string>;
  readonly selects: SelectShape[];
  readonly actions: { readonly verb: string; readonly hasCondition: boolean }[];
  hasWhere: boolean;
  hasLimit: boolean;
  returning: boolean;
  copy: CopyClause | null;
  /** Why effects, tables or functions may be more than is listed: code that only the server knows. */
  opaque: string | null;
  /** Why more tables may be touched than are listed (CASCADE), if nothing else is hidden. */
  moreTables: string | null;
  /** Why more tables may be changed than are listed. */
  moreWrites: string | null;
  /** Why nothing at all is known of it. */
  unknown: string | null;
  /** The function whose body contains it, and which of its statements it is; null if it is in the text. */
  origin: { readonly of: CatalogueFunction; readonly index: number } | null;
  readonly flow: Flow;
  /** Noted with it and with those around it already: a text may name one column a hundred thousand times. */
  readonly noted: Readonly<Record<'read' | 'filter', WeakSet<Lineage>>>;
}

/** What a top-level statement does with values; shared by the statements nested in it. */
export interface Flow {
  readonly moved: Map<string, ColumnName>;
  movedUnknown: boolean;
  readonly filtered: Map<string, ColumnName>;
  filteredUnknown: boolean;
  /** Values of the text that are put into a place of the server. */
  readonly stored: Literals[];
  /** More of them may be stored than is listed. */
  storedUnknown: boolean;
  readonly overwritten: Overwritten[];
  readonly session: SessionChange[];
  /** What code reads that runs without being called by name: it may put it into whatever the statement returns or keeps. */
  readonly reach: Map<string, ColumnName>;
  /** Columns that are set to something worked out from themselves. */
  readonly reshaped: Map<string, ColumnName>;
}

export function createEntry(
  text: string,
  verb: string,
  parent: Entry | null,
  how: { readonly executed?: boolean; readonly inert?: boolean } = {},
): Entry {
  return {
    parent,
    text,
    verb,
    object: null,
    objects: [],
    executed: (how.executed ?? true) && (parent?.executed ?? true),
    inert: (how.inert ?? false) || (parent?.inert ?? false),
    effects: new Set(),
    tables: new Map(),
    functions: new Map(),
    settings: [],
    locks: new Set(),
    selects: [],
    actions: [],
    hasWhere: false,
    hasLimit: false,
    returning: false,
    copy: null,
    opaque: null,
    moreTables: null,
    moreWrites: null,
    unknown: null,
    origin: null,
    flow: parent?.flow ?? {
      moved: new Map(),
      movedUnknown: false,
      filtered: new Map(),
      filteredUnknown: false,
      stored: [],
      storedUnknown: false,
      overwritten: [],
      session: [],
      reach: new Map(),
      reshaped: new Map(),
    },
    noted: { read: new WeakSet(), filter: new WeakSet() },
  };
}

/** What a function of the target does when it is called. */
export interface BodyUse {
  /** What it touches, calls and changes. */
  readonly entry: Entry;
  /** Its statements that do more than read, those around before those inside. */
  readonly statements: readonly Entry[];
  /** The sources of its result, besides its arguments. */
  readonly lineage: Lineage;
  /** Its arguments may be kept, sent or reported. */
  readonly keeps: boolean;
  /** The columns that it returns in FROM; `scalar` for one value, null if they cannot be counted. */
  readonly columns: readonly string[] | 'scalar' | null;
  /** The names that were looked up for it. */
  readonly names: ReadonlySet<string>;
}

/** The entry and every one around it. */
function* chain(entry: Entry): Generator<Entry> {
  for (let at: Entry | null = entry; at !== null; at = at.parent) yield at;
}

export function addEffect(entry: Entry, effect: string): void {
  for (const at of chain(entry)) at.effects.add(entry.inert ? 'read' : effect);
}

export function addTable(entry: Entry, table: TableName, access: Access, column?: string): void {
  for (const at of chain(entry)) useOf(at, table, access, column);
}

export function addUnknownColumns(entry: Entry, table: TableName, access: Access, reason: string): void {
  for (const at of chain(entry)) useOf(at, table, access).unknownColumns ??= reason;
}

function useOf(entry: Entry, table: TableName, access: Access, column?: string): TableUse {
  const key = `${table.schema}\u0000${table.name}\u0000${access}`;
  let use = entry.tables.get(key);
  if (use === undefined) {
    use = { schema: table.schema, name: table.name, access, columns: new Set(), unknownColumns: null };
    entry.tables.set(key, use);
  }
  if (column !== undefined) use.columns.add(column);
  return use;
}

export function addFunction(entry: Entry, name: TableName): void {
  for (const at of chain(entry)) at.functions.set(`${name.schema}\u0000${name.name}`, name);
}

/** Code runs that is not in the text: whatever is listed may be less than what happens. */
export function addCode(entry: Entry, reason: string, evenInert = false): void {
  if (entry.inert && !evenInert) {
    addEffect(entry, 'read');
    return;
  }
  for (const at of chain(entry)) {
    at.effects.add('code');
    at.opaque ??= reason;
  }
}

/** More may be touched and run than is listed, by something of which only the name is known. */
export function addOpaque(entry: Entry, reason: string): void {
  if (entry.inert) {
    addMoreTables(entry, reason);
    return;
  }
  for (const at of chain(entry)) at.opaque ??= reason;
  entry.flow.movedUnknown = true;
}

export function addMoreTables(entry: Entry, reason: string): void {
  for (const at of chain(entry)) at.moreTables ??= reason;
}

export function addMoreWrites(entry: Entry, reason: string): void {
  for (const at of chain(entry)) at.moreWrites ??= reason;
}

export function markUnknown(entry: Entry, reason: string): void {
  for (const at of chain(entry)) at.unknown ??= reason;
}

export function addRead(entry: Entry, lineage: Lineage): void {
  if (entry.noted.read.has(lineage)) return;
  entry.noted.read.add(lineage);
  for (const { schema, table, column } of lineage.columns)
    addTable(entry, { schema, name: table }, 'read', column);
}

export function addFilter(entry: Entry, lineage: Lineage): void {
  if (entry.noted.filter.has(lineage)) return;
  entry.noted.filter.add(lineage);
  if (lineage.unknown !== null) entry.flow.filteredUnknown = true;
  for (const column of lineage.columns) {
    addTable(entry, { schema: column.schema, name: column.table }, 'filter', column.column);
    entry.flow.filtered.set(columnKey(column), column);
  }
}

/** Code that nothing names has read it. */
export function addReach({ flow }: Entry, { columns, unknown }: Lineage): void {
  for (const column of columns) flow.reach.set(columnKey(column), column);
  if (unknown !== null) flow.movedUnknown = true;
}

/** Effects other than reading, which leave what code has read where others find it. */
const keepsNothing: ReadonlySet<string> = new Set(['read', 'lock', 'transaction']);

/**
 * What code reaches has no lineage: it may be in every column of the result, in every row that is written, in every value that is
 * kept. Returns the reach.
 */
export function settleReach(entry: Entry): readonly ColumnName[] {
  const { flow } = entry;
  const columns = [...flow.reach.values()];
  if ([...entry.effects].some((effect) => !keepsNothing.has(effect)))
    for (const column of columns) flow.moved.set(columnKey(column), column);
  return columns;
}

/** The value is stored in the server where another statement finds it. */
export function addMoved(entry: Entry, lineage: Lineage): void {
  if (lineage.unknown !== null) entry.flow.movedUnknown = true;
  for (const column of lineage.columns) entry.flow.moved.set(columnKey(column), column);
  if (lineage.literals !== null) entry.flow.stored.push(lineage.literals);
}

/** What runs here is not the client's own text, or does not run now: a rule's actions, the body of a function that is created. */
export function storingNothing({ flow }: Entry, run: () => void): void {
  const before = { stored: flow.stored.length, overwritten: flow.overwritten.length };
  const { storedUnknown } = flow;
  run();
  flow.stored.length = before.stored;
  flow.overwritten.length = before.overwritten;
  flow.storedUnknown = storedUnknown;
}

/** The stored columns cannot be distinguished: for example, they contain the `*` of an unknown table. */
export function addMovedUnknown({ flow }: Entry): void {
  flow.movedUnknown = true;
  flow.storedUnknown = true;
}

/**
 * The effects of something analysed on its own count for this statement: a view that it reads, a function that it calls. If it is
 * only planned, it touches the same objects and does nothing.
 */
export function absorb(entry: Entry, from: Entry, planned = entry.inert): void {
  for (const at of chain(entry)) {
    for (const use of from.tables.values()) {
      const own = useOf(at, use, use.access);
      for (const column of use.columns) own.columns.add(column);
      own.unknownColumns ??= use.unknownColumns;
    }
    for (const [key, name] of from.functions) at.functions.set(key, name);
    at.unknown ??= from.unknown;
    at.moreTables ??= from.moreTables;
    at.moreWrites ??= from.moreWrites;
    if (planned) at.moreTables ??= from.opaque;
    else at.opaque ??= from.opaque;
    for (const effect of from.effects) at.effects.add(planned ? 'read' : effect);
    if (!planned) addNew(at.settings, from.settings);
  }
  const { flow } = entry;
  for (const [key, column] of from.flow.reach) flow.reach.set(key, column);
  if (planned) return;
  for (const [key, column] of from.flow.moved) flow.moved.set(key, column);
  for (const [key, column] of from.flow.reshaped) flow.reshaped.set(key, column);
  flow.movedUnknown ||= from.flow.movedUnknown;
  addNew(flow.session, from.flow.session);
}

/** The effects of a function that is called twice, or recursively, are listed once: at its last call. */
function addNew<T>(list: T[], more: readonly T[]): void {
  if (more.length === 0) return;
  const keys = new Set(more.map(keyOf));
  const kept = list.filter((one) => !keys.has(keyOf(one)));
  const added = [...new Map(more.map((one) => [keyOf(one), one])).values()];
  list.splice(0, Infinity, ...kept, ...added);
}

const keyOf = (one: unknown): string =>
  JSON.stringify(one, (_, value: unknown) => (value instanceof Set ? [...value] : value));

/** Every column that it looks at, in whatever way. */
export function readBy(entry: Entry): Lineage {
  const reads = [...entry.tables.values()].filter((use) => use.access !== 'write');
  const columns = reads.flatMap(({ schema, name, columns: of }) =>
    [...of].map((column) => ({ schema, table: name, column })),
  );
  const open = reads.find((use) => use.unknownColumns !== null)?.unknownColumns;
  const unknown = entry.opaque ?? entry.unknown ?? entry.moreTables ?? open ?? null;
  return { columns: uniqueColumns(columns), unknown, derived: true, literals: null };
}

/** Values that a body reads may be stored where another statement finds them: control flow hides which of them. */
export function moveReads(entry: Entry): void {
  addMoved(entry, readBy(entry));
}
