/** Counting, adding up, ordering. */
import { compute } from '../../../values/number.js';
import { findUnknown } from '../../../values/kleene.js';
import {
  compare,
  isArray,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../../values/value.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import { codePointCount } from '../define/code-points.js';
import {
  anything,
  collection,
  counted,
  define,
  defineSeeing,
  either,
  list,
  numbers,
  numeric,
  record,
  string,
  takes,
} from '../define/define.js';
import { membersOf } from '../define/limits.js';

/**
 * An unknown member stands for any number of members, so the size of its array or set is unknown. Members of a set that
 * are unknown in part may turn out equal. A field with an unknown value may be absent.
 */
function count(value: readonly Value[] | ValueSet | ValueObject | string): Maybe {
  if (typeof value === 'string') return codePointCount(value);
  if (isArray(value)) return value.find((member) => member instanceof Unknown) ?? value.length;
  if (value instanceof ValueSet) return findUnknown(value) ?? value.size;
  const fields = Object.values(value);
  return fields.find((field) => field instanceof Unknown) ?? fields.length;
}

function accumulate(
  operator: '+' | '*',
  start: number,
  values: readonly (number | bigint)[] | ValueSet,
  context: BuiltinContext,
): number | bigint {
  let total: number | bigint = start;
  for (const value of membersOf<number | bigint>(values)) {
    // A product of integers grows with each factor.
    context.spend(typeof total === 'bigint' ? 8 : 1);
    const next = compute(operator, total, value);
    if ('error' in next) throw new BuiltinError(next.error);
    total = next.value;
  }
  return total;
}

/** The last of the greatest, the last of the least: equal values cannot be distinguished. */
function extreme(sign: 1 | -1, values: readonly Value[] | ValueSet, context: BuiltinContext): Maybe {
  const members = membersOf(values);
  context.spend(members.length);
  if (!isArray(values)) return sign === 1 ? members.at(-1) : members[0];
  let best: Maybe;
  for (const member of members) {
    if (best === undefined || compare(member, best) * sign > 0) best = member;
  }
  return best;
}

function sort(values: readonly Value[] | ValueSet, context: BuiltinContext): readonly Value[] {
  const members = membersOf(values);
  context.spend(members.length * Math.ceil(Math.log2(members.length + 2)));
  return isArray(values) ? [...members].sort(compare) : members;
}

const countable = either(collection, either(record, string));

export const aggregates: readonly Builtin[] = [
  defineSeeing(
    'count',
    [takes('collection', countable)],
    counted,
    'How many members an array, set or object has, or characters a text.',
    ([values]) => count(values),
  ),
  define(
    'sum',
    [takes('collection', numbers)],
    numeric,
    'All numbers added up; 0 if there are none.',
    ([xs], context) => accumulate('+', 0, xs, context),
  ),
  define(
    'product',
    [takes('collection', numbers)],
    numeric,
    'All numbers multiplied; 1 if there are none.',
    ([xs], context) => accumulate('*', 1, xs, context),
  ),
  define(
    'max',
    [takes('collection', collection)],
    anything,
    'The greatest member; absent if there is none.',
    ([xs], context) => extreme(1, xs, context),
  ),
  define(
    'min',
    [takes('collection', collection)],
    anything,
    'The least member; absent if there is none.',
    ([xs], context) => extreme(-1, xs, context),
  ),
  define(
    'sort',
    [takes('collection', collection)],
    list,
    'The members in ascending order.',
    ([xs], context) => sort(xs, context),
  ),
];
