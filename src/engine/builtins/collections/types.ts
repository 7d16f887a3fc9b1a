/** What a value is, and Rego's casts, which refuse rather than convert. */
import { fromDouble, parseNumber } from '../../../values/number.js';
import { isArray, ValueSet, type Value } from '../../../values/value.js';
import { BuiltinError, type Builtin } from '../define/builtin.js';
import {
  anything,
  collection,
  define,
  defineSeeing,
  list,
  numeric,
  set,
  takes,
  truth,
  type Kind,
} from '../define/define.js';
import { membersOf } from '../define/limits.js';
import { typeName } from '../../../values/type-name.js';

const names = ['array', 'boolean', 'null', 'number', 'object', 'set', 'string'] as const;

const predicates = names.map((name) =>
  defineSeeing(`is_${name}`, [takes('x', anything)], truth, `Whether \`x\` is of type ${name}.`, ([x]) => {
    return typeName(x) === name;
  }),
);

/** The deprecated casts: the value itself if it already has the type. */
const identities = (['boolean', 'null', 'object', 'string'] as const).map((name) =>
  define(
    `cast_${name}`,
    [takes('x', anything)],
    anything,
    `\`x\` if it is of type ${name}, an error otherwise.`,
    ([x]) => {
      if (typeName(x) === name) return x;
      throw new BuiltinError(`\`x\` is of type ${typeName(x)}, not ${name}`);
    },
  ),
);

/** As `strconv.ParseFloat` reads it, without hexadecimal, infinity and NaN, which are not JSON numbers. */
function readNumber(text: string): number | bigint {
  const match = /^([+-]?)(\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?$/.exec(text);
  if (match === null) throw new BuiltinError('`x` is not the text of a number');
  const [, sign = '', digits = '', exponent = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const plain = `${sign === '-' ? '-' : ''}${whole || '0'}.${fraction || '0'}${exponent}`;
  if (!Number.isFinite(Number(plain))) throw new BuiltinError('the number is too large');
  return parseNumber(plain);
}

function toNumber(value: Value): number | bigint {
  if (value === null) return 0;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') return readNumber(value);
  if (typeof value === 'number') return fromDouble(value) ?? 0;
  if (typeof value === 'bigint') return value;
  throw new BuiltinError(`\`x\` is of type ${typeName(value)}`);
}

const typeNames: Kind<string> = { type: { kind: 'string', values: names } };

export const types: readonly Builtin[] = [
  ...predicates,
  ...identities,
  defineSeeing(
    'type_name',
    [takes('x', anything)],
    typeNames,
    'The type of `x`: one of seven names.',
    ([x]) => {
      return typeName(x);
    },
  ),
  define(
    'to_number',
    [takes('x', anything)],
    numeric,
    'A number from a number, its text, a boolean (0, 1) or null (0).',
    ([x]) => toNumber(x),
  ),
  define('cast_array', [takes('x', collection)], list, 'The members of a set as an array.', ([x]) =>
    membersOf(x),
  ),
  define('cast_set', [takes('x', collection)], set, 'The members of an array as a set.', ([x], context) => {
    if (!isArray(x)) return x;
    context.spend(x.length);
    return ValueSet.of(x);
  }),
];
