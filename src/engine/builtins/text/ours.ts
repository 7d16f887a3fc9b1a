/** Builtins that Rego does not have. */
import { durationOf } from '../../../../grammar/build/literal-text.js';
import { fromDouble } from '../../../values/number.js';
import { BuiltinError, type Builtin } from '../define/builtin.js';
import { define, numeric, string, takes, truth } from '../define/define.js';
import { compileTranslated, occurs } from '../define/pattern.js';
import { wildcards } from './wildcards.js';

export const ours: readonly Builtin[] = [
  define(
    'like',
    [takes('value', string), takes('glob', string)],
    truth,
    'Whether the whole text matches: `*` is any text, `?` one character, everything else itself.',
    ([value, glob], context) => {
      return occurs(
        compileTranslated('like', glob, () => wildcards(glob)),
        value,
        context,
      );
    },
  ),
  define(
    'duration',
    [takes('text', string)],
    numeric,
    'Nanoseconds of a duration as rules write it: `30m`, `7d`.',
    ([text]) => {
      const nanoseconds = text.length > 100 ? null : durationOf(text);
      if (nanoseconds === null) throw new BuiltinError('`text` is not a duration');
      return fromDouble(nanoseconds) ?? Infinity;
    },
  ),
];
