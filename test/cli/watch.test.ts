/** `policy test --watch` as somebody at a terminal uses it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const policy = resolve('dist/policy.mjs');
const rules = (condition: string): string => `package a

allow reads if ${condition}

test "reads" {
  sql "SELECT 1" => allow
}
`;

let folder: string;
let child: ChildProcess;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-watch-'));
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules/a.rules'), rules('sql.read_only'));
  output = '';
  child = spawn(process.execPath, [policy, 'test', '--watch'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Waits for a text after what was seen before, and goes on from there. */
async function see(text: string): Promise<void> {
  while (!output.includes(text)) await new Promise((done) => setTimeout(done, 20));
  output = output.slice(output.indexOf(text) + text.length);
}

async function end(): Promise<number | null> {
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  child.kill('SIGINT');
  return ended;
}

test('runs again on every change, also of what does not compile, and ends with the last outcome', async () => {
  await see('1 passed, 0 failed');
  await see('Ctrl-C ends');
  // The watcher is ready a moment after the first run.
  await new Promise((done) => setTimeout(done, 300));
  writeFileSync(join(folder, 'rules/a.rules'), rules('sql.read_onl'));
  await see('the rules do not compile: 1 error');
  await see('Ctrl-C ends');
  writeFileSync(join(folder, 'rules/a.rules'), rules('not sql.read_only'));
  await see('a.rules changed');
  await see('0 passed, 1 failed');
  await see('Ctrl-C ends');
  writeFileSync(join(folder, 'rules/teams.yaml'), 'readers: []\n');
  await see('teams.yaml changed');
  await see('0 passed, 1 failed');
  await see('Ctrl-C ends');
  expect(await end()).toBe(1);
}, 20_000);
