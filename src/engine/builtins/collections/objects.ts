/** Objects. Keys are texts; any text is a key. */
import { lookUp as stepInto } from '../../../values/kleene.js';
import { arrayOf, setOf, text } from '../../../values/schema.js';
import {
  compare,
  isArray,
  isObject,
  objectOf,
  property,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../../values/value.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import {
  anything,
  define,
  defineSeeing,
  either,
  list,
  record,
  set,
  takes,
  truth,
  type Kind,
} from '../define/define.js';
import { membersOf } from '../define/limits.js';

const records: Kind<readonly ValueObject[]> = { type: arrayOf(record.type) };
const textSet: Kind<ValueSet> = { type: setOf(text) };
const keyed: Kind<ValueObject | readonly Value[] | ValueSet> = either(record, either(list, set));

/** A path steps into objects by key, arrays by index and sets by member. */
function get(object: ValueObject, key: Value, fallback: Value): Maybe {
  let value: Maybe = object;
  for (const one of isArray(key) ? key : [key]) {
    if (value === undefined) break;
    value = stepInto(value, one);
  }
  return value === undefined ? fallback : value;
}

function keysOf(keys: ValueObject | readonly Value[] | ValueSet): ReadonlySet<Value> {
  return new Set(isArray(keys) || keys instanceof ValueSet ? membersOf(keys) : Object.keys(keys));
}

function select(
  object: ValueObject,
  keys: ValueObject | readonly Value[] | ValueSet,
  wanted: boolean,
  context: BuiltinContext,
): ValueObject {
  const named = keysOf(keys);
  const entries = Object.entries(object);
  context.spend(named.size + entries.length);
  return objectOf(entries.filter(([key]) => named.has(key) === wanted));
}

/** The fields of both. For a shared key, the union of two objects, otherwise the right value. */
function union(left: ValueObject, right: ValueObject, context: BuiltinContext): ValueObject {
  const fields = new Map(Object.entries(left));
  context.spend(1 + fields.size);
  for (const [key, value] of Object.entries(right)) {
    context.spend(1);
    const other = property(left, key);
    fields.set(key, isObject(other) && isObject(value) ? union(other, value, context) : value);
  }
  return objectOf(fields);
}

function isSubset(whole: Value, part: Value, context: BuiltinContext): boolean {
  if (isObject(whole) && isObject(part)) return isSubobject(whole, part, context);
  if (isArray(whole) && isArray(part)) return isSubsequence(whole, part, context);
  if (part instanceof ValueSet && (isArray(whole) || whole instanceof ValueSet)) {
    const members = whole instanceof ValueSet ? whole : ValueSet.of(whole);
    context.spend(1 + part.size + members.size);
    return part.items.every((member) => members.has(member));
  }
  throw new BuiltinError('both must be objects, sets or arrays, or an array and a set');
}

function isSubobject(whole: ValueObject, part: ValueObject, context: BuiltinContext): boolean {
  return Object.entries(part).every(([key, value]) => {
    context.spend(1);
    const other = property(whole, key);
    if (other === undefined) return false;
    if (compare(other, value) === 0) return true;
    const alike =
      (isObject(other) && isObject(value)) ||
      (isArray(other) && isArray(value)) ||
      (other instanceof ValueSet && value instanceof ValueSet);
    return alike && isSubset(other, value, context);
  });
}

/** Whether the members of `part` occur in `whole` in the same order. */
function isSubsequence(whole: readonly Value[], part: readonly Value[], context: BuiltinContext): boolean {
  for (let from = 0; from + part.length <= whole.length; from++) {
    let matched = 0;
    while (matched < part.length && compare(whole[from + matched]!, part[matched]!) === 0) matched++;
    context.spend(1 + matched);
    if (matched === part.length) return true;
  }
  return false;
}

export const objects: readonly Builtin[] = [
  defineSeeing(
    'object.get',
    [takes('object', record), takes('key', anything), takes('default', anything)],
    anything,
    'The field, or what a path (an array) leads to; `default` where there is none.',
    ([object, key, fallback], context) => {
      context.spend(isArray(key) ? key.length : 1);
      return get(object, key, fallback);
    },
  ),
  defineSeeing(
    'object.keys',
    [takes('object', record)],
    textSet,
    'The names of the fields.',
    ([object], context) => {
      const keys = Object.keys(object);
      context.spend(keys.length);
      // A field with an unknown value may be absent.
      return ValueSet.of(keys.map((key) => (object[key] instanceof Unknown ? object[key] : key)));
    },
  ),
  define(
    'object.remove',
    [takes('object', record), takes('keys', keyed)],
    record,
    'Without the fields named by an array, a set or the keys of an object.',
    ([object, keys], context) => select(object, keys, false, context),
  ),
  define(
    'object.filter',
    [takes('object', record), takes('keys', keyed)],
    record,
    'Only the fields named by an array, a set or the keys of an object.',
    ([object, keys], context) => select(object, keys, true, context),
  ),
  define(
    'object.union',
    [takes('a', record), takes('b', record)],
    record,
    'The fields of both; `b` wins, and objects in both are united in turn.',
    ([a, b], context) => union(a, b, context),
  ),
  define(
    'object.union_n',
    [takes('objects', records)],
    record,
    'The union of all, where later ones win.',
    ([all], context) => all.reduce((left, right) => union(left, right, context), objectOf([])),
  ),
  define(
    'object.subset',
    [takes('super', keyed), takes('sub', keyed)],
    truth,
    'Whether `sub` is in `super`: fields at any depth, members of a set, a run of an array.',
    ([whole, part], context) => isSubset(whole, part, context),
  ),
];
