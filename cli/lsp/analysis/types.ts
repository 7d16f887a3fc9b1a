/** Types of values as far as an editor needs them: for completion and hover. */
import { json, number, type Field, type Type } from '../../../src/values/schema.js';
import { never } from '../../../src/errors.js';

/** A value with the fact that it is or is part of: `sql.statements[]`. */
export interface Known {
  readonly type: Type;
  readonly path: string | null;
}

export const dynamic: Known = { type: json, path: null };

export function known(type: Type): Known {
  return { type, path: null };
}

/** Members of a collection, and their index type. */
export function memberOf({ type, path }: Known): { readonly key: Known; readonly value: Known } {
  const below = path === null ? null : `${path}[]`;
  switch (type.kind) {
    case 'array':
      return { key: known(number), value: { type: type.element, path: below } };
    case 'set':
      return { key: { type: type.element, path: below }, value: { type: type.element, path: below } };
    case 'map':
      return { key: known({ kind: 'string' }), value: { type: type.value, path: below } };
    case 'object': {
      // For data by name: members are mostly of one kind.
      const [first] = type.dictionary === true ? Object.values(type.fields) : [];
      return { key: known({ kind: 'string' }), value: first === undefined ? dynamic : known(first.type) };
    }
    case 'union':
    case 'json':
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
      return { key: dynamic, value: dynamic };
    default:
      return never(type);
  }
}

export function fieldsOf(type: Type): Readonly<Record<string, Field>> {
  return type.kind === 'object' ? type.fields : {};
}

/** The field of an object, and its value; null if the type has no field of that name. */
export function stepTo(from: Known, name: string): { readonly field: Field; readonly value: Known } | null {
  const fields = fieldsOf(from.type);
  if (!Object.hasOwn(fields, name)) return null;
  const field = fields[name]!;
  return { field, value: { type: field.type, path: from.path === null ? null : `${from.path}.${name}` } };
}

/** The texts that a value of the type can be; empty if it can be any. */
export function valuesOf(type: Type): readonly string[] {
  if (type.kind === 'string') return type.values ?? [];
  return type.kind === 'union' ? type.members.flatMap(valuesOf) : [];
}

const shownMax = 12;

export function typeText(type: Type): string {
  switch (type.kind) {
    case 'string':
      return type.values === undefined
        ? 'string'
        : listed(
            type.values.map((value) => `"${value}"`),
            ' | ',
          );
    case 'array':
    case 'set':
      return `${type.kind} of ${inner(type.element)}`;
    case 'map':
      return `object of ${inner(type.value)}`;
    case 'object':
      return `{${listed(Object.keys(type.fields), ', ')}}`;
    case 'union':
      return type.members.map(typeText).join(' | ');
    case 'json':
      return 'json';
    case 'null':
    case 'boolean':
    case 'number':
      return type.kind;
    default:
      return never(type);
  }
}

function inner(type: Type): string {
  const text = typeText(type);
  return text.includes(' | ') ? `(${text})` : text;
}

function listed(words: readonly string[], separator: string): string {
  return words.length <= shownMax
    ? words.join(separator)
    : `${words.slice(0, shownMax).join(separator)}${separator}…`;
}
