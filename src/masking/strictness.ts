/** Which of several methods applies. */
import type { MaskMethod } from '../engine/decision.js';

const order: readonly MaskMethod['kind'][] = ['null', 'redact', 'replace', 'hash', 'email', 'partial'];

/** Negative where `a` is stricter. Zero only if both are the same. */
export function compareMethods(a: MaskMethod, b: MaskMethod): number {
  if (a.kind === 'partial' && b.kind === 'partial') return a.keepLast - b.keepLast;
  if (a.kind === 'replace' && b.kind === 'replace') return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
  return order.indexOf(a.kind) - order.indexOf(b.kind);
}

/** The strictest, independent of order; null if there are none. */
export function strictest(methods: readonly MaskMethod[]): MaskMethod | null {
  let found: MaskMethod | null = null;
  for (const method of methods) if (found === null || compareMethods(method, found) < 0) found = method;
  return found;
}

/**
 * The method for a value that is computed from the masked one. The last characters of `reverse(email)` are the first of
 * the address, so a method that shows part of the value shows nothing here. Nor does a hash: a client could compare
 * that of `left(email, 1)` with the hashes of all letters.
 */
export function forDerived(method: MaskMethod): MaskMethod {
  return method.kind === 'null' || method.kind === 'replace' ? method : { kind: 'redact' };
}
