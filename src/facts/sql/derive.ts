/** From SQL text to facts and lineage. Pure: the same text and context give the same analysis. */
import type { RawStmt } from 'libpg-query';
import type {
  AbsentRelation,
  AnalysedStatement,
  OutputColumn,
  OutputLineage,
  OwnRelation,
  SessionChange,
  SqlAnalysis,
  SqlContext,
} from './scope/analysis.js';
import { statementSetsOff, typesSetOff } from './code/behaviour.js';
import { budgetFor, DerivationError, take } from './parse/budget.js';
import { indexOf } from './catalogue/lookup.js';
import type { ColumnName } from './catalogue/catalogue.js';
import { createEntry, markUnknown, settleReach } from './scope/entry.js';
import type { Entry } from './scope/entry.js';
import { analyseExpression } from './query/expression.js';
import { functionBody } from './code/function-body.js';
import { sqlFacts, unknownFacts } from './facts.js';
import { toOutput, uniqueColumns } from './scope/lineage.js';
import { inertOffsets } from './query/inert.js';
import { allOf } from './scope/literals.js';
import { analyseQuery } from './statement/nested.js';
import { parseSql, sliceBytes } from './parse/parser.js';
import { NAMELESS, noChange } from './catalogue/schema-change.js';
import type { Derivation, Parts, QueryResult } from './scope/scope.js';
import { isChanged, rootScope, spend } from './scope/scope.js';
import { analyseSelect } from './query/select.js';
import { followChanges, ownNames, pathAfter } from './session/follow.js';
import { analyseStatement, noResult, runNested } from './statement/statements.js';
import type { Node } from './parse/tree.js';
import { viewColumns, viewTables } from './query/views.js';

const none: ReadonlySet<number> = new Set();
/** ASCII without a backslash: it means the same in every encoding, and with strings of either kind. */
const PLAIN = /^[\0-[\]-\x7f]*$/;

const parts: Parts = {
  expression: analyseExpression,
  select: analyseSelect,
  query: analyseQuery,
  statement: runNested,
  functionBody,
  typesSetOff,
  viewColumns,
  viewTables,
};

/** Never throws: what cannot be worked out is unknown in the answer. */
export function deriveSql(text: string, context: SqlContext): SqlAnalysis {
  if (context.plainOnly === true && !PLAIN.test(text)) {
    return nothingKnown('the settings of the session leave open what its characters mean', context, 0);
  }
  const parsed = parseSql(text);
  switch (parsed.kind) {
    case 'refused':
      return nothingKnown(parsed.reason, context, text.length, parsed.excess);
    case 'syntax-error':
      return {
        ...nothingKnown(`the statement does not parse: ${parsed.message}`, context, text.length),
        errorAt: parsed.offset,
      };
    case 'parsed':
      return deriveTree(text, parsed.tree.stmts ?? [], context);
  }
}

function deriveTree(text: string, raw: readonly RawStmt[], context: SqlContext): SqlAnalysis {
  try {
    return derive(text, raw, context);
  } catch (error) {
    // A stack that ran out and a budget that is spent are the text's doing; anything else is our bug. All deny.
    const { left: steps } = budgetFor(lengthOf(text, context));
    if (error instanceof DerivationError) return nothingKnown(error.message, context, steps, true);
    return error instanceof RangeError
      ? nothingKnown('the statement nests too deep', context, steps, true)
      : nothingKnown('the statement cannot be worked out', context, steps);
  }
}

function nothingKnown(reason: string, context: SqlContext, steps: number, excess?: true): SqlAnalysis {
  return {
    sql: unknownFacts(reason, context),
    statements: [],
    inert: none,
    error: reason,
    steps,
    missing: false,
    names: none as ReadonlySet<never>,
    unread: [],
    absent: [],
    ...(excess === true ? { excess } : {}),
  };
}

