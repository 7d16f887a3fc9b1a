/** Rules by URL, from a real server on loopback. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildBundle, withSignature } from '../../src/engine/bundle/build.js';
import { bundleOf } from '../../src/engine/bundle/bundle.js';
import { openBundle } from '../../src/engine/bundle/manifest.js';
import { GatewayError } from '../../src/errors.js';
import { followBundle } from '../../src/gateway/rules/bundle-source.js';
import { signManifest } from '../../src/gateway/rules/bundle-signature.js';
import type { RulesConfig } from '../../src/gateway/config/config.js';
import type { RuleSource } from '../../src/gateway/rules/source.js';
import { makeCertificates } from '../support/certificate.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
type BundleConfig = Extract<RulesConfig, { kind: 'bundle' }>;

const keys = generateKeyPairSync('ed25519');
const otherKeys = generateKeyPairSync('ed25519');
let folder: string;
let server: Server;
let answer: Answer;
let url: string;
let requests: IncomingMessage[];
let logged: string[];
let source: RuleSource | null;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-source-'));
  writeKey('bundle.pub', keys.publicKey);
  requests = [];
  logged = [];
  source = null;
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await listen(server, 0);
  url = urlOf(server);
});
afterEach(async () => {
  source?.close();
  await closeServer();
  rmSync(folder, { recursive: true });
});

function listen(one: Server, port: number): Promise<void> {
  return new Promise((done) => one.listen(port, '127.0.0.1', done));
}

function closeServer(): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
}

function writeKey(name: string, key: KeyObject): string {
  const path = join(folder, name);
  writeFileSync(path, key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' }));
  return path;
}

async function bundle(revision: string, rules = 'package ci\nallow', key = keys.privateKey): Promise<Buffer> {
  const found = [{ path: 'a.rules', relative: 'a.rules', identity: 'a', read: () => Buffer.from(rules) }];
  const empty = { modules: [], tests: [], data: {}, revision, catalogues: [], diagnostics: [] };
  const bytes = buildBundle(found, empty, revision);
  return withSignature(bytes, await signManifest(openBundle(bytes).manifestBytes, key));
}

/** As web servers do it: a tag for the content, and 304 for whoever has it already. */
function serve(bytes: Buffer, etag = `"${bytes.length}-${bytes.at(-5)}"`): Answer {
  return (request, response) => {
    const same = request.headers['if-none-match'] === etag;
    response.writeHead(same ? 304 : 200, { etag });
    response.end(same ? undefined : bytes);
  };
}

const urlOf = (one: Server): string => `http://127.0.0.1:${(one.address() as AddressInfo).port}/rules.tar.gz`;

function config(changes: Partial<BundleConfig> = {}): BundleConfig {
  return {
    kind: 'bundle',
    url,
    keys: [join(folder, 'bundle.pub')],
    pollSeconds: 0.02,
    cache: join(folder, 'cache'),
    token: null,
    ...changes,
  };
}

async function start(changes: Partial<BundleConfig> = {}): Promise<RuleSource> {
  const note = (fields: object, message: string): void =>
    void logged.push(`${message} ${JSON.stringify(fields)}`);
  source = await followBundle(config(changes), { info: note, warn: note, error: note }, () => new Date());
  return source;
}

