/**
 * Command lines beside the requests that the real client made of them: both must come to the same facts. The table is
 * written by scripts/record-docker-requests.mjs.
 */
import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isArray, type ValueObject } from '../../../src/values/value.js';
import { deriveDockerText } from '../../../src/facts/docker/derive.js';
import { plain } from './read-case.js';

interface Recorded {
  readonly docker: string;
  readonly requests: readonly { readonly request: string; readonly body?: string }[];
}

const table = parse(
  readFileSync(join(process.cwd(), 'test/facts/docker/recorded.yaml'), 'utf8'),
) as readonly Recorded[];

type Facts = Readonly<Record<string, unknown>>;

function callsOf(text: string): Facts[] {
  const { docker, error } = deriveDockerText(text);
  expect(error).toBeNull();
  const requests = docker['requests']!;
  expect(isArray(requests)).toBe(true);
  return (requests as readonly ValueObject[]).map((request) => comparable(plain(request) as Facts));
}

/** The client writes references out, and knows the ids that the server has given. */
function comparable(facts: Facts): Facts {
  const names = facts['names'] as readonly string[];
  const inItsWay = facts['object'] === 'image' || names.some((name) => /^(c{64}|e{64})$/.test(name));
  const image = facts['image'] === undefined ? {} : { ...(facts['image'] as Facts), reference: '*' };
  return { ...facts, index: 0, names: inItsWay ? '*' : names, image };
}

function requestText({ request, body }: Recorded['requests'][number]): string {
  return body === undefined ? request : `${request}\nContent-Type: application/json\n\n${body}`;
}

const operation = (facts: Facts): string => `${facts['object'] as string} ${facts['verb'] as string}`;

/** What the client looks up on the way is no part of the command, nor that it tries again after a pull. */
function recordedCalls({ requests }: Recorded, wanted: ReadonlySet<string>): Facts[] {
  const calls = requests.flatMap((one) => callsOf(requestText(one)));
  const needed = calls.filter((call) => wanted.has(operation(call)) || call['read_only'] === false);
  const seen = new Set<string>();
  return needed.filter((call) => {
    const text = JSON.stringify(call);
    return seen.has(text) ? false : seen.add(text);
  });
}

/** `?` is not known from the command line alone, and may be anything; `*` is what the client writes in its own way. */
function covers(known: unknown, real: unknown): boolean {
  if (known === '?' || real === '*') return true;
  if (Array.isArray(known) && Array.isArray(real)) {
    const certain = known.filter((member) => member !== '?');
    const found = certain.filter((member) => real.some((other) => covers(member, other)));
    return found.length === certain.length && (certain.length < known.length || known.length === real.length);
  }
  if (typeof known !== 'object' || typeof real !== 'object' || known === null || real === null)
    return known === real;
  const keys = new Set([...Object.keys(known), ...Object.keys(real)]);
  return [...keys].every((key) => covers((known as Facts)[key], (real as Facts)[key]));
}

const sorted = (calls: readonly Facts[]): Facts[] =>
  [...calls].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : orderOf(a) > orderOf(b) ? 1 : 0));
/** The client sends several requests of a kind at once. */
const orderOf = (call: Facts): string =>
  `${operation(call)} ${JSON.stringify([call['names'], call['image']])}`;

test.each(table.map((one) => [one.docker, one] as const))('%s', (line, recorded) => {
  const calls = sorted(callsOf(line));
  const real = sorted(recordedCalls(recorded, new Set(calls.map(operation))));
  // Where they differ, the difference is to be seen whole.
  if (!covers(calls, real) || calls.length !== real.length) expect(calls).toEqual(real);
  expect(real.length).toBe(calls.length);
});
