/** Case tables: a text and what is expected of its facts, in one short notation. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isArray, toJson, Unknown, ValueSet } from '../../../src/values/value.js';
import type { Value, ValueObject } from '../../../src/values/value.js';
import { deriveShell } from '../../../src/facts/shell/derive.js';

const folder = join(process.cwd(), 'test/facts/shell');

export interface Case {
  readonly sh: string;
  readonly expect: Readonly<Record<string, unknown>>;
}

export function readCases(file: string): Case[] {
  const cases = parse(readFileSync(join(folder, file), 'utf8')) as ({ sh: string } & Record<
    string,
    unknown
  >)[];
  return cases.map(({ sh, ...expect }) => ({ sh, expect }));
}

/** What the case asks about, in the notation of the case. */
export function observe({ sh, expect }: Case): Record<string, unknown> {
  const shell = deriveShell(sh);
  return Object.fromEntries(Object.keys(expect).map((key) => [key, observation(key)(shell)]));
}

function observation(key: string): (shell: ValueObject) => unknown {
  const found = Object.hasOwn(observations, key) ? observations[key] : undefined;
  if (found === undefined) throw new Error(`a case asks for \`${key}\`, which is not observed`);
  return found;
}

const observations: Readonly<Record<string, (shell: ValueObject) => unknown>> = {
  /** Nothing is known; the reason. */
  unknown: (shell) => (shell['commands'] instanceof Unknown ? shell['commands'].reason : null),
  /** Why more may run than is listed. */
  hidden: (shell) => members(shell).flatMap((one) => (one instanceof Unknown ? [one.reason] : [])),
  /** Every command, its words with `?` for what is not known; those inside of others with `> `. */
  argv: (shell) =>
    commands(shell).map((one) => `${'> '.repeat(depthOf(one, shell))}${wordsText(one['argv']!)}`),
  names: (shell) => (shell['names'] instanceof ValueSet ? shell['names'].items.map(wordText) : '?'),
  paths: (shell) => commands(shell).map((one) => wordText(one['path']!)),
  places: (shell) => commands(shell).map((one) => one['place']),
  /** `pipeline.position`, with `&` in the background. */
  pipelines: (shell) => commands(shell).map((one) => `${wordText(one['pipeline']!)}.${wordText(one['position']!)}${one['background'] === true ? '&' : ''}`), // prettier-ignore
  users: (shell) => commands(shell).map((one) => optional(one['user'])),
  hosts: (shell) => commands(shell).map((one) => optional(one['host'])),
  flags: (shell) => commands(shell).map((one) => (one['flags'] as ValueSet).items.map(wordText).join(' ')),
  assignments: (shell) => commands(shell).map((one) => objects(one['assignments']!).map((set) => `${wordText(set['name']!)}=${wordText(set['value']!)}`).join(' ')), // prettier-ignore
  redirects: (shell) => commands(shell).map((one) => objects(one['redirects']!).map(redirectText).join(' ')),
};

const optional = (value: Value | undefined): string => (value === undefined ? '-' : wordText(value));

export function members(shell: ValueObject): readonly Value[] {
  return isArray(shell['commands']) ? shell['commands'] : [];
}

export function commands(shell: ValueObject): readonly ValueObject[] {
  return members(shell).filter((one): one is ValueObject => !(one instanceof Unknown));
}

const objects = (value: Value): readonly ValueObject[] => value as readonly ValueObject[];

function depthOf(command: ValueObject, shell: ValueObject): number {
  const parent = command['parent'];
  return typeof parent === 'number' ? 1 + depthOf(commands(shell)[parent]!, shell) : 0;
}

const wordsText = (value: Value): string => (value as readonly Value[]).map(wordText).join(' ');

/** As it is where it is plain, else as JSON. */
function wordText(value: Value): string {
  if (value instanceof Unknown) return '?';
  const json = toJson(value);
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return /^[^\s"?\\]+$/.test(text) ? text : JSON.stringify(text);
}

function redirectText(redirect: ValueObject): string {
  const { access, descriptor, path, text } = redirect;
  return `${wordText(access!)} ${wordText(descriptor!)} ${wordText(path ?? text!)}`;
}
