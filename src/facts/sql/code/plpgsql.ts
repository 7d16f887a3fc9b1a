/**
 * What a body in PL/pgSQL runs: its statements and expressions as SQL, and its variables, which stand in them as names. Control
 * flow is not followed: whatever the body may run at all counts.
 */
import { estimateNesting } from '../parse/nesting.js';
import { cursorUse } from './plpgsql-cursors.js';
import { defaultParserLimits, parsePlpgsql, parseSql } from '../parse/parser.js';
import type { Node } from '../parse/tree.js';
import { as, isConstant, constantText } from '../parse/tree.js';

export interface PlpgsqlBody {
  readonly statements: readonly Node[];
  /** Names that mean a variable, a row of variables, or a block, in lower case or as quoted. */
  readonly variables: ReadonlySet<string>;
  /** Types of its variables as written. */
  readonly types: ReadonlySet<string>;
  /** It says values aloud: RAISE with arguments. */
  readonly tells: boolean;
  /** COMMIT or ROLLBACK. */
  readonly transaction: boolean;
  /** It opens or closes cursors, which have their names in the session. */
  readonly cursors: boolean;
  /** Why more may be run than is listed; null if the list is complete. */
  readonly opaque: string | null;
}

/** Blocks in blocks; the parser's own stack holds several times this. */
const depthMax = 400;

const known = new Set(
  (
    'function var type rec row recfield alias expr stmt_block stmt_if if_elsif stmt_case case_when stmt_loop stmt_while ' +
    'stmt_fori stmt_fors stmt_dynfors stmt_forc stmt_foreach_a stmt_exit stmt_return stmt_return_next stmt_return_query ' +
    'stmt_raise raise_option stmt_assert stmt_assign stmt_execsql stmt_dynexecute stmt_getdiag diag_item stmt_open ' +
    'stmt_fetch stmt_close stmt_call stmt_perform stmt_commit stmt_rollback exception_block exception condition'
  )
    .split(' ')
    .map((kind) => `PLpgSQL_${kind}`),
);

interface Reading {
  readonly statements: Node[];
  readonly variables: Set<string>;
  readonly types: Set<string>;
  tells: boolean;
  transaction: boolean;
  opaque: string | null;
}

/** `text` is the CREATE FUNCTION or DO statement, `body` the text between its quotes. Null if it does not parse. */
export function readPlpgsql(text: string, body: string): PlpgsqlBody | null {
  if (estimateNesting(body) > defaultParserLimits.nestingMax || blockDepth(body) > depthMax) return null;
  const tree = parsePlpgsql(text);
  if (tree === null) return null;
  const reading: Reading = {
    statements: [],
    variables: new Set(),
    types: new Set(),
    tells: false,
    transaction: false,
    opaque: null,
  };
  walk(reading, tree);
  const { uses: cursors, opaque } = cursorUse(tree);
  return { ...reading, cursors, opaque: reading.opaque ?? opaque };
}

/** An upper bound: whatever can open a block counts, only END closes one. */
function blockDepth(body: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [word, end] of body.matchAll(/\b(end\s+(?:if|loop|case)|end)\b|\b(?:begin|if|loop|case)\b/gi)) {
    depth = end === undefined ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, word === '' ? 0 : depth);
  }
  return deepest;
}

type Fields = Readonly<Record<string, unknown>>;
type Member = readonly [key: string, value: unknown];

/** In the order of the text. */
function walk(reading: Reading, tree: unknown): void {
  const waiting: Member[] = [['', tree]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [key, value] = next;
    if (typeof value !== 'object' || value === null) continue;
    if (key.startsWith('PLpgSQL_')) visit(reading, key, value as Fields);
    if (key !== 'PLpgSQL_expr') waiting.push(...Object.entries(value).reverse());
  }
}

function visit(reading: Reading, kind: string, fields: Fields): void {
  if (!known.has(kind)) reading.opaque ??= 'it holds a statement of a kind that is not known';
  for (const name of [fields['refname'], fields['label'], kind === 'PLpgSQL_alias' ? fields['name'] : null]) {
    if (typeof name === 'string') reading.variables.add(name);
  }
  if (kind === 'PLpgSQL_type') reading.types.add(String(fields['typname']));
  if (kind === 'PLpgSQL_stmt_raise' && (fields['params'] ?? fields['options']) !== undefined)
    reading.tells = true;
  if (kind === 'PLpgSQL_stmt_commit' || kind === 'PLpgSQL_stmt_rollback') reading.transaction = true;
  if (kind === 'PLpgSQL_expr') expression(reading, String(fields['query']), Number(fields['parseMode']));
  const run = kind === 'PLpgSQL_stmt_dynexecute' || kind === 'PLpgSQL_stmt_dynfors' ? 'query' : 'dynquery';
  if (fields[run] !== undefined) dynamic(reading, fields[run]);
}

/** EXECUTE: the statement that it runs is known if it is a literal. */
function dynamic(reading: Reading, value: unknown): void {
  const { query } = (value as { readonly PLpgSQL_expr: { readonly query: string } }).PLpgSQL_expr;
  const [select] = parsed(`SELECT ${query}`) ?? [];
  const target = as(as(select, 'SelectStmt')?.targetList?.[0], 'ResTarget')?.val;
  const statements = isConstant(target) ? parsed(constantText(target) ?? '') : null;
  if (statements === null) reading.opaque ??= 'it runs a statement that it puts together';
  else reading.statements.push(...statements);
}

/** RawParseMode of parser/parser.h: 0 is a statement, 1 a type, 2 an expression, 3 to 5 an assignment. */
function expression(reading: Reading, query: string, mode: number): void {
  if (mode === 1) return;
  const texts = mode === 0 ? [query] : mode === 2 ? [`SELECT ${query}`] : assignment(query);
  for (const text of texts) {
    const statements = parsed(text);
    if (statements === null) reading.opaque ??= 'it holds SQL that does not parse';
    else reading.statements.push(...statements);
  }
}

/** `a.b[f(1)] := x`: both sides are expressions. PLAssignStmt of gram.y. */
function assignment(query: string): string[] {
  const target = /^(?:[^"'[\]:=]|"(?:[^"]|"")*")*/.exec(query)?.[0] ?? '';
  const value = /^\s*:?=/.exec(query.slice(target.length));
  if (value !== null) return [`SELECT ${query.slice(target.length + value[0].length)}`];
  // A subscript may hold anything, so only the parser knows where it ends. To it, `a[1] := 2` is `a[1] = 2`.
  const equals = query.replace(':=', '=');
  return [`SELECT ${equals}`];
}

function parsed(text: string): Node[] | null {
  const result = parseSql(text);
  if (result.kind !== 'parsed') return null;
  return (result.tree.stmts ?? []).map((raw) => raw.stmt).filter((node) => node !== undefined);
}
