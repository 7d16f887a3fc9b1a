/**
 * Whether a condition selects among rows. One that holds for every row (`WHERE true`, `id = id`, `id > 0 OR true`), or looks at
 * no row at all (`EXISTS (SELECT 1)`, `now() > '2000-01-01'`), selects nothing. A condition that holds for every row only because
 * of the stored values (`id > 0`) cannot be detected.
 */
import type { Node } from '../parse/tree.js';
import { as, texts } from '../parse/tree.js';

/** Nodes that look at a row. */
const LOOKS: readonly string[] = ['ColumnRef', 'CurrentOfExpr'];

export function restricts(condition: Node | undefined): boolean {
  return condition !== undefined && truthOf(condition) !== true;
}

/**
 * The truth of an expression that is the same for every row, which counts as true if it is not a plain constant; null if it
 * depends on the row.
 */
function truthOf(node: Node): boolean | null {
  const bool = as(node, 'BoolExpr');
  if (bool !== null) return truthOfAll(bool.boolop ?? 'AND_EXPR', bool.args ?? []);
  const operator = as(node, 'A_Expr');
  if (operator?.kind === 'AEXPR_OP' && operator.lexpr !== undefined && operator.rexpr !== undefined) {
    const sign = texts(operator.name).at(-1) ?? '';
    if (isSame(operator.lexpr, operator.rexpr)) return !['<>', '<', '>'].includes(sign);
    const constants = [operator.lexpr, operator.rexpr].every((side) => as(side, 'A_Const') !== null);
    if (constants && (sign === '=' || sign === '<>')) return sign === '<>';
  }
  const constant = as(node, 'A_Const');
  if (constant?.isnull === true) return false;
  if (constant?.boolval !== undefined) return constant.boolval.boolval === true;
  return looksAtRows(node) ? null : true;
}

function truthOfAll(kind: string, parts: readonly Node[]): boolean | null {
  const truths = parts.map(truthOf);
  if (kind === 'NOT_EXPR') return truths[0] === null || truths[0] === undefined ? null : !truths[0];
  const decides = kind === 'OR_EXPR';
  if (truths.includes(decides)) return decides;
  return truths.includes(null) ? null : !decides;
}

function looksAtRows(node: Node): boolean {
  const waiting: unknown[] = [node];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (LOOKS.some((kind) => Object.hasOwn(value, kind))) return true;
    for (const member of Object.values(value) as unknown[]) waiting.push(member);
  }
  return false;
}

/** Written alike, wherever in the text they stand. */
const isSame = (one: unknown, other: unknown): boolean => areAlike(one, other, false);

/** Written alike, or so with other integers in the places of theirs if `anyIntegers`. */
export function areAlike(one: unknown, other: unknown, anyIntegers: boolean): boolean {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
    return one === other;
  const [left, right] = [one, other] as readonly Readonly<Record<string, unknown>>[];
  const keys = keysOf(left!);
  return (
    keys.length === keysOf(right!).length &&
    keys.every((key) =>
      anyIntegers && key === 'ival'
        ? Object.hasOwn(right!, key)
        : areAlike(left![key], right![key], anyIntegers),
    )
  );
}

const keysOf = (node: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(node).filter((key) => key !== 'location');
