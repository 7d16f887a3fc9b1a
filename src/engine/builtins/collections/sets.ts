/** Union and intersection over a set of sets; of two sets they are the operators `|` and `&`. */
import { setOf } from '../../../values/schema.js';
import { ValueSet, type Value } from '../../../values/value.js';
import type { Builtin, BuiltinContext } from '../define/builtin.js';
import { define, set, takes, type Kind } from '../define/define.js';

const setOfSets: Kind<ValueSet> = { type: setOf(set.type) };

function union(sets: readonly ValueSet[], context: BuiltinContext): ValueSet {
  const members: Value[] = [];
  for (const one of sets) {
    context.spend(1 + one.size);
    for (const member of one) members.push(member);
  }
  return ValueSet.of(members);
}

function intersection(sets: readonly ValueSet[], context: BuiltinContext): ValueSet {
  const [first, ...others] = [...sets].sort((a, b) => a.size - b.size);
  if (first === undefined) return ValueSet.empty;
  context.spend(first.size * sets.length);
  return ValueSet.of(first.items.filter((member) => others.every((other) => other.has(member))));
}

export const sets: readonly Builtin[] = [
  define('union', [takes('sets', setOfSets)], set, 'The members of any of the sets.', ([all], context) =>
    union(all.items as readonly ValueSet[], context),
  ),
  define(
    'intersection',
    [takes('sets', setOfSets)],
    set,
    'The members of every one of the sets; none if there are no sets.',
    ([all], context) => intersection(all.items as readonly ValueSet[], context),
  ),
];
