/** Types against each other: whether two can have a value in common, what holds both, and what is left of one. */
import type { Core } from '../../core.js';
import { joinObjects } from './object.js';
import { admitsText, joinNumbers } from './admits.js';
import { count, json, type Named, type Type } from '../../../values/schema.js';

type TextType = Type & { kind: 'string' };

/** Whether no value can be of both types. What is dynamic may be anything. */
export function disjoint(left: Type, right: Type): boolean {
  if (left.kind === 'json' || right.kind === 'json') return false;
  if (left.kind === 'union') return left.members.every((member) => disjoint(member, right));
  if (right.kind === 'union') return right.members.every((member) => disjoint(left, member));
  if (left.kind === 'string' && right.kind === 'string') return disjointTexts(left, right);
  return familyOf(left) !== familyOf(right);
}

function disjointTexts(left: TextType, right: TextType): boolean {
  const [values, other] = left.values === undefined ? [right.values, left] : [left.values, right];
  return values !== undefined && !values.some((value) => admitsText(other, value));
}

function familyOf(type: Type): string {
  return type.kind === 'map' ? 'object' : type.kind;
}

/** Enumerations beyond this are plain texts. */
const valuesMax = 200;

/** What was joined before: types share their parts, and a chain of rules shares them again and again. */
const joined = new WeakMap<Type, WeakMap<Type, Type>>();

/** The narrowest type we write for a value of either: at most one member for each kind of value. */
export function join(left: Type, right: Type): Type {
  if (left === right) return left;
  if (left.kind === 'json' || right.kind === 'json') return joinDynamic(left, right);
  let cache = joined.get(left);
  if (cache === undefined) joined.set(left, (cache = new WeakMap()));
  let type = cache.get(right);
  if (type === undefined) cache.set(right, (type = joinNew(left, right)));
  return type;
}

/** What may be anything is expected to be what either is expected to be, where that is said of both. */
function joinDynamic(left: Type, right: Type): Type {
  const [one, other] = [left, right].map((type) => (type.kind === 'json' ? type.expected : type));
  return one === undefined || other === undefined ? json : { kind: 'json', expected: join(one, other) };
}

function joinNew(left: Type, right: Type): Type {
  const members = [...alternatives(left)];
  for (const type of alternatives(right)) {
    const at = members.findIndex((member) => familyOf(member) === familyOf(type));
    if (at === -1) members.push(type);
    else members[at] = joinFamily(members[at]!, type);
  }
  return unionOf(members);
}

/** Two types of one kind of value. */
function joinFamily(left: Type, right: Type): Type {
  if (left === right) return left;
  if (left.kind === 'number' && right.kind === 'number') return joinNumbers(left, right);
  if (left.kind === 'string' && right.kind === 'string') {
    const names = namesOfBoth(left, right);
    if (left.values === undefined || right.values === undefined) return { kind: 'string', ...names };
    const values = [...new Set([...left.values, ...right.values])];
    if (values.length > valuesMax) return { kind: 'string', ...names };
    return left.written && right.written
      ? { kind: 'string', values, written: true }
      : { kind: 'string', values };
  }
  if ((left.kind === 'array' || left.kind === 'set') && right.kind === left.kind)
    return { kind: left.kind, element: join(left.element, right.element) };
  if ((left.kind === 'object' || left.kind === 'map') && (right.kind === 'object' || right.kind === 'map'))
    return joinObjects(left, right, join);
  return left;
}

/** A default that is written beside a name leaves it one. */
function namesOfBoth(left: TextType, right: TextType): { names?: Named } {
  const names = left.names ?? right.names;
  const fits = [left, right].every((type) => type.names === names || type.values !== undefined);
  return names !== undefined && fits ? { names } : {};
}

export function alternatives(type: Type): readonly Type[] {
  return type.kind === 'union' ? type.members.flatMap(alternatives) : [type];
}

function unionOf(members: readonly Type[]): Type {
  return members.length === 1 ? members[0]! : { kind: 'union', members };
}

