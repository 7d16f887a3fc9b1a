/**
 * What is known of values at a point of a body because of the conditions before it. Facts, variables and rules do not change
 * while a body is evaluated, so a condition that held still holds for everything after it.
 */
import type { Type } from '../../../values/schema.js';
import type { Value } from '../../../values/value.js';

/** Both inclusive unless said otherwise; absent if nothing is known. */
export interface Bounds {
  readonly low?: Bound;
  readonly high?: Bound;
}
export interface Bound {
  readonly value: Value;
  readonly exclusive: boolean;
}

/** Knowledge nests as bodies do: what is learnt inside a `not` or a comprehension is not known after it. */
export interface Knowledge {
  readonly parent: Knowledge | null;
  /** The values that are still possible, by place, for the places that have an entry. */
  readonly types: Map<string, Type>;
  /** By key: whether a condition held. */
  readonly truths: Map<string, boolean>;
  /** By key: between what the value of an expression lies. */
  readonly bounds: Map<string, Bounds>;
}

export function newKnowledge(parent: Knowledge | null = null): Knowledge {
  return { parent, types: new Map(), truths: new Map(), bounds: new Map() };
}

export function knownType(knowledge: Knowledge, place: string): Type | null {
  for (let at: Knowledge | null = knowledge; at !== null; at = at.parent) {
    const type = at.types.get(place);
    if (type !== undefined) return type;
  }
  return null;
}

export function knownTruth(knowledge: Knowledge, key: string): boolean | null {
  for (let at: Knowledge | null = knowledge; at !== null; at = at.parent) {
    const truth = at.truths.get(key);
    if (truth !== undefined) return truth;
  }
  return null;
}

export function knownBounds(knowledge: Knowledge, key: string): Bounds | null {
  for (let at: Knowledge | null = knowledge; at !== null; at = at.parent) {
    const bounds = at.bounds.get(key);
    if (bounds !== undefined) return bounds;
  }
  return null;
}

/** Everything known, inner knowledge over outer. */
export function allKnown(knowledge: Knowledge): Map<string, Type> {
  const all = new Map<string, Type>();
  for (let at: Knowledge | null = knowledge; at !== null; at = at.parent)
    for (const [place, type] of at.types) if (!all.has(place)) all.set(place, type);
  return all;
}
