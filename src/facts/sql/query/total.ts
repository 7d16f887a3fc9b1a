/**
 * Expressions that fail for no value of their arguments. All others reveal something by failing or not: `1 / (ascii(email) - 97)`
 * confirms a guess, whatever is shown of it. So anything computed in another way counts as a condition over its columns.
 */
import type { A_Expr, TypeCast } from 'libpg-query';
import { texts } from '../parse/tree.js';

/** Functions that accept any value for every argument. */
const TOTAL: ReadonlySet<string> = new Set([
  'any_value', 'array_agg', 'ascii', 'bit_length', 'bool_and', 'bool_or', 'btrim', 'char_length', 'character_length', 'concat',
  'concat_ws', 'count', 'cume_dist', 'dense_rank', 'every', 'first_value', 'initcap', 'json_agg', 'jsonb_agg',
  'json_build_array', 'json_build_object', 'jsonb_build_array', 'jsonb_build_object', 'lag', 'last_value', 'lead', 'length',
  'lower', 'ltrim', 'max', 'md5', 'min', 'num_nonnulls', 'num_nulls', 'octet_length', 'percent_rank', 'pg_typeof',
  'quote_ident', 'quote_literal', 'quote_nullable', 'rank', 'replace', 'reverse', 'row_number', 'row_to_json', 'rtrim',
  'string_agg', 'to_json', 'to_jsonb', 'translate', 'upper',
]); // prettier-ignore

/** Functions that accept any value for the first argument: the others can make them fail. */
const TOTAL_IN_FIRST: ReadonlySet<string> = new Set([
  'left', 'lpad', 'overlay', 'regexp_count', 'regexp_like', 'regexp_match', 'regexp_replace', 'regexp_substr', 'right', 'rpad',
  'split_part', 'starts_with', 'string_to_array', 'strpos', 'substr', 'substring',
]); // prettier-ignore

/** How many of its arguments, from the first, a built-in function takes whatever they are. */
export function totalArguments(name: readonly string[]): number {
  if (name.length > 1 && name.at(-2) !== 'pg_catalog') return 0;
  const base = name.at(-1) ?? '';
  if (TOTAL.has(base)) return Infinity;
  return TOTAL_IN_FIRST.has(base) ? 1 : 0;
}

/** Only what puts texts together neither compares nor fails. */
export function isTotalOperator({ kind, name }: A_Expr): boolean {
  return kind === 'AEXPR_OP' && texts(name).join('.') === '||';
}

const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name', 'char']);

export function isTotalCast({ typeName }: TypeCast): boolean {
  const names = texts(typeName?.names);
  const builtin = names.length === 1 || names.at(-2) === 'pg_catalog';
  return builtin && TEXTS.has(names.at(-1) ?? '') && typeName?.arrayBounds === undefined;
}

/** Other kinds of nodes whose parts decide, or can make them fail: all parts, or the named fields. */
const DECIDING = new Map<string, 'all' | ReadonlySet<string>>([
  ['CaseExpr', new Set(['arg'])],
  ['CaseWhen', new Set(['expr'])],
  ...['JsonFuncExpr', 'JsonParseExpr', 'JsonSerializeExpr', 'XmlExpr', 'XmlSerialize', 'WindowDef', 'SortBy'].map(
    (kind) => [kind, 'all'] as const,
  ),
]); // prettier-ignore

export function decidesBy(kind: string, field: string): boolean {
  const fields = DECIDING.get(kind);
  return fields === 'all' || fields?.has(field) === true;
}
