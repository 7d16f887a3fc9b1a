/** Case tables: a command line of `docker` or a request of the Engine API, and what is expected of its facts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Unknown, ValueSet, isArray, isObject, property, type Maybe } from '../../../src/values/value.js';
import type { DockerAnalysis } from '../../../src/facts/docker/call.js';
import { deriveDockerText } from '../../../src/facts/docker/derive.js';

export interface Case {
  readonly name: string;
  readonly text: string;
  /** By the path of a fact from the first request; `requests` is each one's object, verb and names; `error` is why nothing is known. */
  readonly expect: Readonly<Record<string, unknown>>;
}

interface Written {
  readonly docker: string;
  readonly why?: string;
  /** Of a request: its JSON body, which then has its media type. */
  readonly body?: unknown;
  readonly [fact: string]: unknown;
}

const folder = join(process.cwd(), 'test/facts/docker');

export function readCases(file: string): Case[] {
  const cases = parse(readFileSync(join(folder, file), 'utf8')) as Written[];
  return cases.map(({ docker, why, body, ...expect }) => {
    const text = body === undefined ? docker : withBody(docker, body);
    return { name: `${why === undefined ? '' : `${why}: `}${text}`, text, expect };
  });
}

function withBody(request: string, body: unknown): string {
  const json = typeof body === 'string' ? body : JSON.stringify(body);
  return `${request}\nContent-Type: application/json\n\n${json}`;
}

/** What the case asks about: `?` is unknown, `-` is absent, sets are sorted lists. */
export function observe({ text, expect }: Case): Record<string, unknown> {
  const analysis = deriveDockerText(text);
  return Object.fromEntries(Object.keys(expect).map((path) => [path, observation(analysis, path)]));
}

function observation({ docker, error }: DockerAnalysis, path: string): unknown {
  const requests = docker['requests']!;
  if (path === 'error') return error;
  if (path === 'read_only') return plain(docker['read_only']);
  if (!isArray(requests)) return '?';
  if (path === 'requests') return requests.map(requestText);
  const steps = path.split('.');
  const index = /^\d+$/.test(steps[0]!) ? Number(steps.shift()) : 0;
  let at: Maybe = requests[index];
  for (const step of steps) {
    if (at instanceof Unknown || at === undefined) break;
    at = isArray(at) ? at[Number(step)] : isObject(at) ? property(at, step) : undefined;
  }
  return plain(at);
}

export function requestText(request: Maybe): string {
  const { object, verb, names } = plain(request) as { object: string; verb: string; names: string[] };
  return [object, verb, ...names].join(' ');
}

export function plain(value: Maybe): unknown {
  if (value === undefined) return '-';
  if (value instanceof Unknown) return '?';
  if (value instanceof ValueSet) return value.items.map(plain);
  if (isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}
