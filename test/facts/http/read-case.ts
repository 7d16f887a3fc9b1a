/** Case tables: a request, and what is expected of its facts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Unknown, isArray, isObject, property, ValueSet, type Maybe } from '../../../src/values/value.js';
import { deriveHttp } from '../../../src/facts/http/derive.js';
import { readMessage } from '../../../src/facts/http/message.js';
import type { HttpAnalysis, HttpHeader, HttpRequest } from '../../../src/facts/http/request.js';

export interface Case {
  readonly name: string;
  readonly request: HttpRequest;
  /** By the path of a fact; `error` is why the request is refused. */
  readonly expect: Readonly<Record<string, unknown>>;
}

/** `request` is a message as rows have it; `send` changes what a message cannot say. */
interface Written {
  readonly request: string;
  readonly why?: string;
  readonly send?: {
    readonly method?: string;
    readonly target?: string;
    /** Beside those of the message. */
    readonly headers?: readonly HttpHeader[];
    readonly base64?: string;
    readonly whole?: boolean;
  };
  readonly [fact: string]: unknown;
}

const folder = join(process.cwd(), 'test/facts/http');

export function readCases(file: string): Case[] {
  const cases = parse(readFileSync(join(folder, file), 'utf8')) as Written[];
  return cases.map(({ request: text, why, send = {}, ...expect }) => {
    const message = readMessage(text.trimEnd());
    if (message === null) throw new Error(`this is no request: ${text}`);
    const { headers = [], base64, ...other } = send;
    const request: HttpRequest = {
      ...message,
      ...other,
      headers: [...message.headers, ...headers],
      body: base64 === undefined ? message.body : Buffer.from(base64, 'base64'),
    };
    return { name: why === undefined ? text.trim() : `${why}: ${text.trim()}`, request, expect };
  });
}

/** What the case asks about: `?` is unknown, `-` is absent, sets are sorted lists. */
export function observe({ request, expect }: Case): Record<string, unknown> {
  const analysis = deriveHttp(request);
  return Object.fromEntries(Object.keys(expect).map((path) => [path, observation(analysis, path)]));
}

function observation(analysis: HttpAnalysis, path: string): unknown {
  if (path === 'error') return analysis.error;
  let at: Maybe = analysis.http;
  for (const step of path.split('.')) {
    if (at instanceof Unknown || at === undefined) break;
    at = isArray(at) ? at[Number(step)] : isObject(at) ? property(at, step) : undefined;
  }
  return plain(at);
}

function plain(value: Maybe): unknown {
  if (value === undefined) return '-';
  if (value instanceof Unknown) return '?';
  if (value instanceof ValueSet) return value.items.map(plain);
  if (isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
