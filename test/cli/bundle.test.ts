/** `policy bundle` as people run it: the built program on a repository of rules. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { record } from '../support/recording.js';

const program = resolve(dirname(fileURLToPath(import.meta.url)), '../../dist/policy.mjs');
let folder: string;

beforeAll(async () => {
  await loadSqlParser();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-bundle-'));
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(folder, 'bundle.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(join(folder, 'bundle.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  const other = generateKeyPairSync('ed25519');
  writeFileSync(join(folder, 'other.pub'), other.publicKey.export({ type: 'spki', format: 'pem' }));
  write(
    'rules/orders.rules',
    'package ci.orders\n\nimport data.teams\n\nallow reads if "ci" in teams.readers\n',
  );
  write(
    'rules/orders_test.rules',
    'package ci.orders\n\ntest "a column" {\n  given identity.groups := {"ci"}\n  sql "SELECT * FROM orders" => allow\n}\n',
  );
  write('rules/teams.yaml', 'readers: [ci]\n');
  write('rules/orders.catalogue.yaml', readFileSync('rules/postgres/orders.catalogue.yaml', 'utf8'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

function policy(...args: string[]): Outcome {
  const env = { ...process.env, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder, env });
  return { code: status, out: stdout.toString(), said: stderr.toString() };
}

function git(...args: string[]): void {
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com'];
  execFileSync('git', [...who, ...args], { cwd: folder, stdio: 'ignore' });
}

const build = (...args: string[]): Outcome => policy('bundle', 'build', 'rules', ...args);

describe('policy bundle', () => {
  test('builds, signs and verifies', () => {
    expect(build()).toEqual({
      code: 0,
      out: 'bundle.tar.gz\n',
      said: expect.stringMatching(/^revision [0-9a-f]{12}, 4 files, \d+ bytes\n$/),
    });
    expect(policy('bundle', 'verify', 'bundle.tar.gz', '--key', 'bundle.pub')).toEqual({
      code: 1,
      out: 'bundle.tar.gz: the bundle is not signed\n',
      said: '',
    });
    expect(policy('bundle', 'sign', 'bundle.tar.gz', '--key', 'bundle.key').code).toBe(0);
    const { code, out } = policy(
      'bundle',
      'verify',
      'bundle.tar.gz',
      '--key',
      'bundle.pub',
      '--format',
      'json',
    );
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ valid: true, roots: ['ci/orders', 'teams'], files: 4 });
    const stranger = policy('bundle', 'verify', 'bundle.tar.gz', '--key', 'other.pub');
    expect(stranger).toMatchObject({
      code: 1,
      out: expect.stringMatching(/not signed by a trusted key/),
    });
    expect(policy('bundle', 'verify', 'bundle.tar.gz', '--key', 'other.pub', 'bundle.pub').code).toBe(0);
  });

  test('gives the same bytes for the same rules, and says the commit they are of', () => {
    git('init', '-q');
    git('add', 'rules');
    git('commit', '-q', '-m', 'rules');
    const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: folder }).toString().slice(0, 12);
    expect(build('-o', 'one.tgz').said).toMatch(`revision ${commit}, 4 files`);
    cpSync(join(folder, 'rules'), join(folder, 'copy'), { recursive: true });
    expect(build('-o', 'two.tgz').said).toMatch(`revision ${commit}, `);
    expect(readFileSync(join(folder, 'one.tgz')).equals(readFileSync(join(folder, 'two.tgz')))).toBe(true);
    write('rules/more.rules', 'package more\n');
    expect(build().said).toMatch(new RegExp(`revision ${commit}-dirty-[0-9a-f]{12}, 5 files`));
    rmSync(join(folder, 'rules/more.rules'));
    rmSync(join(folder, 'rules/orders_test.rules'));
    expect(build().said).toMatch(new RegExp(`revision ${commit}-dirty-[0-9a-f]{12}, 3 files`));
    expect(build('--revision', 'v1.2.3').said).toMatch(/revision v1\.2\.3, /);
  });

  test('leaves tests out where that is asked for', () => {
    expect(build('--no-tests').said).toMatch(/, 3 files, /);
    expect(policy('test', 'bundle.tar.gz').said).toMatch(/there is no test/);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['rules that do not compile', ['build', 'broken'], /the rules do not compile: 1 error/],
    ['nothing', ['build', 'empty'], /nothing to bundle/],
    ['a revision that is none', ['build', 'rules', '--revision', 'a b'], /not a revision/],
    ['a bundle that is not there', ['sign', 'nothing.tar.gz', '--key', 'bundle.key'], /does not exist/],
    ['a file that is no bundle', ['sign', 'rules/teams.yaml', '--key', 'bundle.key'], /not a gzip file/],
    [
      'a public key to sign with',
      ['sign', 'x.tgz', '--key', 'bundle.pub'],
      /not a PEM private key[\s\S]*openssl genpkey/,
    ],
    [
      'a private key to verify with',
      ['verify', 'x.tgz', '--key', 'bundle.key'],
      /is a private key[\s\S]*openssl/,
    ],
    ['a place that cannot be written', ['build', 'rules', '-o', 'no/where.tgz'], /cannot be written: ENOENT/],
  ])('refuses %s', (_, args, message) => {
    write('broken/a.rules', 'package a\nallow if sql.read_onyl');
    write('empty/readme.txt', '');
    expect(policy('bundle', ...args)).toMatchObject({
      code: 2,
      out: '',
      said: expect.stringMatching(message),
    });
  });
});

describe('a bundle stands for the rules in it', () => {
  /** The same for all: what it is made of does not change. */
  let built: Buffer | null = null;
  beforeEach(() => {
    if (built === null) build('--revision', 'v7');
    built ??= readFileSync(join(folder, 'bundle.tar.gz'));
    writeFileSync(join(folder, 'bundle.tar.gz'), built);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['check', ['check', 'bundle.tar.gz'], /2 files checked: 0 errors/],
    ['test, its catalogue too', ['test', 'bundle.tar.gz'], /1 passed, 0 failed/],
    ['eval', ['eval', 'data.teams.readers', '-d', 'bundle.tar.gz'], /\["ci"\]/],
    [
      'explain',
      ['explain', 'SELECT 1', '--as', 'x:ci', '--on', 'orders', '--rules', 'bundle.tar.gz'],
      /ci\.orders\.reads/,
    ],
    [
      'bundle build, which may join it with others',
      ['bundle', 'build', 'bundle.tar.gz', 'more', '-o', 'all.tgz'],
      /5 files/,
    ],
  ])('policy %s', (_, args, message) => {
    write('more/more.rules', 'package more\n');
    const { code, out, said } = policy(...args);
    expect({ code, text: out + said }).toEqual({ code: 0, text: expect.stringMatching(message) });
  });

  test('policy replay, also as what is compared with', () => {
    record(join(folder, 'recordings'), {
      session: 'one',
      rules: 'package ci.orders\nallow reads if sql.read_only',
      subject: 'ci',
      groups: ['ci'],
      target: 'orders',
      commands: ['SELECT 1'],
    });
    const args = ['replay', 'recordings', '--rules', 'bundle.tar.gz', '--base', 'bundle.tar.gz'];
    expect(policy(...args)).toMatchObject({
      code: 0,
      out: '1 command in 1 recording, all decided as by the rules of bundle.tar.gz\n',
    });
  });

  test('policy fmt leaves it alone', () => {
    expect(policy('fmt', 'bundle.tar.gz')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/is a bundle/),
    });
  });

  test('and is refused whole where a byte of it was changed', () => {
    const path = join(folder, 'bundle.tar.gz');
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    expect(policy('check', 'bundle.tar.gz')).toMatchObject({
      code: 2,
      said: expect.stringMatching(/error\[bundle-invalid\]: `bundle.tar.gz` is not a usable bundle: /),
    });
  });
});