async function failure(changes: Partial<BundleConfig> = {}): Promise<string> {
  try {
    await start(changes);
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'started';
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(5);
}

test('new rules are in force when the server has them, and asked for no more than once', async () => {
  answer = serve(await bundle('one'));
  const rules = await start();
  expect(rules.current().revision).toBe('one');
  await until(() => requests.length > 3);
  expect(requests.slice(1, 3).every(({ headers }) => headers['if-none-match'] !== undefined)).toBe(true);
  expect(logged).toEqual([]);
  answer = serve(await bundle('two', 'package ci\nallow if sql.read_only'));
  await until(() => rules.current().revision === 'two');
  expect(logged).toEqual(['new rules are in force {"code":"rules-in-force","revision":"two"}']);
  expect(rules.current().modules[0]!.source.path).toBe('a.rules');
});

describe('the old rules stay in force where the new ones', () => {
  test.each<[string, () => Promise<Answer>, RegExp]>([
    [
      'are signed by another',
      async () => serve(await bundle('two', 'package ci', otherKeys.privateKey)),
      /not signed by a trusted key/,
    ],
    ['are not signed', async () => serve(withoutSignature(await bundle('two'))), /not signed/],
    [
      'do not compile',
      async () => serve(await bundle('two', 'package ci\nallow if nothing.here')),
      /`nothing` is not bound/,
    ],
    ['are no bundle', () => Promise.resolve(serve(Buffer.from('<html>'))), /not a gzip/],
    ['are gone', () => Promise.resolve((_, response) => response.writeHead(404).end()), /answers 404/],
    [
      'are cut off',
      () =>
        Promise.resolve((_, response) => {
          response.writeHead(200, { 'content-length': '500' });
          response.write('x');
          setTimeout(() => response.destroy(), 5);
        }),
      /incomplete|cannot be reached/,
    ],
    [
      'are elsewhere, without TLS',
      () =>
        Promise.resolve((_, response) =>
          response.writeHead(302, { location: 'http://rules.example/x' }).end(),
        ),
      /address that is not https/,
    ],
    [
      'are nowhere to be found',
      () => Promise.resolve((request, response) => response.writeHead(302, { location: request.url }).end()),
      /redirects more than/,
    ],
  ])('%s', async (_, next, problem) => {
    answer = serve(await bundle('one'));
    const rules = await start();
    answer = await next();
    await until(() => logged.length > 1);
    expect(logged[0]).toMatch(/the bundle cannot be used; the old rules stay in force/);
    expect(logged[0]).toMatch(problem);
    expect(rules.current().revision).toBe('one');
    answer = serve(await bundle('three', 'package ci\ndeny all "no"'));
    await until(() => rules.current().revision === 'three');
  });
});

function withoutSignature(bytes: Buffer): Buffer {
  const { files, manifest } = openBundle(bytes);
  const found = files.map((one) => ({
    path: one.path,
    relative: one.path,
    identity: one.path,
    read: () => one.bytes,
  }));
  const unsigned = buildBundle(found, bundleOf(openBundle(bytes)), manifest.revision);
  expect(openBundle(unsigned).signature).toBeNull();
  return unsigned;
}

describe('at start', () => {
  test('without the server, the last good bundle is in force, and the server is asked on', async () => {
    answer = serve(await bundle('one'));
    (await start()).close();
    const { port } = server.address() as AddressInfo;
    await closeServer();
    const rules = await start();
    expect(rules.current().revision).toBe('one');
    expect(logged.join()).toMatch(/the last good one is in force .*(ECONNREFUSED|UND_ERR_SOCKET)/);
    answer = serve(await bundle('two'));
    server = createServer((request, response) => answer(request, response));
    await listen(server, port);
    await until(() => rules.current().revision === 'two');
  });

  test('the copy is verified like an answer', async () => {
    answer = serve(await bundle('one'));
    (await start()).close();
    const [name] = readdirSync(join(folder, 'cache'));
    writeFileSync(
      join(folder, 'cache', name!),
      await bundle('evil', 'package ci\nallow', otherKeys.privateKey),
    );
    answer = (_, response) => response.writeHead(503).end();
    const why = await failure();
    expect(why).toMatch(/^rules-unreadable: .*answers 503; and the cached copy.*not signed by a trusted key/);
    expect(why).toContain('127.0.0.1');
  });

  test('with neither server nor copy there are no rules', async () => {
    await closeServer();
    const why = await failure({ url: `${url}?sig=secret` });
    expect(why).toMatch(/^rules-unreadable: .*ECONNREFUSED; and the cached copy cannot be used: ENOENT$/);
    expect(why).not.toContain('secret');
  });

  test.each<[string, () => string, RegExp]>([
    ['is not there', () => join(folder, 'nothing.pub'), /nothing\.pub`: it cannot be read/],
    ['is a private one', () => writeKey('private.pem', keys.privateKey), /is a private key/],
    ['is no key', () => join(folder, 'text.pub'), /not a PEM public key/],
    [
      'is of another kind',
      () => writeKey('ec.pub', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey),
      /not an Ed25519 key/,
    ],
  ])('a key that %s is an error', async (_, key, message) => {
    writeFileSync(join(folder, 'text.pub'), 'hello');
    answer = serve(await bundle('one'));
    expect(await failure({ keys: [key()] })).toMatch(message);
  });
});

test('one of several keys is enough, so that keys can be changed without a gap', async () => {
  const other = writeKey('other.pub', otherKeys.publicKey);
  answer = serve(await bundle('one', 'package ci\nallow', otherKeys.privateKey));
  const rules = await start({ keys: [join(folder, 'bundle.pub'), other] });
  expect(rules.current().revision).toBe('one');
});

test('a token goes to the server of the URL, and not to where it redirects', async () => {
  const bytes = await bundle('one');
  const seen: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end(bytes);
  });
  await listen(other, 0);
  try {
    answer = (_, response) => response.writeHead(302, { location: urlOf(other) }).end();
    writeFileSync(join(folder, 'token'), 'sesame\n');
    await start({ token: { file: join(folder, 'token') }, pollSeconds: 60 });
    expect(requests[0]!.headers).toMatchObject({
      authorization: 'Bearer sesame',
      'accept-encoding': 'identity',
    });
    expect(seen).toEqual([undefined]);
  } finally {
    other.close();
  }
});

test('a server whose certificate nobody vouches for is not asked', async () => {
  const { cert, key } = makeCertificates();
  const tls = createTlsServer({ cert, key }, (_, response) => response.end());
  await listen(tls, 0);
  try {
    expect(await failure({ url: urlOf(tls).replace('http:', 'https:') })).toMatch(
      /cannot be reached: \w*(CERT|SIGNATURE|ISSUER)\w*/,
    );
  } finally {
    tls.close();
  }
});

test('a copy that cannot be kept does not keep new rules from being in force', async () => {
  writeFileSync(join(folder, 'cache'), 'a file where the folder should be');
  answer = serve(await bundle('one'));
  expect((await start()).current().revision).toBe('one');
  expect(logged.join()).toMatch(/cannot be cached/);
});
