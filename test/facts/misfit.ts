/** Whether facts have the shape that the schema promises, so that rules read what they were checked against. */
import type { Type } from '../../src/values/schema.js';
import { Unknown, ValueSet, isArray, isObject, toJson, type Value } from '../../src/values/value.js';

/** Where a value does not fit its type; null where it does. Unknown fits everywhere. */
export function misfit(value: Value, type: Type, path: string): string | null {
  if (value instanceof Unknown || type.kind === 'json') return null;
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' && (type.values?.includes(value) ?? true) ? null : wrong(value, path);
    case 'number':
    case 'boolean':
      return typeof value === type.kind ? null : wrong(value, path);
    case 'array':
      if (!isArray(value)) return wrong(value, path);
      return first(value.map((member, i) => misfit(member, type.element, `${path}[${i}]`)));
    case 'set':
      if (!(value instanceof ValueSet)) return wrong(value, path);
      return first(value.items.map((member) => misfit(member, type.element, path)));
    case 'map':
      if (!isObject(value)) return wrong(value, path);
      return first(
        Object.entries(value).map(([key, member]) => misfit(member, type.value, `${path}.${key}`)),
      );
    case 'object':
      return isObject(value) ? misfitObject(value, type.fields, path) : wrong(value, path);
    case 'union':
    case 'null':
      return `${path}: no fact has the type ${type.kind}`;
  }
}

function misfitObject(
  value: Readonly<Record<string, Value>>,
  fields: Readonly<Record<string, { readonly type: Type; readonly optional?: boolean }>>,
  path: string,
): string | null {
  const extra = Object.keys(value).find((key) => !Object.hasOwn(fields, key));
  if (extra !== undefined) return `${path}.${extra} is not in the schema`;
  return first(
    Object.entries(fields).map(([key, field]) => {
      if (Object.hasOwn(value, key)) return misfit(value[key]!, field.type, `${path}.${key}`);
      return field.optional === true ? null : `${path}.${key} is missing`;
    }),
  );
}

const wrong = (value: Value, path: string): string => `${path} = ${JSON.stringify(toJson(value))}`;
const first = (problems: readonly (string | null)[]): string | null =>
  problems.find((problem) => problem !== null) ?? null;
