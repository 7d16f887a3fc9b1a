/** Literals that a fact can never be, although they are of its type: numbers out of its range, texts in another spelling. */
import { admits, describeRange, rangeTruth } from './types/admits.js';
import type { BinaryCore, Core } from '../core.js';
import { negate } from '../../values/number.js';
import { isNumber } from '../../values/operators.js';
import { renderValue } from '../../values/render.js';
import type { Finding } from '../resolve/scope.js';
import type { Spelling, Type } from '../../values/schema.js';
import { alternatives } from './types/algebra.js';
import type { Maybe } from '../../values/value.js';

/** The value of a literal, `-1` among them. */
export function literalOf(core: Core): Maybe {
  if (core.kind === 'constant') return core.value;
  const value = core.kind === 'negate' && core.operand.kind === 'constant' ? core.operand.value : undefined;
  return value !== undefined && isNumber(value) ? negate(value) : undefined;
}

/** Null for what is no literal, what is of another type, and what the type holds. */
export function noValue(core: Core, type: Type): Finding | null {
  const value = literalOf(core);
  if (value === undefined || admits(type, value)) return null;
  const written = renderValue(value);
  for (const member of alternatives(type)) {
    if (member.kind === 'number' && member.range !== undefined && isNumber(value)) {
      const message = `\`${written}\` can never be equal: it is ${describeRange(member.range)}`;
      return { code: 'impossible-comparison', message, help: 'compare it with a number that it can be' };
    }
    if (member.kind === 'string' && member.spelling !== undefined && typeof value === 'string') {
      const message = `\`${value}\` can never be equal: it is ${member.spelling.words}`;
      return { code: 'impossible-comparison', message, help: spellingHelp(member.spelling, value) };
    }
  }
  return null;
}

/** What a text is written as, for one that is written otherwise. */
export function spellingHelp({ of }: Spelling, text: string): string {
  const right = of(text);
  return right === null
    ? 'look for what the reference of the facts has in its place'
    : `did you mean \`${right}\`?`;
}

type Order = '<' | '<=' | '>' | '>=';
const mirrored: Readonly<Record<Order, Order>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

/** An order that comes out the same way whatever the number is; null where it may come out both ways. */
export function settledOrder(
  { left, right, operator }: BinaryCore,
  types: readonly [Type, Type],
): Finding | null {
  const [one, other] = [literalOf(left), literalOf(right)];
  const order = one === undefined ? (operator as Order) : mirrored[operator as Order];
  const [literal, type] = one === undefined ? [other, types[0]] : [one, types[1]];
  if (literal === undefined || !isNumber(literal)) return null;
  if (type.kind !== 'number' || type.range === undefined) return null;
  const truth = rangeTruth(type.range, order, literal);
  if (truth === null) return null;
  const text = `\`${operator} ${renderValue(literal)}\``;
  const what = `it is ${describeRange(type.range)}`;
  return truth
    ? {
        code: 'always-holds',
        message: `this always holds: ${what}`,
        help: 'leave it out, or name what it was meant to ask',
      }
    : {
        code: 'impossible-comparison',
        message: `${text} can never hold: ${what}`,
        help: 'compare it with a number that it can be',
      };
}
