/** Case tables: a request or a command line, and what is expected of its facts, in one short notation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { toJson, type ValueObject } from '../../../src/values/value.js';
import type { HttpRequest } from '../../../src/facts/http/request.js';
import { deriveRequest } from '../../../src/facts/kubernetes/request.js';

const folder = join(process.cwd(), 'test/facts/kubernetes');

export interface RequestCase {
  /** `GET /api/v1/pods?watch=1`. */
  readonly request: string;
  readonly headers?: Readonly<Record<string, string>> | readonly (readonly [string, string])[];
  /** An object is sent as JSON, a text as it stands, null is a body that was cut off. */
  readonly body?: unknown;
  readonly type?: string;
  readonly expect: Readonly<Record<string, unknown>>;
}

export function readTable(file: string): readonly Record<string, unknown>[] {
  return parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>[];
}

export function requestOf({ request, headers = {}, body = '', type }: RequestCase): HttpRequest {
  const [method = '', target = ''] = request.split(/ ([^]*)/);
  const namedHeaders = Array.isArray(headers)
    ? (headers as [string, string][])
    : Object.entries(headers as Record<string, string>);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    method,
    target,
    scheme: 'https',
    headers: [...namedHeaders, ...(type === undefined ? [] : [['Content-Type', type] as const])],
    body: Buffer.from(body === null ? '' : text),
    whole: body !== null,
  };
}

export function observeRequest(one: RequestCase): Record<string, unknown> {
  return observe(deriveRequest(requestOf(one)), one.expect);
}

/**
 * What the case asks about, by paths: `pod.containers.0.image.tag` is of the only request, `requests.0.verb` and `root.verb`
 * of the command. An unknown is `?`; what is absent is `-`.
 */
export function observe(
  facts: ValueObject,
  expected: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const root = short(toJson(facts)) as { requests: unknown };
  const request =
    Array.isArray(root.requests) && root.requests.length === 1 ? (root.requests[0] as unknown) : '?';
  const read = (key: string): unknown => {
    const [first, ...rest] = key.split('.');
    if (first === 'requests') return at(root, [first, ...rest]);
    return first === 'root' ? at(root, rest) : at(request, [first!, ...rest]);
  };
  return Object.fromEntries(Object.keys(expected).map((key) => [key, read(key)]));
}

function at(value: unknown, steps: readonly string[]): unknown {
  return steps.reduce((found, step) => {
    if (found === '?' || found === '-') return found;
    if (step === '*' && Array.isArray(found)) return found.map((one) => one as unknown);
    return (found as Record<string, unknown>)[step] ?? '-';
  }, value);
}

/** Unknown as `?`, however it came to be. */
function short(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(short);
  if (typeof value !== 'object' || value === null) return value;
  if ('$unknown' in value) return '?';
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, short(member)]));
}
