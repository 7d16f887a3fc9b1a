/** Keys for conditions, so that one is recognised if it occurs again. */
import { placeOf, type Aliases } from './place.js';
import type { Core } from '../../core.js';

/** Equal for expressions that have the same value wherever both are evaluated; null for what is not compared. */
export function conditionKey(aliases: Aliases, core: Core): string | null {
  const place = placeOf(aliases, core);
  if (place !== null) return place;
  const keyed = (name: string, parts: readonly Core[]): string | null => {
    const keys = parts.map((part) => conditionKey(aliases, part));
    return keys.includes(null) ? null : `${name}(${keys.join(', ')})`;
  };
  if (core.kind === 'constant')
    return typeof core.value === 'object' ? null : JSON.stringify(String(core.value)) + typeof core.value;
  if (core.kind === 'binary') return keyed(core.operator, [core.left, core.right]);
  if (core.kind === 'membership')
    return core.key === null ? keyed('in', [core.value, core.collection]) : null;
  if (core.kind === 'array' || core.kind === 'set') return keyed(core.kind, core.elements);
  if (core.kind === 'call') return keyed(core.name, core.arguments);
  return core.kind === 'negate' ? keyed('negate', [core.operand]) : null;
}

/** Whether a place has a value. */
export function presenceKey(place: string): string {
  return `has ${place}`;
}