function derive(text: string, raw: readonly RawStmt[], context: SqlContext): SqlAnalysis {
  const entries: Entry[] = [];
  const statements: AnalysedStatement[] = [];
  const budget = budgetFor(lengthOf(text, context));
  const { left: most } = budget;
  take(budget, text.length);
  const missing = { found: false };
  const changedBefore = context.changed ?? noChange;
  const names = new Set<string>();
  const unread = new Set<string>();
  const absent: AbsentRelation[] = [];
  const bytes = Buffer.from(text, 'utf8');
  let now: SqlContext = raw.length > 1 ? ownNames(context) : context;
  for (const { stmt, stmt_location: start, stmt_len: length } of raw) {
    const before = entries.length;
    const derivation: Derivation = {
      context: now,
      index: now.catalogue === null ? null : indexOf(now.catalogue),
      entries,
      adopted: new Map(),
      changed: now.changed ?? noChange,
      changedBefore,
      path: now.searchPath,
      views: [],
      settingOff: [],
      calling: [],
      recursion: { outermost: Infinity, round: 0, soFar: new Map() },
      following: [],
      budget,
      missing,
      names,
      unread,
      absent: statements.length === 0 ? absent : null,
      parts,
    };
    const written = sliceBytes(bytes, start ?? 0, length);
    let { entry, result } = work(derivation, written, stmt);
    const after = afterCode(derivation, entry);
    if (after !== null) {
      entries.length = before;
      ({ entry, result } = work({ ...after, adopted: new Map() }, written, stmt));
    }
    if (!isNameless(entry)) isChanged(derivation, NAMELESS, 'shape');
    statements.push(analysed(entry, result, [...(now.own ?? []), ...(now.shapes ?? [])]));
    // A later statement of the same text runs in the session that the earlier ones leave.
    if (statements.length < raw.length)
      now = followChanges(now, entry, context.searchPath, (steps) => spend(derivation, steps));
  }
  // What a statement leaves behind in the session may hold its text.
  const alone = statements.length === 1 && statements[0]!.session.length === 0;
  const inert = alone ? inertOffsets(raw[0]!.stmt) : none;
  const found = { missing: missing.found, names, unread: [...unread], absent };
  const steps = most - budget.left;
  return { sql: sqlFacts(entries, context), statements, inert, error: null, steps, ...found };
}

/** The base cost of a statement: its entry, its facts, its plan. */
const STATEMENT_STEPS = 100;

/** With the texts that it may run. */
function lengthOf(text: string, { prepared, cursors }: SqlContext): number {
  let length = text.length;
  for (const named of [prepared, cursors]) for (const one of named?.values() ?? []) length += one.length;
  return length;
}

function work(
  derivation: Derivation,
  text: string,
  stmt: Node | undefined,
): { entry: Entry; result: QueryResult } {
  const entry = createEntry(text, 'unknown', null);
  derivation.entries.push(entry);
  spend(derivation, STATEMENT_STEPS);
  if (stmt === undefined) markUnknown(entry, 'an empty statement');
  const scope = rootScope(derivation, entry);
  const result = stmt === undefined ? noResult : analyseStatement(scope, stmt);
  statementSetsOff(scope, stmt);
  return { entry, result };
}

/** Statements that change the session only by the code that they call. Others put their own change behind those of code. */
const CALLING: ReadonlySet<string> = new Set([
  'select', 'insert', 'update', 'delete', 'merge', 'copy', 'execute', 'explain', 'fetch', 'call', 'do', 'refresh',
]); // prettier-ignore

function changesByCode({ verb, flow }: Entry): readonly SessionChange[] {
  const own = CALLING.has(verb) ? -1 : flow.session.findLastIndex(({ kind }) => kind === 'ddl');
  return flow.session.filter((_, at) => at !== own);
}

/**
 * Code that a statement calls may change what names mean to other code of the same statement: the path, a function. Their order
 * is not known. Null if it changes nothing of that kind; otherwise the statement is analysed once more, with everything that it
 * changes unknown.
 */
