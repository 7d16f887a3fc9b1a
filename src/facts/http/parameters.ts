/** The parameters of a query or form: `application/x-www-form-urlencoded` as the URL Standard (section 5) reads it. */
import { Unknown, objectOf, type Value } from '../../values/value.js';
import { decodePercent } from './percent.js';

const parametersMax = 1000;

export interface Parameters {
  /** Values by name. */
  readonly map: Value;
  readonly pairs: Value;
  /** Whether a parameter of this name is, or may be, there. */
  readonly has: (name: string) => boolean;
}

interface Pair {
  readonly name: string;
  readonly value: string | null;
}

/** `fact` is the path of the fact that the parameters become. */
export function readParameters(text: string, fact: string): Parameters {
  const problem = problemOf(text);
  if (problem !== null) return unknownParameters(problem, fact);
  const pairs: Pair[] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decodePlus(equals === -1 ? part : part.slice(0, equals));
    if (name === null) return unknownParameters('the name of a parameter is not percent-encoded UTF-8', fact);
    pairs.push({ name, value: decodePlus(equals === -1 ? '' : part.slice(equals + 1)) });
  }
  const undecodable = new Unknown('a value is not percent-encoded UTF-8', fact);
  const names = new Set(pairs.map(({ name }) => name.toLowerCase()));
  return {
    map: mapOf(pairs, undecodable, fact),
    pairs: pairs.map(({ name, value }) => objectOf([['name', name], ['value', value ?? undecodable]])), // prettier-ignore
    has: (name) => names.has(name),
  };
}

export function unknownParameters(reason: string, fact: string): Parameters {
  const unknown = new Unknown(reason, fact);
  return { map: unknown, pairs: unknown, has: () => true };
}

function problemOf(text: string): string | null {
  // HTML 4 recommended it beside `&`, and some servers still take it so.
  if (text.includes(';')) return 'some servers part parameters at `;`, others do not';
  if (/[^\u0021-\u007e]/.test(text)) return 'it holds characters that are not percent-encoded';
  return text.split('&', parametersMax + 1).length > parametersMax ? 'it has too many parameters' : null;
}

function decodePlus(text: string): string | null {
  return decodePercent(text.replaceAll('+', ' '));
}

/** Some servers take the first of two, some the last, some both; some compare names without regard to case. */
function mapOf(pairs: readonly Pair[], undecodable: Unknown, fact: string): Value {
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const base = baseOf(pair.name);
    groups.set(base, [...(groups.get(base) ?? []), pair]);
  }
  const entries = [...groups].flatMap(([, group]) => {
    const reason = isAmbiguous(group) ? `\`${group[0]!.name}\` stands twice` : null;
    return group.map(({ name }) => {
      if (reason !== null) return [name, new Unknown(reason, fact)] as const;
      const values = group.filter((other) => other.name === name).map(({ value }) => value);
      return [name, values.map((value) => value ?? undecodable)] as const;
    });
  });
  return objectOf(entries);
}

/** `a[]` and `a[b]` are `a` to servers that read lists and objects from names. */
function baseOf(name: string): string {
  return name.toLowerCase().replace(/\[.*$/s, '').replace(/[ .]/g, '_');
}

function isAmbiguous(group: readonly Pair[]): boolean {
  if (group.length === 1) return false;
  const spellings = new Set(group.map(({ name }) => name));
  if (spellings.size === 1) return !group[0]!.name.endsWith('[]');
  // Different members of one object: `filter[a]=1&filter[b]=2`.
  const members = new Set(group.map(({ name }) => name.toLowerCase()));
  return !(
    members.size === group.length && group.every(({ name }) => name.includes('[') && name.endsWith(']'))
  );
}
