/** Facts by path: the schema's field, and the meaning of a missing fact. */
import type { Core } from './core.js';
import type { FactSchema, Field, RootField, Type } from '../values/schema.js';
import { isObject, property, Unknown, type Maybe, type ValueObject } from '../values/value.js';

export interface FactPath {
  readonly path: readonly string[];
  /** Null below `json` or a map, where the schema says nothing. */
  readonly field: Field | null;
}

/** The path of an expression that reads one fact with constant steps; null for any other. */
export function factPath(core: Core, schema: FactSchema): FactPath | null {
  if (core.kind === 'fact') return { path: [core.root], field: schema.roots[core.root] ?? null };
  if (core.kind === 'input' && Object.hasOwn(schema.roots, 'input'))
    return { path: ['input'], field: schema.roots['input']! };
  if (core.kind !== 'step' || core.key.kind !== 'constant' || typeof core.key.value !== 'string') return null;
  const base = factPath(core.base, schema);
  if (base === null) return null;
  const key = core.key.value;
  return { path: [...base.path, key], field: fieldOf(base.field?.type ?? null, key) };
}

export function fieldOf(type: Type | null, key: string): Field | null {
  if (type?.kind === 'object' && Object.hasOwn(type.fields, key)) return type.fields[key]!;
  return null;
}

/** A root of the facts. A required root that is missing is unknown. */
export function readRoot(facts: ValueObject, name: string, root: RootField): Maybe {
  const value = property(facts, name);
  if (value !== undefined) return attribute(value, [name]);
  return root.optional === true || isElsewhere(facts, root) ? undefined : missing([name]);
}

/** Roots of other protocols are absent, once the type of the target is known. */
function isElsewhere(facts: ValueObject, root: RootField): boolean {
  if (root.targets === undefined) return false;
  const target = property(facts, 'target');
  const type = isObject(target) ? property(target, 'type') : undefined;
  return typeof type === 'string' && !root.targets.includes(type);
}

export function missing(path: readonly string[]): Unknown {
  return new Unknown('the fact is not established', path.join('.'));
}

/** An unknown value without a fact's path gets the path at which it is read. */
export function attribute(value: Maybe, path: readonly string[]): Maybe {
  return value instanceof Unknown && value.fact === null ? new Unknown(value.reason, path.join('.')) : value;
}
