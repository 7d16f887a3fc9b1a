/** docs/install.md: the ways in which the program comes onto a machine, each of which must leave one that runs. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { offline, packInto } from '../support/package.js';

const page = readFileSync('docs/install.md', 'utf8');
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };

/** SQL and shell text are read by WebAssembly, which must be found wherever the program is. */
const RULES = `package ci

allow reads if sql.read_only

allow lists if {
  some c in shell.commands
  c.name == "ls"
}

test "both parsers are there" {
  given target := {"name": "orders", "type": "postgres"}

  sql "SELECT 1" => allow ci.reads
  shell "ls -l"  => allow ci.lists
}
`;

let folder: string;
let tarball: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-install-'));
  tarball = packInto(folder);
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules', 'ci.rules'), RULES);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(program: string, ...args: readonly string[]): string {
  const env = { ...process.env, ...offline(folder), NO_COLOR: '1' };
  return execFileSync(program, args, { cwd: folder, encoding: 'utf8', env });
}

function expectItRuns(program: string): void {
  expect(run(program, '--version').trim()).toBe(version);
  expect(run(program, 'test', 'rules')).toContain('1 passed, 0 failed');
}

test('the page names the file that `npm pack` writes', () => {
  expect(page).toContain(`npm install ./${basename(tarball)} `);
  expect(page).toContain(`npm install -g ./${basename(tarball)} `);
});

test('the package is installed for the whole machine, with no network', () => {
  const prefix = join(folder, 'prefix');
  run('npm', 'install', '--silent', '-g', '--prefix', prefix, tarball);
  expectItRuns(join(prefix, 'bin', 'policy'));
}, 120_000);

test('the folder `dist` runs from any place, also by a link', () => {
  cpSync('dist', join(folder, 'copied'), { recursive: true });
  expectItRuns(join(folder, 'copied', 'policy.mjs'));
  symlinkSync(join(folder, 'copied', 'policy.mjs'), join(folder, 'policy'));
  expectItRuns(join(folder, 'policy'));
}, 60_000);

test('without the WebAssembly beside it, it says what is missing', () => {
  mkdirSync(join(folder, 'bare'));
  cpSync('dist/policy.mjs', join(folder, 'bare', 'policy.mjs'));
  let said = '';
  try {
    run(join(folder, 'bare', 'policy.mjs'), 'test', 'rules');
  } catch (error) {
    said = String((error as { readonly stderr?: unknown }).stderr);
  }
  expect(said).toMatch(/libpg-query\.wasm/);
  expect(said).not.toContain('bug in policy');
});
