/** Types of objects: joined, and taken apart. */
import { json, type Field, type ObjectType, type Type } from '../../../values/schema.js';

/** An object that joins more names than these is one whose names are not known. */
const fieldsMax = 500;

/** An object with the names of both; what one of the two may lack is optional. */
export function joinObjects(
  left: Type & { kind: 'object' | 'map' },
  right: Type & { kind: 'object' | 'map' },
  join: (left: Type, right: Type) => Type,
): Type {
  if (left.kind === 'map' || right.kind === 'map')
    return { kind: 'map', value: [left, right].flatMap(valuesOf).reduce(join) };
  const names = [...new Set([...Object.keys(left.fields), ...Object.keys(right.fields)])];
  if (names.length > fieldsMax) return { kind: 'map', value: json };
  const fields = names.map((name) => [name, joinFields(ownField(left, name), ownField(right, name), join)]);
  const dictionary = left.dictionary === true || right.dictionary === true;
  return {
    kind: 'object',
    fields: Object.fromEntries(fields) as Record<string, Field>,
    ...(dictionary ? { dictionary } : {}),
  };
}

/** For an object without fields, nothing is known of the values that it might have had. */
function valuesOf(type: Type & { kind: 'object' | 'map' }): readonly Type[] {
  return type.kind === 'map' ? [type.value] : Object.values(type.fields).map((field) => field.type);
}

function ownField(type: ObjectType, name: string): Field | null {
  return Object.hasOwn(type.fields, name) ? type.fields[name]! : null;
}

function joinFields(left: Field | null, right: Field | null, join: (left: Type, right: Type) => Type): Field {
  if (left === null || right === null) return { ...(left ?? right!), optional: true, everywhere: false };
  const optional = left.optional === true || right.optional === true;
  const everywhere = isEverywhere(left) && isEverywhere(right);
  return {
    type: join(left.type, right.type),
    doc: left.doc,
    ...(optional ? { optional, everywhere } : {}),
  };
}

function isEverywhere({ optional, everywhere }: Field): boolean {
  return optional !== true || everywhere === true;
}

/** How deep an inferred type goes; what lies deeper is dynamic. */
const depthMax = 6;

const depths = new WeakMap<Type, number>();

/** A chain of rules, each enclosing the one before, has unbounded types: they are truncated at a depth. */
export function shallow(type: Type): Type {
  return depthOf(type) <= depthMax ? type : cut(type, depthMax, []);
}

/** Types grow by a level or so a rule and are cut at each, so that this does not go deep. */
function depthOf(type: Type): number {
  let depth = depths.get(type);
  if (depth === undefined) {
    depth = 1 + partsOf(type).reduce((most, part) => Math.max(most, depthOf(part)), 0);
    depths.set(type, depth);
  }
  return depth;
}

function partsOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case 'array':
    case 'set':
      return [type.element];
    case 'map':
      return [type.value];
    case 'object':
      return Object.values(type.fields).map((field) => field.type);
    case 'union':
      return type.members;
    case 'json':
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return [];
  }
}

/** `done` holds, by depth, what was cut already: parts are shared. */
function cut(type: Type, depth: number, done: Map<Type, Type>[]): Type {
  if (depthOf(type) <= depth) return type;
  if (depth <= 0) return json;
  const cache = (done[depth] ??= new Map());
  let result = cache.get(type);
  if (result === undefined) {
    result = cutParts(type, (part) => cut(part, depth - 1, done));
    cache.set(type, result);
  }
  return result;
}

function cutParts(type: Type, part: (type: Type) => Type): Type {
  switch (type.kind) {
    case 'array':
    case 'set':
      return { kind: type.kind, element: part(type.element) };
    case 'map':
      return { kind: 'map', value: part(type.value) };
    case 'object': {
      const fields = Object.entries(type.fields);
      return {
        ...type,
        fields: Object.fromEntries(
          fields.map(([name, field]) => [name, { ...field, type: part(field.type) }]),
        ),
      };
    }
    case 'union': {
      const members = type.members.map(part);
      return members.some(({ kind }) => kind === 'json') ? json : { kind: 'union', members };
    }
    case 'json':
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return type;
  }
}
