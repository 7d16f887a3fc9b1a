/** Inferred types of helper rules and functions: the types of their values, and what must hold if they hold. */
import type { Branch, Core, HelperGroup } from '../core.js';
import type { RuleType } from '../resolve/inferred.js';
import { isShared } from './knowledge/place.js';
import { json, type Field, type Type } from '../../values/schema.js';
import { join, joinAll } from './types/algebra.js';
import { shallow } from './types/object.js';

/** One branch of one clause, once it is checked. */
export interface CheckedBranch {
  readonly branch: Branch;
  readonly value: Type;
  readonly parameters: readonly Type[];
  readonly known: ReadonlyMap<string, Type>;
  /** Whether the value may be absent although the body holds. */
  readonly absent: boolean;
  /** Whether the parameters of its clause take any argument. */
  readonly open: boolean;
}

export function ruleTypeOf(
  group: HelperGroup,
  branches: readonly CheckedBranch[],
  fallback: Type | null,
): RuleType {
  const value = shallow(valueType(group, branches, fallback));
  const present = fallback === null ? branches : [];
  const mayHold = group.default === null || isFalse(group.default);
  return {
    absent: mayBeAbsent(group, branches),
    value,
    onlyTrue:
      fallback === null && isCondition(group) && branches.every(({ branch }) => isOf(branch.value, true)),
    parameters: parameterTypes(group, branches),
    whenTrue: mayHold ? common(branches.filter(({ branch }) => !isFalse(branch.value))) : new Map(),
    whenPresent: common(present),
  };
}

/** A set exists without members; a single value exists if there is a default, or a body without conditions. */
function mayBeAbsent({ kind, default: fallback }: HelperGroup, branches: readonly CheckedBranch[]): boolean {
  if (kind === 'set' || kind === 'object' || fallback !== null) return false;
  return !branches.some(({ branch, absent, open }) => open && !absent && branch.body.literals.length === 0);
}

function isCondition({ kind }: HelperGroup): boolean {
  return kind === 'complete' || kind === 'function';
}

function isFalse(value: Core): boolean {
  return isOf(value, false);
}

export function isOf(core: Core, value: boolean): boolean {
  return core.kind === 'constant' && core.value === value;
}

function valueType(group: HelperGroup, branches: readonly CheckedBranch[], fallback: Type | null): Type {
  const values = branches.map(({ value }) => value);
  switch (group.kind) {
    case 'set':
      return { kind: 'set', element: joinAll(values) };
    case 'object':
      return objectType(branches.map(entryOf));
    case 'complete':
    case 'function':
      return joinAll(fallback === null ? values : [...values, fallback]);
  }
}

/** `p[k] contains v` gathers sets below its keys. */
function entryOf({ branch, value }: CheckedBranch): Entry {
  const member: Type = branch.member ? { kind: 'set', element: value } : value;
  return { keys: branch.keys.map(keyOf), value: member };
}

function keyOf(key: Branch['keys'][number]): string | null {
  return key.kind === 'constant' && typeof key.value === 'string' ? key.value : null;
}

interface Entry {
  /** Null if a key is computed. */
  readonly keys: readonly (string | null)[];
  readonly value: Type;
}

/** `p.a := 1`, `p[k] := 2`, `p[k].b := 3`: an object with known names if all of them are literals. */
function objectType(entries: readonly Entry[]): Type {
  const ends = entries.filter(({ keys }) => keys.length === 0);
  if (ends.length > 0) return ends.length === entries.length ? joinAll(ends.map(({ value }) => value)) : json;
  const groups = new Map<string | null, Entry[]>();
  for (const { keys, value } of entries) {
    const [first = null, ...rest] = keys;
    const group = groups.get(first);
    if (group === undefined) groups.set(first, [{ keys: rest, value }]);
    else group.push({ keys: rest, value });
  }
  if (groups.has(null)) {
    const values = [...groups.values()].map(objectType);
    return { kind: 'map', value: values.reduce(join) };
  }
  const fields = [...groups].map(([name, below]): [string, Field] => [
    name!,
    { type: objectType(below), doc: '', optional: true },
  ]);
  return { kind: 'object', fields: Object.fromEntries(fields) };
}

function parameterTypes(group: HelperGroup, branches: readonly CheckedBranch[]): Type[] {
  // A default answers whatever the arguments are.
  if (group.default !== null) return [];
  return Array.from({ length: group.arity }, (_, i) =>
    joinAll(branches.map(({ parameters }) => parameters[i] ?? json)),
  );
}

/** What every branch requires of the places that are the same in every rule. */
function common(branches: readonly CheckedBranch[]): Map<string, Type> {
  const [first, ...rest] = branches;
  const needs = new Map<string, Type>();
  for (const [place, type] of first?.known ?? []) {
    if (!isShared(place)) continue;
    const others = rest.map(({ known }) => known.get(place) ?? json);
    const needed = [type, ...others].reduce(join);
    if (needed.kind !== 'json') needs.set(place, needed);
  }
  return needs;
}
