/** Arrays. Unknown members are kept if a function does not depend on what or how many they are. */
import { isArray, type Value } from '../../../values/value.js';
import type { Builtin } from '../define/builtin.js';
import { define, defineSeeing, list, numeric, takes } from '../define/define.js';
import { index } from '../define/limits.js';

function slice(array: readonly Value[], start: number, stop: number): readonly Value[] {
  const end = Math.min(Math.max(stop, 0), array.length);
  return array.slice(Math.min(Math.max(start, 0), end), end);
}

export const arrays: readonly Builtin[] = [
  defineSeeing(
    'array.concat',
    [takes('x', list), takes('y', list)],
    list,
    'The members of `x`, then those of `y`.',
    ([x, y], context) => {
      context.spend(x.length + y.length);
      return [...x, ...y];
    },
  ),
  define(
    'array.slice',
    [takes('array', list), takes('start', numeric), takes('stop', numeric)],
    list,
    'The members from `start` to before `stop`; indexes beyond the ends mean the ends.',
    ([array, start, stop], context) => {
      context.spend(array.length);
      return slice(array, index(start, 'start'), index(stop, 'stop'));
    },
  ),
  defineSeeing(
    'array.reverse',
    [takes('array', list)],
    list,
    'The members from last to first.',
    ([array], context) => {
      context.spend(array.length);
      return [...array].reverse();
    },
  ),
  define(
    'array.flatten',
    [takes('array', list)],
    list,
    'The members, with the members of those that are arrays in their place; one level.',
    ([array], context) => {
      const flat: Value[] = [];
      for (const member of array) {
        context.spend(1 + (isArray(member) ? member.length : 0));
        if (isArray(member)) for (const inner of member) flat.push(inner);
        else flat.push(member);
      }
      return flat;
    },
  ),
];
