/** The demonstration, as `npm run demo` starts it: a database, an identity provider, the gateway and a real client. */
import { expect, test } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const policy = resolve('dist/policy.mjs');
const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '' };

test('`policy demo --once` shows every outcome and ends with 0', async () => {
  const { code, output } = await new Promise<{ code: number; output: string }>((done) => {
    execFile(process.execPath, [policy, 'demo', '--once'], { env }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
  expect({ code, output }).toEqual({ code: 0, output: expect.any(String) });
  for (const rule of ['postgres.access.reads', 'postgres.writes.drop', 'postgres.writes.bulk_write'])
    expect(output).toContain(`by ${rule} (rules/postgres/`);
  expect(output).toContain('***@example.com');
  expect(output).toContain('needs review by dba');
  expect(output).toContain('allow → deny');
  expect(output).not.toContain('not as expected');
}, 120_000);

test('`policy demo` stays, the line that it prints works, and a signal leaves nothing behind', async () => {
  const child = spawn(process.execPath, [policy, 'demo'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stderr.resume();
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  await new Promise<void>((ready, fail) => {
    void ended.then(() => fail(new Error(output)));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl-C')) ready();
    });
  });
  const line = /PGPASSWORD=.* -U ci-test orders$/m.exec(output)![0];
  const folder = dirname(dirname(/cat ([^)]*)/.exec(line)![1]!));
  expect(existsSync(folder)).toBe(true);
  const seen = await shell(`${line} -At -c 'SELECT count(*) FROM orders' -c 'DROP TABLE orders'`);
  expect(seen).toContain('120');
  expect(seen).toContain('denied by postgres.writes.drop');
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(existsSync(folder)).toBe(false);
  expect(await shell(`${line.replace(/PGPASSWORD=\S+ \S+/, '')} -c 'SELECT 1'`)).toContain('refused');
}, 120_000);

function shell(command: string): Promise<string> {
  return new Promise((done) => {
    execFile('sh', ['-c', command], { env }, (_, stdout, stderr) => done(stdout + stderr));
  });
}
