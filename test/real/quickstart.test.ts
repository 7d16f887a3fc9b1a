/** docs/quickstart.md, word for word, with the ports of this run: whoever follows it sees what it says. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { offline, packInto } from '../support/package.js';
import { freePort } from '../support/port.js';
import { bootPostgres, type PostgresServer } from '../support/postgres.js';
import { blocksOf } from '../docs/jobs.js';

const page = 'docs/quickstart.md';
const commands = blocksOf(page, 'sh').map(({ text }) => text.trim().split('\n'));
const shown = blocksOf(page, 'text').map(({ text }) => text.trimEnd());
const [sql] = blocksOf(page, 'sql');
const [mask, row] = [...readFileSync(page, 'utf8').matchAll(/^```rules\n([\s\S]*?)^```$/gm)].map(
  ([, text]) => text!,
);

let folder: string;
let server: PostgresServer;
let ports: { readonly gateway: number; readonly issuer: number };
const started: ChildProcess[] = [];
const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-quickstart-'));
  Object.assign(env, offline(folder));
  const prefix = join(folder, 'prefix');
  const args = ['install', '--silent', '-g', '--prefix', prefix, packInto(folder)];
  execFileSync('npm', args, { env });
  env['PATH'] = [join(prefix, 'bin'), env['PATH']].join(delimiter);
  mkdirSync(join(folder, 'empty'));
  ports = { gateway: await freePort(), issuer: await freePort() };
  server = await bootPostgres();
  await server.query('CREATE DATABASE shop');
  await server.query(sql!.text);
  await server.query(
    "CREATE TABLE orders (id int, customer text); INSERT INTO orders VALUES (1, 'Ada'), (2, 'Grace')",
    'shop',
  );
}, 180_000);
afterAll(async () => {
  for (const child of started) child.kill('SIGTERM');
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function here(command: string): string {
  return command
    .replace('127.0.0.1:5432', `127.0.0.1:${server.port}`)
    .replace('127.0.0.1:15432', `127.0.0.1:${ports.gateway}`);
}

/** What it printed; fails unless it ends as said. */
function run(command: string, code = 0): Promise<string> {
  return new Promise((done, fail) => {
    execFile('bash', ['-c', here(command)], { cwd: join(folder, 'empty'), env }, (error, stdout, stderr) => {
      const ended = error === null ? 0 : error.code;
      if (ended === code) done(stdout + stderr);
      else fail(new Error(`\`${command}\` ended with ${ended}:\n${stdout}${stderr}`));
    });
  });
}

/** Resolves when it has said that. */
function start(command: string, said: string): Promise<void> {
  const child = spawn('bash', ['-c', `exec ${command}`], {
    cwd: join(folder, 'empty'),
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  started.push(child);
  let output = '';
  return new Promise((done, fail) => {
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(said)) done();
    });
    child.once('exit', () => fail(new Error(`\`${command}\` ended: ${output}`)));
  });
}

test('every command of the page does what the page says', async () => {
  const [
    [init, password, check],
    [issuer],
    [serve],
    [variables, select, drop],
    [rules, again],
    [list, show, verify],
  ] = commands as [string[], string[], string[], string[], string[], string[]];

  await run(init!);
  const config = join(folder, 'empty', 'sallyport.yaml');
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, text.replace('15432', String(ports.gateway)).replace('15400', String(ports.issuer)));
  expect(await run(check!, 1)).toContain('shop.password');
  await run(password!);
  await run(check!);

  await start(issuer!.replace('issuer me', `issuer me --port ${ports.issuer}`), 'wrote');
  await start(serve!, '"code":"listening"');
  const withVariables = (command: string): string => `${here(variables!)}; ${command}`;
  expect(await run(withVariables(select!))).toMatch(/1 \| Ada[\s\S]*2 \| Grace/);
  const session = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
  expect((await run(withVariables(drop!), 1)).trim().replace(session, 'ID')).toBe(
    shown[0]!.replace(session, 'ID'),
  );

  appendFileSync(join(folder, 'empty', 'rules/shop.rules'), `\n${mask}`);
  const tests = join(folder, 'empty', 'rules/shop_test.rules');
  writeFileSync(
    tests,
    readFileSync(tests, 'utf8').replace(/^ {2}sql .*\n/m, (line) => `${line}${row}`),
  );
  await run(rules!);
  const cells = (table: string): string[] =>
    table.split('\n').map((line) => line.replaceAll(/[\s|+-]+/g, ' ').trim());
  // The folder is looked at every second, on a machine with nothing else to do.
  let masked = '';
  for (let tries = 0; tries < 20 && !masked.includes('***'); tries++)
    masked = await run(withVariables(again!));
  expect(cells(masked)).toEqual(expect.arrayContaining(cells(shown[1]!)));

  const [, , , last] = (await run(list!)).trim().split('\n');
  const id = last!.slice(0, 8);
  expect(await run(show!.replace('ID', id))).toContain(`session ${id}`);
  expect(await run(verify!)).toMatch(/^ok /m);
}, 180_000);
