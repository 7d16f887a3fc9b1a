/**
 * A newcomer's way: the packed program in an empty folder, `policy init`, one edit, `policy serve`, and the first statement that is
 * denied on a database of one's own. The commands are those that somebody would type, and are counted.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootOidc, type OidcProvider } from '../support/oidc.js';
import { offline, packInto } from '../support/package.js';
import { bootPostgres, type PostgresServer } from '../support/postgres.js';

let folder: string;
let tarball: string;
let server: PostgresServer;
let oidc: OidcProvider;
let gateway: ChildProcess | undefined;
const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-first-'));
  tarball = packInto(folder);
  mkdirSync(join(folder, 'empty'));
  Object.assign(env, offline(folder));
  server = await bootPostgres();
  await server.query('CREATE DATABASE shop');
  await server.query('CREATE TABLE orders (id int)', 'shop');
  oidc = await bootOidc({ clients: { 'ci-test': {} } });
}, 180_000);
afterAll(async () => {
  gateway?.kill('SIGTERM');
  await oidc.stop();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function run(command: string): Promise<{ readonly code: number; readonly output: string }> {
  const options = { cwd: join(folder, 'empty'), env, timeout: 120_000 };
  return new Promise((done) => {
    execFile('bash', ['-c', command], options, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    );
  });
}

test('the package holds what a user needs, and no tests', () => {
  const names = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
  for (const wanted of [
    'dist/policy.mjs',
    'dist/libpg-query.wasm',
    'dist/LICENSE-THIRD-PARTY',
    'LICENSE',
    'README.md',
    'docs/language.md',
  ])
    expect(names).toContain(`package/${wanted}`);
  const other = names.filter((name) =>
    /\.test\.ts|^package\/(test|bench|src|scripts|proxy|cli|grammar|var)\//.test(name),
  );
  expect(other).toEqual([]);
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
  expect(manifest['dependencies']).toBeUndefined();
});

test('the package has the licence of everything that is bundled into it', () => {
  const read = (name: string): string =>
    execFileSync('tar', ['-xzOf', tarball, `package/${name}`], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const names = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
  const notices = read('dist/LICENSE-THIRD-PARTY')
    .split(/^-{80}\n/m)
    .slice(1);
  const texts = new Map<string, string>();
  for (let at = 0; at < notices.length; at += 2) texts.set(notices[at]!.split(' ')[0]!, notices[at + 1]!);
  // The bundler says above each file where it is from.
  const files = read('dist/policy.mjs').matchAll(
    /^ *\/\/ (?:\.\.\/)*(?:\S*\/)?node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm,
  );
  const bundled = new Set([...files].map(([, name]) => name!));
  expect(bundled.size).toBeGreaterThan(30);
  expect([...bundled].filter((name) => !texts.has(name))).toEqual([]);
  const wasm = names
    .filter((name) => name.endsWith('.wasm'))
    .map((name) => name.replace(/^.*\/|\.wasm$/g, ''));
  expect(wasm.filter((name) => !texts.has(name))).toEqual([]);
  const short = [...texts].filter(([, text]) => text.length < 400 || !/copyright|licen[cs]e/i.test(text));
  expect(short.map(([name]) => name)).toEqual([]);
});

test('from an empty machine to the first denied statement in six commands', async () => {
  const port = '15439';
  const token = await oidc.tokenFor('ci-test');
  writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
  const commands: string[] = [];
  const times: number[] = [];
  const type = async (command: string): Promise<{ readonly code: number; readonly output: string }> => {
    commands.push(command);
    const started = performance.now();
    const came = await run(command);
    times.push(Math.round(performance.now() - started));
    return came;
  };
  const database = `postgres://postgres@127.0.0.1:${server.port}/shop`;
  expect(await type(`npm install --silent ${tarball}`)).toMatchObject({ code: 0 });
  const made = await type(
    `npx policy init --database ${database} --issuer ${oidc.issuer} --identity ci-test`,
  );
  expect(made).toMatchObject({ code: 0 });
  expect(statSync(join(folder, 'empty', 'shop.password')).mode & 0o777).toBe(0o600);
  // Without the edit it is said what is missing, and where.
  const unready = await run('npx policy check');
  expect(unready).toMatchObject({ code: 1 });
  expect(unready.output).toMatch(
    /`targets\.shop\.password`: .*shop\.password. is empty[\s\S]*sallyport\.yaml:13/,
  );
  await type(`echo '${server.password}' > shop.password; sed -i s/15432/${port}/ sallyport.yaml`);
  expect(await type('npx policy check')).toMatchObject({ code: 0 });
  commands.push('npx policy serve');
  // What npx runs: a signal to npx itself would not reach it.
  gateway = spawn(join(folder, 'empty', 'node_modules', '.bin', 'policy'), ['serve'], {
    cwd: join(folder, 'empty'),
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  await new Promise<void>((done) => {
    gateway!.stderr!.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('"code":"listening"')) done();
    });
    gateway!.once('exit', () => done());
  });
  expect(log).toContain('"code":"listening"');
  const connect = `npx policy connect shop --gateway 127.0.0.1:${port} --plaintext --from file:${join(folder, 'token')}`;
  const denied = await type(`${connect} -- psql -c 'DROP TABLE orders'`);
  expect(denied.output).toContain(
    'denied by shop.destruction: nothing is dropped or truncated through the gateway',
  );
  expect(commands).toHaveLength(6);
  expect((await run(`${connect} -- psql -Atc 'SELECT count(*) FROM orders'`)).output).toContain('0');
  for (const check of ['npx policy lint --strict', 'npx policy fmt --check', 'npx policy test'])
    expect([check, (await run(check)).code]).toEqual([check, 0]);
  expect(
    (await run(`npx policy init --database ${database} --issuer github --identity a/b`)).output,
  ).toContain('already exist');
  process.stderr.write(`the commands took ${times.join(', ')} ms\n`);
}, 180_000);

test.each([
  ['gitlab', '9-Lives'],
  ['https://login.example/realm', 'null'],
])(
  'what `policy init` writes for %s and %s passes every check',
  async (issuer, database) => {
    const policy = join(folder, 'empty', 'node_modules', '.bin', 'policy');
    const made = `${policy} init ${database} --database postgres://app:secret@localhost/${database} --issuer ${issuer} --identity acme/shop`;
    expect(await run(made)).toMatchObject({ code: 0 });
    for (const check of ['check', 'lint --strict', 'fmt --check', 'test'])
      expect({ check, ...(await run(`cd ${database} && ${policy} ${check}`)) }).toMatchObject({
        check,
        code: 0,
      });
  },
  120_000,
);

test.each([
  ['', '*.password\nvar/\nnode_modules/\n'],
  ['dist\n/node_modules', 'dist\n/node_modules\n*.password\nvar/\n'],
  ['node_modules/\nvar\n*.password\n', 'node_modules/\nvar\n*.password\n'],
])(
  'a .gitignore with %j lacks nothing after `policy init`',
  async (before, after) => {
    const place = mkdtempSync(join(folder, 'ignored-'));
    if (before !== '') writeFileSync(join(place, '.gitignore'), before);
    const answers = '--database postgres://a:secret@localhost/c --issuer github --identity a/b';
    const policy = join(folder, 'empty', 'node_modules', '.bin', 'policy');
    expect(await run(`${policy} init ${place} ${answers}`)).toMatchObject({ code: 0 });
    expect(readFileSync(join(place, '.gitignore'), 'utf8')).toBe(after);
    const ignored = await run(
      `cd ${place} && git init -q && git check-ignore c.password var/recordings node_modules/`,
    );
    expect(ignored.output.trim().split('\n')).toHaveLength(3);
  },
  60_000,
);

test('what `policy init` is not told and cannot ask for is named', async () => {
  const { code, output } = await run('npx policy init elsewhere --issuer github < /dev/null');
  expect(code).toBe(2);
  expect(output).toContain('`--database` is missing');
  for (const [option, value] of [
    ['database', 'mysql://a@b/c'],
    ['issuer', 'nonsense'],
    ['identity', '"a b"'],
  ] as const) {
    const answers = { database: 'postgres://a@b/c', issuer: 'github', identity: 'a/b', [option]: value };
    const given = Object.entries(answers).map(([name, text]) => `--${name} ${text}`);
    expect((await run(`npx policy init elsewhere ${given.join(' ')}`)).code).toBe(2);
  }
}, 60_000);
