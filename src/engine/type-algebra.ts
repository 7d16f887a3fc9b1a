/** Types against each other: whether two can have a value in common, and what holds both. */
import { json, type Type } from './schema.js';
import { isArray, isObject, ValueSet, type Value } from './value.js';

/** Whether no value can be of both types. What is dynamic may be anything. */
export function disjoint(left: Type, right: Type): boolean {
  if (left.kind === 'json' || right.kind === 'json') return false;
  if (left.kind === 'union') return left.members.every((member) => disjoint(member, right));
  if (right.kind === 'union') return right.members.every((member) => disjoint(left, member));
  if (left.kind === 'string' && right.kind === 'string') return disjointValues(left.values, right.values);
  return familyOf(left) !== familyOf(right);
}

function disjointValues(left: readonly string[] | undefined, right: readonly string[] | undefined): boolean {
  return left !== undefined && right !== undefined && !left.some((value) => right.includes(value));
}

function familyOf(type: Type): string {
  return type.kind === 'map' ? 'object' : type.kind;
}

/** The narrowest type we write for a value of either. */
export function join(left: Type, right: Type): Type {
  if (left.kind === 'string' && right.kind === 'string') {
    if (left.values === undefined || right.values === undefined) return { kind: 'string' };
    return { kind: 'string', values: [...new Set([...left.values, ...right.values])] };
  }
  if ((left.kind === 'array' || left.kind === 'set') && right.kind === left.kind)
    return { kind: left.kind, element: join(left.element, right.element) };
  return left.kind === right.kind &&
    (left.kind === 'number' || left.kind === 'boolean' || left.kind === 'null')
    ? left
    : left === right
      ? left
      : json;
}

export function joinAll(types: readonly Type[]): Type {
  const [first, ...rest] = types;
  return first === undefined ? json : rest.reduce(join, first);
}

/** Literals have the type that holds nothing but them, as far as there is one. */
export function typeOfConstant(value: Value): Type {
  if (value === null) return { kind: 'null' };
  if (typeof value === 'string') return { kind: 'string', values: [value] };
  if (typeof value === 'boolean') return { kind: 'boolean' };
  if (typeof value === 'number' || typeof value === 'bigint') return { kind: 'number' };
  if (isArray(value)) return { kind: 'array', element: joinAll(value.map(typeOfConstant)) };
  if (value instanceof ValueSet) return { kind: 'set', element: joinAll(value.items.map(typeOfConstant)) };
  return isObject(value) ? { kind: 'map', value: json } : json;
}

/** What going through a collection gives; null for what is no collection. */
export function memberTypes(type: Type): { readonly key: Type; readonly value: Type } | null {
  switch (type.kind) {
    case 'json':
      return { key: json, value: json };
    case 'array':
      return { key: { kind: 'number' }, value: type.element };
    case 'set':
      return { key: type.element, value: type.element };
    case 'map':
      return { key: { kind: 'string' }, value: type.value };
    case 'object':
      return {
        key: { kind: 'string', values: Object.keys(type.fields) },
        value: joinAll(Object.values(type.fields).map((field) => field.type)),
      };
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

/** Whether a value of the type can stand alone as a condition. */
export function isCondition(type: Type): boolean {
  if (type.kind === 'union') return type.members.some(isCondition);
  return type.kind === 'boolean' || type.kind === 'json';
}

/** A type in words, for messages. */
export function describeType(type: Type): string {
  switch (type.kind) {
    case 'json':
      return 'a value';
    case 'null':
      return 'null';
    case 'array':
      return 'an array';
    case 'object':
    case 'map':
      return 'an object';
    case 'union':
      return [...new Set(type.members.map(describeType))].join(' or ');
    case 'boolean':
    case 'number':
    case 'string':
    case 'set':
      return `a ${type.kind}`;
  }
}
