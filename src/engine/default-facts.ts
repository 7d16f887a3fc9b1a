/** Fills in facts that a test omits: whatever the schema promises gets a neutral value. */
import { never } from '../errors.js';
import type { FactSchema, ObjectType, Type } from '../values/schema.js';
import {
  isArray,
  isObject,
  objectOf,
  property,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../values/value.js';

/**
 * The facts with missing ones filled in, also in the members of collections. Facts of a protocol are not invented: in a
 * test without SQL, the SQL is unknown.
 */
export function completeFacts(facts: ValueObject, schema: FactSchema): ValueObject {
  const complete = Object.assign(Object.create(null) as Record<string, Value>, facts);
  for (const [name, root] of Object.entries(schema.roots)) {
    const value = property(facts, name);
    const needed = root.optional !== true && root.targets === undefined;
    if (needed || value !== undefined) complete[name] = completeValue(value, root.type);
  }
  return complete;
}

/** The same for a subset of the facts: missing roots stay absent. */
export function completeRoots(facts: ValueObject, schema: FactSchema): ValueObject {
  const complete = Object.entries(facts).map(([name, value]) => {
    const root = Object.hasOwn(schema.roots, name) ? schema.roots[name] : undefined;
    return [name, root === undefined ? value : completeValue(value, root.type)] as const;
  });
  return objectOf(complete);
}

function completeValue(value: Maybe, type: Type): Value {
  if (value === undefined) return neutral(type);
  if (type.kind === 'object' && isObject(value)) return completeObject(value, type);
  if (type.kind === 'array' && isArray(value))
    return value.map((member) => completeValue(member, type.element));
  if (type.kind === 'set' && value instanceof ValueSet)
    return ValueSet.of(value.items.map((member) => completeValue(member, type.element)));
  return value;
}

function completeObject(value: ValueObject, type: ObjectType): ValueObject {
  const complete = Object.assign(Object.create(null) as Record<string, Value>, value);
  for (const [key, field] of Object.entries(type.fields)) {
    const member = property(value, key);
    if (member !== undefined || field.optional !== true) complete[key] = completeValue(member, field.type);
  }
  return complete;
}

function neutral(type: Type): Value {
  switch (type.kind) {
    case 'null':
      return null;
    case 'boolean':
      return false;
    case 'number':
      return 0;
    case 'string':
      return type.values?.[0] ?? '';
    case 'array':
      return [];
    case 'set':
      return ValueSet.empty;
    case 'object':
      return completeObject({}, type);
    case 'map':
    case 'json':
      return {};
    case 'union':
      return neutral(type.members[0]!);
    default:
      return never(type);
  }
}
