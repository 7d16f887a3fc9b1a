/** What must be known of bound values to decide whether they are replacements that the session was shown. */
import type { BoundValue } from '../../../src/masking/sql/masked-write.js';
import { scalarOf, textOf, type Replacements } from '../../../src/masking/sql/replacements.js';
import { arrayOf, readArray } from './arrays.js';
import type { Bind } from '../wire/messages.js';
import { elementOf, isOpen } from './value-types.js';

/** Common replacements are short, so longer values are not kept. */
const KEPT_LENGTH_MAX = 64;
const KEPT_MAX = 1_000;

const BYTES = 17;

/** Null if the session was shown nothing, so that no value can be a replacement. */
export function boundValuesOf(
  { parameters, parameterFormats }: Pick<Bind, 'parameters' | 'parameterFormats'>,
  types: readonly number[],
  shown: Replacements,
): readonly BoundValue[] | null {
  if (shown.isEmpty) return null;
  return parameters.map((value, index) => {
    const format = parameterFormats[parameterFormats.length === 1 ? 0 : index] ?? 0;
    return boundValueOf(value, format, types[index] ?? 0, shown);
  });
}

const NULL: BoundValue = { distinctive: false, values: [null], array: false };

function boundValueOf(value: Buffer | null, format: number, type: number, shown: Replacements): BoundValue {
  if (value === null) return NULL;
  const elements = elementsOf(value, format, type);
  const array = elements !== null;
  const texts = elements ?? textsOf(value, format, type);
  const distinctive = texts.some((text) => text !== null && shown.holds(text));
  const kept = new Set<string | null>();
  for (const text of texts) {
    if (kept.size >= KEPT_MAX) break;
    if (text === null || text.length <= KEPT_LENGTH_MAX) kept.add(text);
  }
  return { distinctive, values: [...kept], array };
}

/** Null if it is not an array, or not a supported one: it is then scanned as text. */
function elementsOf(value: Buffer, format: number, type: number): readonly (string | null)[] | null {
  const element = elementOf(type);
  if (format === 1) {
    if (element === null) return null;
    return flat(arrayOf(value, element, (part) => textsOf(part, 1, element)[0] ?? ''));
  }
  const open = isOpen(type) && value[0] === OPENING;
  return element === null && !open ? null : flat(readArray(value.toString('utf8'), (part) => part));
}

const OPENING = 0x7b;

function flat(array: unknown): readonly (string | null)[] | null {
  if (!Array.isArray(array)) return null;
  return array.flat(Infinity) as (string | null)[];
}

/** The first is the value that is compared. */
function textsOf(value: Buffer, format: number, type: number): readonly string[] {
  const scalar = scalarOf(value, type, format);
  if (scalar === null) return [textOf(value, type, format)];
  // Bytes may be those of a text.
  return type === BYTES && format === 1 ? [scalar.spelling, value.toString('utf8')] : [scalar.spelling];
}
