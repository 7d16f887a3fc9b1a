/** `policy issuer`: a token that a gateway takes, from a key that stays. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createTokenVerifier } from '../../src/identity/oidc.js';
import { freePort } from '../support/port.js';

const POLICY = resolve('dist/policy.mjs');
let folder: string;
let started: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-issuer-'));
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map(stop));
  rmSync(folder, { recursive: true });
});

const argumentsOf = (port: number): string[] => [
  ...[POLICY, 'issuer', 'me', '--port', String(port), '--folder', join(folder, 'issuer')],
];

async function start(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, argumentsOf(port), { stdio: ['ignore', 'ignore', 'pipe'] });
  started.push(child);
  await new Promise<void>((done, fail) => {
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('wrote')) done();
    });
    child.once('exit', () => fail(new Error(output)));
  });
  return child;
}

/** Resolves with its exit code. */
async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  child.kill('SIGTERM');
  return ended;
}

async function verify(port: number, token: string): Promise<object> {
  const options = {
    issuer: `http://127.0.0.1:${port}`,
    audience: 'sallyport',
    kind: 'service' as const,
    groups: ['sub:{sub}'],
    clockSkewSeconds: 60,
  };
  return createTokenVerifier([options], () => new Date()).verify(token);
}

const token = (): string => readFileSync(join(folder, 'issuer', 'token'), 'utf8').trim();
const good = { kind: 'verified', identity: { subject: 'me', groups: ['sub:me'] } };

test('gives a token that is verified, also with the issuer of the next start', async () => {
  const port = await freePort();
  const first = await start(port);
  const before = token();
  expect(await verify(port, before)).toMatchObject(good);
  for (const name of ['key.pem', 'token'])
    expect(statSync(join(folder, 'issuer', name)).mode & 0o777).toBe(0o600);
  expect(await stop(first)).toBe(0);
  chmodSync(join(folder, 'issuer', 'token'), 0o644);
  await start(port);
  expect(statSync(join(folder, 'issuer', 'token')).mode & 0o777).toBe(0o600);
  expect(await verify(port, before)).toMatchObject(good);
  expect(await verify(port, token())).toMatchObject(good);
}, 60_000);

test('publishes nothing but the public key', async () => {
  const port = await freePort();
  await start(port);
  const answer = (await (await fetch(`http://127.0.0.1:${port}/jwks`)).json()) as {
    readonly keys: readonly Record<string, string>[];
  };
  expect(answer.keys.map((key) => Object.keys(key).sort())).toEqual([
    ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
  ]);
  expect((await fetch(`http://127.0.0.1:${port}/key.pem`)).status).toBe(404);
}, 60_000);

test('says that its port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => other.once('listening', done));
  const { port } = other.address() as AddressInfo;
  const { status, stderr } = spawnSync(process.execPath, argumentsOf(port), { encoding: 'utf8' });
  other.close();
  expect({ status, stderr }).toMatchObject({ status: 2, stderr: expect.stringContaining('EADDRINUSE') });
}, 60_000);
