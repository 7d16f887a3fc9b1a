/** `policy replay --base`: the rules of a git revision take the place of what was decided then. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { record } from '../support/recording.js';

const policy = resolve('dist/policy.mjs');
const READS = 'package a\n\nallow reads if sql.read_only\n';
const WRITES = `${READS}\nallow writes if not sql.read_only\n`;

let folder: string;

function git(...args: string[]): void {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'ignore' });
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-base-test-'));
  mkdirSync(join(folder, 'rules/deep'), { recursive: true });
  writeFileSync(join(folder, 'rules/deep/a.rules'), READS);
  git('init', '--quiet');
  git('add', 'rules');
  git('commit', '--quiet', '--message', 'first');
  writeFileSync(join(folder, 'rules/deep/a.rules'), WRITES);
  // What was decided then is of no interest here: these rules refused everything.
  const then = 'package a\n\nallow nothing if target.name == "nowhere"\n';
  record(join(folder, 'recordings'), {
    session: 's',
    rules: then,
    subject: 'ci',
    groups: [],
    target: 'orders',
    commands: ['SELECT 1', 'DELETE FROM orders'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function replay(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: '1' } };
    execFile(
      process.execPath,
      [policy, 'replay', 'recordings', ...args],
      options,
      (error, stdout, stderr) => {
        done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

test('compares the rules of the revision with those of the working tree', async () => {
  const { code, stdout } = await replay('--base', 'HEAD');
  expect(code).toBe(1);
  expect(stdout).toContain('deny → allow');
  expect(stdout).toContain('DELETE FROM orders');
  expect(stdout).not.toContain('SELECT 1');
  expect(stdout).toContain(
    '2 commands in 1 recording, 1 decided differently than by the rules of HEAD: 1 opens, 0 close',
  );
});

test('without a base, the record is that side', async () => {
  const { stdout } = await replay();
  expect(stdout).toContain('2 decided differently than recorded: 2 open, 0 close');
});

test('takes one file as well as a folder', async () => {
  const { code, stdout } = await replay('--base', 'HEAD', '--rules', 'rules/deep/a.rules');
  expect([code, stdout.includes('deny → allow')]).toEqual([1, true]);
});

test.each(['nothing', '--output=x', 'HEAD:rules'])('knows no revision `%s`', async (revision) => {
  const { code, stderr } = await replay(`--base=${revision}`);
  expect(code).toBe(2);
  expect(stderr).toContain(`git has no revision \`${revision}\` of these rules`);
});

test('leaves the working tree and no copies behind', async () => {
  const copies = (): string[] => readdirSync(tmpdir()).filter((name) => /^policy-base-\w{6}$/.test(name));
  const before = copies();
  await replay('--base', 'HEAD');
  expect(copies()).toEqual(before);
  expect(readFileSync(join(folder, 'rules/deep/a.rules'), 'utf8')).toBe(WRITES);
});