function afterCode(derivation: Derivation, entry: Entry): Derivation | null {
  const { context } = derivation;
  const calls = [...entry.functions.values()].some(({ schema }) => schema !== 'pg_catalog');
  // Nothing more can be learned about code that only the server knows.
  if (entry.effects.has('code') || !(calls || entry.verb === 'do')) return null;
  const session = changesByCode(entry);
  const moving = session.some(
    (change) =>
      change.kind === 'ddl' ||
      (change.kind === 'set' && pathAfter(noPath, change.name, null, undefined) === null),
  );
  if (!moving) return null;
  const byCode = { ...entry, flow: { ...entry.flow, session: [...session] } };
  const { searchPath, changed, cursors, own } = followChanges(ownNames(context), byCode, context.searchPath);
  const path = searchPath === context.searchPath ? derivation.path : null;
  // Its own names were looked up before anything ran; a block looks its names up one statement after another.
  const block = entry.verb === 'do' ? path : context.searchPath;
  return {
    ...derivation,
    context: {
      ...context,
      searchPath: block,
      cursors,
      own: own ?? [],
      ...(changed === undefined ? {} : { changed }),
    },
    changed: changed ?? noChange,
    path,
    absent: null,
  };
}

const noPath: readonly string[] = [];

/** Parts that mean the same under every catalogue. */
function isNameless({ effects }: Entry): boolean {
  return [...effects].every((effect) => effect === 'transaction' || effect === 'session');
}

function analysed(entry: Entry, result: QueryResult, own: readonly OwnRelation[]): AnalysedStatement {
  const reach = settleReach(entry);
  const { flow } = entry;
  const effects = new Set(entry.effects);
  return {
    verb: entry.unknown === null ? entry.verb : 'unknown',
    output: withReach(outputOf(entry, result, own), reach),
    moved: flow.movedUnknown || entry.unknown !== null ? 'unknown' : [...flow.moved.values()],
    filtered: flow.filteredUnknown || entry.unknown !== null ? 'unknown' : [...flow.filtered.values()],
    ...(flow.storedUnknown || entry.unknown !== null
      ? { stored: 'unknown' as const }
      : flow.stored.length > 0
        ? { stored: allOf(flow.stored)! }
        : {}),
    ...(flow.overwritten.length > 0 ? { overwritten: flow.overwritten } : {}),
    ...(flow.reshaped.size > 0 ? { reshaped: [...flow.reshaped.values()] } : {}),
    copy: entry.copy,
    touched: [...entry.tables.values()],
    effects,
    ...(entry.opaque === null && entry.unknown === null ? {} : { opaque: true }),
    session: flow.session,
  };
}

/** Every column of an answer may hold what code has read while it was worked out. */
function withReach(output: OutputLineage, reach: readonly ColumnName[]): OutputLineage {
  if (reach.length === 0 || output.kind === 'none') return output;
  if (output.kind === 'unknown')
    return output.from === undefined
      ? output
      : { ...output, from: uniqueColumns([...output.from, ...reach]) };
  const columns = output.columns.map((column): OutputColumn => {
    const of = (columns: readonly ColumnName[] = []): ColumnName[] => uniqueColumns([...columns, ...reach]);
    return column.sources === 'unknown'
      ? { ...column, known: of(column.known) }
      : { ...column, sources: of(column.sources), derived: true };
  });
  return { kind: 'columns', columns };
}

function outputOf(entry: Entry, result: QueryResult, own: readonly OwnRelation[]): OutputLineage {
  if (entry.unknown !== null) return { kind: 'unknown', reason: entry.unknown };
  if (result === noResult) return { kind: 'none' };
  const { columns, reason, from } = result;
  if (columns === null)
    return from === undefined || from.unknown !== null
      ? { kind: 'unknown', reason }
      : { kind: 'unknown', reason, from: from.columns };
  return { kind: 'columns', columns: columns.map((column) => unconfirmed(toOutput(column), own)) };
}

/**
 * A column of a table that has not been read yet: the server will identify the table by a number that cannot be compared with
 * anything here. Temporary tables are exempt, because no other relation can precede them on the path.
 */
function unconfirmed(column: OutputColumn, own: readonly OwnRelation[]): OutputColumn {
  const { sources, derived } = column;
  if (sources === 'unknown' || derived) return column;
  const made = own.find(
    ({ schema, name }) =>
      schema !== 'pg_temp' && sources.some((one) => one.schema === schema && one.table === name),
  );
  if (made === undefined) return column;
  const reason = `\`${made.name}\` was made in the same text: send what follows by itself`;
  return { ...column, sources: 'unknown', reason, known: sources };
}
