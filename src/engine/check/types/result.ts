/** What comes out of calls that hand on what they are given: members of collections, fields of objects. */
import type { Core } from '../../core.js';
import { lowerText, upperText, type Field, type Type } from '../../../values/schema.js';
import { alternatives, join, joinAll, memberTypes, withDefault } from './algebra.js';

/** Null for a function that makes something of its own. */
export function typeHandedOn(name: string, given: readonly Core[], types: readonly Type[]): Type | null {
  const [first, second] = types;
  switch (name) {
    case 'sort':
    case 'array.reverse':
    case 'array.slice':
    case 'cast_array':
      return arrayOfMembers(first);
    case 'lower':
      return lowerText;
    case 'upper':
      return upperText;
    case 'array.concat': {
      const [one, other] = [arrayOfMembers(first), arrayOfMembers(second)];
      return one && other && withDefault(one, given[1]!, other);
    }
    case 'array.flatten': {
      const members = first && memberTypes(first)?.value;
      return members ? { kind: 'array', element: joinAll(alternatives(members).map(flat)) } : null;
    }
    case 'cast_set': {
      const members = first && memberTypes(first);
      return members ? { kind: 'set', element: members.value } : null;
    }
    case 'union':
    case 'intersection':
      return first?.kind === 'set' && first.element.kind === 'set' ? first.element : null;
    case 'max':
    case 'min':
      return first === undefined ? null : (memberTypes(first)?.value ?? null);
    case 'object.keys': {
      const members = first && memberTypes(first);
      return members ? { kind: 'set', element: members.key } : null;
    }
    case 'object.filter':
    case 'object.remove':
    case 'json.filter':
    case 'json.remove':
      return first === undefined ? null : loosened(first);
    case 'object.union':
      return first?.kind === 'object' && second?.kind === 'object' ? join(first, second) : null;
    case 'object.union_n':
      return first?.kind === 'array' && first.element.kind === 'object' ? loosened(first.element) : null;
    default:
      return null;
  }
}

function flat(type: Type): Type {
  return type.kind === 'array' ? type.element : type;
}

function arrayOfMembers(type: Type | undefined): Type | null {
  const members = type && memberTypes(type);
  return members ? { kind: 'array', element: members.value } : null;
}

/** An object that may lack any of its fields. */
function loosened(type: Type): Type | null {
  if (type.kind !== 'object') return type.kind === 'map' ? type : null;
  const fields = Object.entries(type.fields).map(([name, { type: inner, doc }]): [string, Field] => [
    name,
    { type: loosened(inner) ?? inner, doc, optional: true },
  ]);
  return { ...type, fields: Object.fromEntries(fields) };
}
