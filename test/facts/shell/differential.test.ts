/** Our reading beside what shells do: programs that only say how they were called, in a folder of their own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isArray, Unknown, type Value, type ValueObject } from '../../../src/values/value.js';
import { deriveShell } from '../../../src/facts/shell/derive.js';
import { commands, members } from './read-case.js';

const cases = parse(readFileSync(join(process.cwd(), 'test/facts/shell/differential.yaml'), 'utf8')) as {
  readonly exact: readonly string[];
  readonly admitted: readonly string[];
};
const places = ['/bin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
const shells = ['bash', 'dash'].flatMap((name) => {
  const path = places.map((folder) => join(folder, name)).find((file) => existsSync(file));
  return path === undefined ? [] : [[name, path] as const];
});

let folder: string;
const program = `#!/bin/sh
printf '%s\\001' "\${0##*/}" "$@" > "$LOG/$$"
[ "\${0##*/}" != c5 ] || printf 'c1 x'
`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shell-'));
  for (const name of ['bin', 'work']) mkdirSync(join(folder, name));
  for (const name of ['c1', 'c2', 'c3', 'c4', 'c5'])
    writeFileSync(join(folder, 'bin', name), program, { mode: 0o755 });
  // The one shell that a case may start by itself.
  writeFileSync(join(folder, 'bin', 'sh'), '#!/bin/sh\nexec /bin/sh "$@"\n', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** How each program was called, in no order. */
function run(shell: string, text: string): string[][] {
  const log = mkdtempSync(join(folder, 'log-'));
  const work = join(folder, 'work');
  writeFileSync(join(work, 'in2'), '');
  const env = { PATH: join(folder, 'bin'), HOME: work, LOG: log };
  spawnSync(shell, ['-c', `${text}\nwait`], { cwd: work, env, stdio: 'ignore', timeout: 10_000 });
  return readdirSync(log).map((file) => readFileSync(join(log, file), 'utf8').split('\u0001').slice(0, -1));
}

/** Unknown words stand for any number of words. */
function fits(words: readonly Value[], argv: readonly string[]): boolean {
  const [first, ...rest] = words;
  if (first === undefined) return argv.length === 0;
  if (first instanceof Unknown) return argv.some((_, at) => fits(rest, argv.slice(at))) || fits(rest, []);
  return argv[0] === first && fits(rest, argv.slice(1));
}

function admits(shell: ValueObject, argv: readonly string[]): boolean {
  if (!isArray(shell['commands']) || members(shell).some((one) => one instanceof Unknown)) return true;
  return commands(shell).some((one) => fits(one['argv'] as readonly Value[], argv));
}

const programs = /^c[1-5]$/;
const listed = (shell: ValueObject): string[] =>
  commands(shell)
    .filter(({ name }) => typeof name === 'string' && programs.test(name))
    .map(({ argv }) => JSON.stringify(argv))
    .sort();

test('there are shells to compare with', () => {
  expect(shells).not.toHaveLength(0);
});

describe.each(shells)('%s', (_, path) => {
  test.each(cases.exact)('runs what is listed: %j', (text) => {
    const ran = run(path, text).map((argv) => JSON.stringify(argv));
    expect(ran.sort()).toEqual(listed(deriveShell(text)));
  });

  test.each(cases.admitted)('runs nothing that is not listed: %j', (text) => {
    const shell = deriveShell(text);
    for (const argv of run(path, text)) expect([argv, admits(shell, argv)]).toEqual([argv, true]);
  });
});
