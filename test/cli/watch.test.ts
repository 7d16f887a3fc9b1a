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
/** What came on each stream and was not seen yet: between the two there is no order. */
let output: Record<'stdout' | 'stderr', string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-watch-'));
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules/a.rules'), rules('sql.read_only'));
  output = { stdout: '', stderr: '' };
  child = spawn(process.execPath, [policy, 'test', '--watch'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.on('data', (chunk: Buffer) => {
      output[name] += chunk.toString();
    });
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** Waits for a text after what was seen before on a stream. */
async function see(name: 'stdout' | 'stderr', text: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!output[name].includes(text)) {
    if (Date.now() > deadline) throw new Error(`no \`${text}\` in ${JSON.stringify(output)}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  output[name] = output[name].slice(output[name].indexOf(text) + text.length);
}

async function end(): Promise<number | null> {
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  child.kill('SIGINT');
  return ended;
}

test('runs again on every change, also of what does not compile, and ends with the last outcome', async () => {
  await see('stdout', '1 passed, 0 failed');
  await see('stderr', 'press Ctrl-C to stop');
  writeFileSync(join(folder, 'rules/a.rules'), rules('sql.read_onl'));
  await see('stderr', 'the rules do not compile: 1 error');
  await see('stderr', 'press Ctrl-C to stop');
  writeFileSync(join(folder, 'rules/a.rules'), rules('not sql.read_only'));
  await see('stderr', 'a.rules changed');
  await see('stderr', 'press Ctrl-C to stop');
  await see('stdout', '0 passed, 1 failed');
  writeFileSync(join(folder, 'rules/teams.yaml'), 'readers: []\n');
  await see('stderr', 'teams.yaml changed');
  await see('stderr', 'press Ctrl-C to stop');
  await see('stdout', '0 passed, 1 failed');
  expect(await end()).toBe(1);
}, 60_000);
