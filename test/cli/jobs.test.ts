/** `policy test --jobs`: what several processes say is what one says. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const policy = resolve('dist/policy.mjs');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-jobs-'));
  const tests = Array.from(
    { length: 12 },
    (_, at) => `
test "number ${at}" {
  given identity.groups := {"g${at}"}
  sql "SELECT ${at}" => ${at % 5 === 0 ? 'deny' : 'allow'}
  some group in identity.groups
  "g${at}" in {"g1", "g2", group}
  count(identity.groups) == ${at % 4 === 0 ? 2 : 1}
}
`,
  );
  writeFileSync(join(folder, 'a.rules'), `package a\n\nallow reads if sql.read_only\n${tests.join('')}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const options = { cwd: folder, env: { ...process.env, NO_COLOR: '1' } };
    execFile(process.execPath, [policy, 'test', ...args], options, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test.each(['pretty', 'json', 'junit', 'tap', 'github'])('the report is the same (%s)', async (format) => {
  const alone = await run('--format', format);
  expect(alone.code).toBe(1);
  expect(await run('--format', format, '--jobs', '3')).toEqual(alone);
});

test('every test is in one share', async () => {
  const all = JSON.parse((await run('--format', 'json')).stdout) as { tests: { title: string }[] };
  const titles: string[] = [];
  for (const share of ['1/3', '2/3', '3/3']) {
    const { stdout } = await run('--format', 'json', '--share', share);
    titles.push(...(JSON.parse(stdout) as typeof all).tests.map(({ title }) => title));
  }
  expect(titles.sort()).toEqual(all.tests.map(({ title }) => title).sort());
});

test('`--run` is every share’s', async () => {
  const { stdout, code } = await run('--jobs', '2', '--run', 'number 1', '--format', 'tap');
  expect([code, stdout.match(/^(not )?ok /gm)?.length]).toEqual([1, 3]);
});

test.each([
  [['--jobs', '0'], 'is not a number of processes'],
  [['--jobs', 'many'], 'is not a number of processes'],
  [['--share', '4/3'], 'is not a share'],
  [['--jobs', '2', '--coverage'], 'cannot be combined with'],
  [['--jobs', '2', '--run', 'no such test'], 'there is no test whose name contains'],
])('%s is refused', async (args, why) => {
  const { code, stderr } = await run(...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
});