export function joinAll(types: readonly Type[]): Type {
  const [first, ...rest] = types;
  return first === undefined ? json : rest.reduce(join, first);
}

/** What `x ?? d` is: nothing is known of the members of an empty default, which has none. */
export function withDefault(type: Type, core: Core, fallback: Type): Type {
  const isEmpty = (core.kind === 'array' || core.kind === 'set') && core.elements.length === 0;
  return isEmpty && type.kind === core.kind ? type : join(type, fallback);
}

/** What a value of the first type can still be, once it is known to be of the second as well; null where nothing. */
export function meet(type: Type, known: Type): Type | null {
  if (known.kind === 'json' || type === known) return type;
  if (type.kind === 'json') return known;
  const members = alternatives(type)
    .map((member) => meetMember(member, alternatives(known)))
    .filter((member) => member !== null);
  return members.length === 0 ? null : unionOf(members);
}

function meetMember(member: Type, known: readonly Type[]): Type | null {
  const fitting = known.filter((one) => !disjoint(member, one));
  if (fitting.length === 0) return null;
  if (member.kind !== 'string') return member;
  const values: string[] = [];
  for (const one of fitting) {
    if (one.kind !== 'string' || one.values === undefined) return member;
    values.push(...one.values);
  }
  return { kind: 'string', values: member.values?.filter((value) => values.includes(value)) ?? values };
}

/** What a value can still be that is known not to be one of these texts; null where nothing. */
export function without(type: Type, values: readonly string[]): Type | null {
  if (type.kind !== 'string' || type.values === undefined) return type;
  const left = type.values.filter((value) => !values.includes(value));
  return left.length === 0 ? null : { kind: 'string', values: left };
}

/** The only text that a value of the type can be. */
export function onlyText(type: Type): string | null {
  return type.kind === 'string' && type.values?.length === 1 ? type.values[0]! : null;
}

/** What going through a collection gives; null for what is no collection. */
export function memberTypes(type: Type): { readonly key: Type; readonly value: Type } | null {
  switch (type.kind) {
    case 'json':
      return membersOfDynamic(type.expected);
    case 'array':
      return { key: count, value: type.element };
    case 'set':
      return { key: type.element, value: type.element };
    case 'map':
      return { key: type.keys ?? { kind: 'string' }, value: type.value };
    case 'object': {
      const values = Object.keys(type.fields);
      const open = type.dictionary === true || values.length === 0;
      return {
        key: open ? { kind: 'string' } : { kind: 'string', values },
        value: joinAll(Object.values(type.fields).map((field) => field.type)),
      };
    }
    case 'union': {
      const members = type.members.map(memberTypes).filter((member) => member !== null);
      if (members.length === 0) return null;
      return { key: joinAll(members.map((m) => m.key)), value: joinAll(members.map((m) => m.value)) };
    }
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return null;
  }
}

/** The names of claims are not all known: a schema may speak of those that begin so. */
function membersOfDynamic(expected: Type | undefined): { readonly key: Type; readonly value: Type } {
  const members = expected === undefined || expected.kind === 'object' ? null : memberTypes(expected);
  return members === null
    ? { key: json, value: json }
    : { key: dynamic(members.key), value: dynamic(members.value) };
}

function dynamic(type: Type): Type {
  return type.kind === 'json' ? type : { kind: 'json', expected: type };
}

/** The type below a name; null where there can be nothing. */
export function fieldType(type: Type, name: string): Type | null {
  switch (type.kind) {
    case 'json':
      return json;
    case 'map':
      return type.value;
    case 'object':
      return Object.hasOwn(type.fields, name) ? type.fields[name]!.type : null;
    case 'set':
      return type.element;
    case 'union': {
      const found = type.members.map((member) => fieldType(member, name)).filter((member) => member !== null);
      return found.length === 0 ? null : joinAll(found);
    }
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'array':
      return null;
  }
}

/** Whether a value of the type can stand alone as a condition. */
export function isCondition(type: Type): boolean {
  if (type.kind === 'union') return type.members.some(isCondition);
  return type.kind === 'boolean' || type.kind === 'json';
}
