/**
 * Integers on which nothing depends that is derived from a text: `WHERE aid = 42` means the same with 43, but for the
 * value itself. Programs send such texts by the thousand, and what was worked out for one of them holds for all.
 *
 * Only an integer that is an operand of an operator is looked at: no analysis reads its value there, while elsewhere
 * an integer may be a position (`ORDER BY 2`), a type's modifier, an option or an argument.
 */
import { as } from './tree.js';
import type { Body } from './tree.js';

/** What looks like a whole number of the lexer's, so small that any other in its place is of the same type. */
const INTEGER = /(?<![\w$.])(?:0|[1-9]\d{0,8})(?![\w$.])/g;
const ASCII = /^[\0-\x7f]*$/;
const NODES_MAX = 5_000;

/** A text with its integers taken out; `\uFFFF` stands where one was, which no text of ASCII holds. */
export interface Skeleton {
  readonly text: string;
  readonly integers: readonly string[];
}

/** Null where the text has no integer, or characters of more than one byte. */
export function skeletonOf(text: string): Skeleton | null {
  if (!ASCII.test(text)) return null;
  const integers: string[] = [];
  const rest = text.replace(INTEGER, (digits) => {
    integers.push(digits);
    return '\uFFFF';
  });
  return integers.length === 0 ? null : { text: rest, integers };
}

/** Offsets of inert integers in a text of ASCII, by its parse tree. */
export function inertOffsets(tree: unknown): ReadonlySet<number> {
  const found = new Set<number>();
  const waiting: unknown[] = [tree];
  for (let left = NODES_MAX; waiting.length > 0 && left > 0; left--) {
    const node = waiting.pop();
    if (typeof node !== 'object' || node === null) continue;
    collect(node as Readonly<Record<string, unknown>>, found);
    for (const member of Object.values(node)) if (typeof member === 'object') waiting.push(member);
  }
  return found;
}

function collect(node: Readonly<Record<string, unknown>>, found: Set<number>): void {
  const expression = node['A_Expr'] as Body<'A_Expr'> | undefined;
  if (expression?.kind !== 'AEXPR_OP') return;
  for (const side of [expression.lexpr, expression.rexpr]) {
    const constant = as(side, 'A_Const');
    if (constant?.ival !== undefined) found.add(constant.location ?? 0);
  }
}

/** For each integer of the skeleton, in order, whether it is inert. */
export function inertIntegers(text: string, offsets: ReadonlySet<number>): boolean[] {
  return [...text.matchAll(INTEGER)].map((match) => offsets.has(match.index));
}
