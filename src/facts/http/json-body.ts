/** A JSON body as a value, if every server reads the same one. */
import { JsonError, parseJson } from '../../values/json-text.js';
import { Unknown, isArray, isObject, objectOf, type Value } from '../../values/value.js';

export const fact = 'http.json';

/** A key that stands twice, nesting without end and a byte order mark are for each server to make something of. */
export function readJsonBody(text: string): Value {
  try {
    const value = parseJson(text);
    // Readers written in C end a key there.
    if (text.includes('\\u0000')) return new Unknown('the body holds a NUL character', fact);
    return distinct(value);
  } catch (error) {
    if (error instanceof JsonError) return new Unknown(`the body is not JSON: ${error.message}`, fact);
    // A pattern can exhaust the stack on a long text.
    if (error instanceof RangeError) return new Unknown('the body is too much to read', fact);
    throw error;
  }
}

/** Decoders that compare keys without regard to case (Go, .NET) take one of `role` and `Role`: neither is known. */
function distinct(value: Value): Value {
  if (isArray(value)) return value.map(distinct);
  if (!isObject(value)) return value;
  const folded = new Map<string, number>();
  for (const key of Object.keys(value)) folded.set(fold(key), (folded.get(fold(key)) ?? 0) + 1);
  const entries = Object.entries(value).map(([key, member]) => {
    const alone = folded.get(fold(key)) === 1;
    const reason = `the key \`${key}\` stands there again in another case`;
    return [key, alone ? distinct(member) : new Unknown(reason, fact)] as const;
  });
  return objectOf(entries);
}

/** The long s and the Kelvin sign fold into ASCII. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}