test('policy serve follows a bundle by URL', async () => {
  const signed = (rules: string): Buffer => {
    write('served/a.rules', rules);
    policy('bundle', 'build', 'served');
    policy('bundle', 'sign', 'bundle.tar.gz', '--key', 'bundle.key');
    return readFileSync(join(folder, 'bundle.tar.gz'));
  };
  let bytes = signed('package a\nallow\n');
  const server = createServer((_, response) => response.end(bytes));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  write(
    'sallyport.yaml',
    `rules: {bundle: "http://127.0.0.1:${port}/b.tgz", key: ./bundle.pub, poll_seconds: 1}
identity: {issuers: [{issuer: "http://127.0.0.1:1", audience: sallyport}]}
targets: {orders: {type: postgres, address: "127.0.0.1:1", database: orders, user: app, tls: off}}
listen: {postgres: "127.0.0.1:0"}
recordings: ./recordings
`,
  );
  const gateway = spawn(process.execPath, [program, 'serve'], { cwd: folder });
  let said = '';
  gateway.stderr.on('data', (text: Buffer) => (said += text.toString()));
  try {
    while (!said.includes('listening') && gateway.exitCode === null) await sleep(20);
    bytes = signed('package a\nallow if sql.read_only\n');
    while (!said.includes('new rules are in force') && gateway.exitCode === null) await sleep(20);
    expect(said).toContain('new rules are in force');
    expect(policy('check', 'sallyport.yaml')).toMatchObject({ code: 0 });
  } finally {
    gateway.kill('SIGKILL');
    server.close();
  }
});
