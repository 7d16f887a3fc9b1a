/** Queries as Go's net/url reads them, which is what the API server sees. */

/** Every value of a key, in order. */
export type Query = ReadonlyMap<string, readonly string[]>;

const lengthMax = 64 * 1024;

/**
 * Null if it is too long, or if Go silently drops a pair: a bad escape, a `;`, text that is not UTF-8. Another reader on the way
 * may see what the server does not.
 */
export function parseQuery(text: string): Query | null {
  if (text.length > lengthMax) return null;
  const query = new Map<string, string[]>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const key = unescapePart(equals === -1 ? pair : pair.slice(0, equals));
    const value = unescapePart(equals === -1 ? '' : pair.slice(equals + 1));
    if (key === null || value === null) return null;
    const values = query.get(key);
    if (values === undefined) query.set(key, [value]);
    else values.push(value);
  }
  return query;
}

function unescapePart(part: string): string | null {
  if (/[;#\u0000-\u0020\u007f-\uffff]/.test(part)) return null;
  return percentDecode(part.replaceAll('+', ' '));
}

/** Null for an invalid escape, or bytes that are not UTF-8. */
export function percentDecode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The first value, as the server takes it of parameters that stand once. */
export function first(query: Query, key: string): string | undefined {
  return query.get(key)?.[0];
}

/** As Kubernetes reads switches: there is no value but `0` and `false` that says no. */
export function isOn(query: Query, key: string): boolean {
  const value = first(query, key);
  return value !== undefined && value !== '0' && value.toLowerCase() !== 'false';
}
