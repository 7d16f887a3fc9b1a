/**
 * Whether an assignment keeps a value of a column unchanged. Under its own name a value keeps its mask, but a mask that shows a
 * part of it (the last digits, the domain) would show another part of a value computed from it.
 */
import { analyseExpression } from '../query/expression.js';
import { columnKey } from '../scope/lineage.js';
import type { Scope } from '../scope/scope.js';
import { spend } from '../scope/scope.js';
import type { Body, Node } from '../parse/tree.js';
import { as, isConstant, texts } from '../parse/tree.js';

/** They hold the value as a whole, or a value of which a mask shows nothing. `"char"`, one letter of it, is not among them. */
export const wholeTypes: ReadonlySet<string> = new Set(
  'text varchar bpchar citext int2 int4 int8 numeric uuid json jsonb xml bytea inet date timestamp timestamptz'.split(
    ' ',
  ),
);

/** `own` are the keys of the column's names. Each part is worked out once: what only passes a value on is taken apart, not analysed. */
export function keepsShape(scope: Scope, value: Node, own: ReadonlySet<string>): boolean {
  const waiting: (Node | undefined)[] = [value];
  for (let node = waiting.pop(); node !== undefined || waiting.length > 0; node = waiting.pop()) {
    spend(scope.derivation);
    if (node === undefined || isConstant(node)) continue;
    const cast = as(node, 'TypeCast');
    const choice = as(node, 'CaseExpr');
    const operator = as(node, 'A_Expr');
    if (isPlain(scope, node, own)) continue;
    if (cast !== null && isWhole(cast)) waiting.push(cast.arg);
    else if (as(node, 'CollateClause') !== null) waiting.push(as(node, 'CollateClause')!.arg);
    else if (as(node, 'CoalesceExpr') !== null)
      for (const one of as(node, 'CoalesceExpr')!.args ?? []) waiting.push(one);
    else if (operator?.kind === 'AEXPR_NULLIF' && !mentions(scope, operator.rexpr, own))
      waiting.push(operator.lexpr);
    // A number that is moved on hides as much as it did.
    else if (operator !== null && isSum(operator)) waiting.push(operator.lexpr, operator.rexpr);
    else if (choice !== null) {
      const whens = (choice.args ?? []).map((when) => as(when, 'CaseWhen'));
      const results = [choice.defresult, ...whens.map((when) => when?.result)];
      const decides = [choice.arg, ...whens.map((when) => when?.expr)].some((one) =>
        mentions(scope, one, own),
      );
      // Which of several constants is chosen by the value tells of it.
      if (decides && results.some((one) => one !== undefined && !isPlain(scope, one, own) && !isNull(one)))
        return false;
      for (const one of results) waiting.push(one);
    } else if (mentions(scope, node, own)) return false;
  }
  return true;
}

function isSum({ kind, name, lexpr, rexpr }: Body<'A_Expr'>): boolean {
  const sign = texts(name);
  if (kind !== 'AEXPR_OP' || sign.length !== 1 || !['+', '-'].includes(sign[0]!)) return false;
  return isConstant(lexpr) || isConstant(rexpr);
}

const isNull = (node: Node): boolean => as(node, 'A_Const')?.isnull === true;

/** A cast to a type that holds a value as it was. */
export function isWhole({
  typeName,
}: {
  readonly typeName?: { readonly names?: Node[]; readonly typmods?: Node[]; readonly arrayBounds?: Node[] };
}): boolean {
  const bare = (typeName?.typmods ?? []).length === 0 && (typeName?.arrayBounds ?? []).length === 0;
  return bare && wholeTypes.has(texts(typeName?.names).at(-1) ?? '');
}

function isPlain(scope: Scope, node: Node, own: ReadonlySet<string>): boolean {
  if (as(node, 'ColumnRef') === null) return false;
  const { columns, unknown, derived } = analyseExpression(scope, node, 'read');
  return unknown === null && !derived && columns.every((column) => own.has(columnKey(column)));
}

function mentions(scope: Scope, node: Node | undefined, own: ReadonlySet<string>): boolean {
  const { columns, unknown } = analyseExpression(scope, node, 'read');
  return unknown !== null || columns.some((column) => own.has(columnKey(column)));
}
