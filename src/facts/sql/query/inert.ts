/**
 * Interchangeable integers: nothing that is derived from a text depends on their value. `WHERE aid = 42` means the same with 43,
 * apart from the value itself. Programs send such texts by the thousand, and the analysis of one holds for all.
 *
 * Only an integer that is an operand of an operator qualifies: no analysis reads its value there, while elsewhere an integer may
 * be a position (`ORDER BY 2`), a type's modifier, an option or an argument.
 */
import { areAlike } from './restricts.js';
import { as } from '../parse/tree.js';
import type { Body } from '../parse/tree.js';

/** One with more digits than this may be of another type than others in its place. */
const DIGITS_MAX = 9;
const NODES_MAX = 5_000;

/** A text with its integers removed. NUL marks the position of each; no text from a client contains NUL. */
export interface Skeleton {
  readonly text: string;
  readonly integers: readonly string[];
}

/** Null if the text has no integer, or characters of more than one byte. */
export function skeletonOf(text: string): Skeleton | null {
  const bounds = boundsOfIntegers(text);
  if (bounds === null || bounds.length === 0) return null;
  const integers: string[] = [];
  let rest = '';
  let copied = 0;
  for (let i = 0; i < bounds.length; i += 2) {
    const start = bounds[i]!;
    rest += `${text.slice(copied, start)}\0`;
    copied = bounds[i + 1]!;
    integers.push(text.slice(start, copied));
  }
  return { text: rest + text.slice(copied), integers };
}

/**
 * The start and end of each sequence that looks like an integer of the lexer. Null for a text with characters beyond ASCII, or
 * NUL. Every text passes through here, and a loop takes a tenth of the time of a regular expression.
 */
function boundsOfIntegers(text: string): readonly number[] | null {
  const bounds: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f || code === 0) return null;
    if (!isDigit(code)) continue;
    const start = at;
    while (isDigit(text.charCodeAt(at + 1))) at++;
    const digits = at + 1 - start;
    const whole = digits <= DIGITS_MAX && (code !== ZERO || digits === 1);
    if (whole && !isPart(text.charCodeAt(start - 1)) && !isPart(text.charCodeAt(at + 1)))
      bounds.push(start, at + 1);
  }
  return bounds;
}

const [ZERO, NINE, UNDERSCORE, DOLLAR, POINT] = [0x30, 0x39, 0x5f, 0x24, 0x2e];
const [A, Z] = [0x61, 0x7a];

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

/** Part of a name, a parameter, or a longer number. NaN, when there is no character, is not. */
function isPart(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= A && letter <= Z) || code === UNDERSCORE || code === DOLLAR || code === POINT;
}

/** Offsets of inert integers in a text of ASCII, by its parse tree. */
export function inertOffsets(tree: unknown): ReadonlySet<number> {
  const found = new Set<number>();
  const waiting: unknown[] = [tree];
  for (let left = NODES_MAX; waiting.length > 0 && left > 0; left--) {
    const node = waiting.pop();
    if (typeof node !== 'object' || node === null) continue;
    // Whether both sides are the same is looked at (restricts.ts).
    if (isEquation(node as Readonly<Record<string, unknown>>)) continue;
    collect(node as Readonly<Record<string, unknown>>, found);
    for (const member of Object.values(node)) if (typeof member === 'object') waiting.push(member);
  }
  return found;
}

function isEquation(node: Readonly<Record<string, unknown>>): boolean {
  const expression = node['A_Expr'] as Body<'A_Expr'> | undefined;
  return expression?.kind === 'AEXPR_OP' && areAlike(expression.lexpr, expression.rexpr, true);
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
  const bounds = boundsOfIntegers(text) ?? [];
  return bounds.filter((_, at) => at % 2 === 0).map((start) => offsets.has(start));
}
