/** Between what a value lies, as comparisons with literals have said. Values of all types have one order, Rego's. */
import { conditionKey } from './condition-key.js';
import type { Aliases } from './place.js';
import type { BinaryCore, Core } from '../../core.js';
import { knownBounds, type Bound, type Knowledge } from './knowledge.js';
import { compare, type Value } from '../../../values/value.js';

type Order = Extract<BinaryCore['operator'], '==' | '<' | '<=' | '>' | '>='>;

const mirrored: Readonly<Record<Order, Order>> = { '==': '==', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
const opposite: { readonly [operator in Order]?: Order } = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' };

/** Adds a comparison; false if it contradicts what is known. */
export function bound(knowledge: Knowledge, aliases: Aliases, core: BinaryCore, truth: boolean): boolean {
  const order = truth ? orderOf(core.operator) : (opposite[orderOf(core.operator) ?? '=='] ?? null);
  if (order === null) return true;
  const { left, right } = core;
  if (isScalarLiteral(right)) return take(knowledge, conditionKey(aliases, left), order, right.value);
  if (isScalarLiteral(left))
    return take(knowledge, conditionKey(aliases, right), mirrored[order], left.value);
  return true;
}

function orderOf(operator: BinaryCore['operator']): Order | null {
  return Object.hasOwn(mirrored, operator) ? (operator as Order) : null;
}

function isScalarLiteral(core: Core): core is Core & { readonly kind: 'constant' } {
  return core.kind === 'constant' && typeof core.value !== 'object';
}

function take(knowledge: Knowledge, key: string | null, order: Order, value: Value): boolean {
  if (key === null) return true;
  const known = knownBounds(knowledge, key) ?? {};
  const low =
    order === '<' || order === '<=' ? known.low : inner(known.low, { value, exclusive: order === '>' }, 1);
  const high =
    order === '>' || order === '>=' ? known.high : inner(known.high, { value, exclusive: order === '<' }, -1);
  if (low !== undefined && high !== undefined && isEmpty(low, high)) return false;
  knowledge.bounds.set(key, {
    ...(low === undefined ? {} : { low }),
    ...(high === undefined ? {} : { high }),
  });
  return true;
}

/** The narrower of two bounds on the same side. */
function inner(known: Bound | undefined, next: Bound, side: 1 | -1): Bound {
  if (known === undefined) return next;
  const difference = compare(next.value, known.value) * side;
  return difference > 0 || (difference === 0 && next.exclusive) ? next : known;
}

function isEmpty(low: Bound, high: Bound): boolean {
  const difference = compare(low.value, high.value);
  return difference > 0 || (difference === 0 && (low.exclusive || high.exclusive));
}
