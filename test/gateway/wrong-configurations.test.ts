/**
 * Configurations that are wrong, one mistake each, on a machine that has everything else: what `policy check` says has the file, the
 * line, the key and what to do. `UPDATE_GOLDEN=1` writes what is said to wrong-configurations.txt.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { parseConfig } from '../../src/gateway/config/config.js';
import { CONFIG_KEYS } from '../../src/gateway/config/keys.js';
import { placeProblems } from '../../src/gateway/preflight.js';
import { keysAt } from '../../src/gateway/config/schema.js';
import { makeCertificates } from '../support/certificate.js';

const GOOD = `rules: ./rules
identity:
  issuers:
    - issuer: https://issuer.example
      audience: sallyport
      groups: ["repo:{repository}"]
      ca: ./ca.pem
targets:
  orders:
    type: postgres
    address: db.internal:5432
    database: orders
    user: app
    password: {file: ./password}
    tls: {ca: ./ca.pem, cert: ./app.crt, key: ./app.key}
listen:
  postgres: 127.0.0.1:15432
tls:
  cert: ./gateway.crt
  key: ./gateway.key
recordings: ./var/recordings
`;

const swap =
  (from: string | RegExp, to: string) =>
  (text: string): string => {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`nothing is like ${String(from)}`);
    return changed;
  };
const add = (line: string) => (text: string) => `${text}${line}\n`;

/** What is wrong, and the key that must be named. */
const WRONG: readonly (readonly [string, string, (text: string) => string])[] = [
  ['no rules', 'rules', swap('rules: ./rules\n', '')],
  ['a rules folder that is not there', 'rules', swap('./rules', './nowhere')],
  ['a rules folder without rules', 'rules', swap('./rules', './empty')],
  ['rules from a scheme', 'rules', swap('./rules', 's3://bucket/rules')],
  ['a bundle without its key', 'rules.key', swap('./rules', '{bundle: "https://a.example/r.tar.gz"}')],
  [
    'a bundle whose key is not there',
    'rules.key',
    swap('./rules', '{bundle: "https://a.example/r.tar.gz", key: ./nowhere.pub}'),
  ],
  [
    'a bundle with a private key',
    'rules.key',
    swap('./rules', '{bundle: "https://a.example/r.tar.gz", key: ./bundle.key}'),
  ],
  [
    'a bundle that cannot be kept',
    'rules.cache',
    swap('./rules', '{bundle: "https://a.example/r.tar.gz", key: ./bundle.pub, cache: ./password/x}'),
  ],
  ['no issuer', 'identity.issuers', swap(/issuers:\n(?: {4,}.*\n)+/, 'issuers: []\n')],
  [
    'an issuer without TLS',
    'identity.issuers.0.issuer',
    swap('https://issuer.example', 'http://issuer.example'),
  ],
  ['no audience', 'identity.issuers.0.audience', swap('      audience: sallyport\n', '')],
  ['an empty audience', 'identity.issuers.0.audience', swap('audience: sallyport', 'audience: ""')],
  [
    'a group that is no template',
    'identity.issuers.0.groups.0',
    swap('repo:{repository}', 'repo:{repository'),
  ],
  [
    'a kind that is none',
    'identity.issuers.0.kind',
    swap('      audience', '      kind: servce\n      audience'),
  ],
  [
    'an algorithm that proves nothing',
    'identity.issuers.0.algorithms.0',
    swap('      audience', '      algorithms: [none]\n      audience'),
  ],
  ['an authority that is not there', 'identity.issuers.0.ca', swap('ca: ./ca.pem', 'ca: ./nowhere.pem')],
  ['an authority that is no certificate', 'identity.issuers.0.ca', swap('ca: ./ca.pem', 'ca: ./password')],
  [
    'a schema of claims that is not there',
    'identity.issuers.0.claims',
    swap('      audience', '      claims: ./nowhere.json\n      audience'),
  ],
  [
    'an unknown issuer for OAuth',
    'identity.oauth.issuer',
    swap('identity:\n', 'identity:\n  oauth: {issuer: https://other.example}\n'),
  ],
  ['no targets', 'targets', swap(/targets:\n(?: {2,}.*\n)+/, 'targets: {}\n')],
  ['another type of target', 'targets.orders.type', swap('type: postgres', 'type: oracle')],
  ['an address without a port', 'targets.orders.address', swap('db.internal:5432', 'db.internal')],
  ['a target without a user', 'targets.orders.user', swap('    user: app\n', '')],
  ['a password in the file', 'targets.orders.password', swap('{file: ./password}', 'hunter2')],
  ['a password that is not there', 'targets.orders.password', swap('./password}', './nowhere}')],
  ['a password that is empty', 'targets.orders.password', swap('./password}', './nothing}')],
  [
    'a variable that is not set',
    'targets.orders.password',
    swap('file: ./password', 'env: SALLYPORT_NOT_SET'),
  ],
  [
    'a program that is not there',
    'targets.orders.password',
    swap('file: ./password', 'exec: [no-such-vault, read]'),
  ],
  [
    'a program that may not be run',
    'targets.orders.password',
    swap('file: ./password', 'exec: [./password]'),
  ],
  ['a certificate for the target without its key', 'targets.orders.tls', swap(', key: ./app.key', '')],
  [
    'a certificate for the target that does not fit',
    'targets.orders.tls.key',
    swap('./app.key', './gateway.key'),
  ],
  [
    'a password in the clear inside TLS',
    'targets.orders.cleartext_password',
    swap('    user', '    cleartext_password: true\n    user'),
  ],
  [
    'grace where there is none',
    'targets.orders.sessions.grace_seconds',
    swap('    user', '    sessions: {expiry: end, grace_seconds: 5}\n    user'),
  ],
  [
    'a label that is a number',
    'targets.orders.labels.team',
    swap('    user', '    labels: {team: 7}\n    user'),
  ],
  [
    'a target within another',
    'targets.orders.eu',
    swap('  orders:\n', '  orders.eu: {type: postgres, address: "h:1", database: d, user: u}\n  orders:\n'),
  ],
  ['nowhere to listen', 'listen.postgres', swap('  postgres: 127.0.0.1:15432', '  {}')],
  ['an address of another machine', 'listen.postgres', swap('127.0.0.1:15432', '192.0.2.1:15432')],
  ['a port that is none', 'listen.postgres', swap('127.0.0.1:15432', '127.0.0.1:154320')],
  [
    'tokens over the net without TLS',
    'listen.postgres',
    (text) => swap('127.0.0.1', '0.0.0.0')(swap(/^tls:\n.*\n.*\n/m, '')(text)),
  ],
  ['a certificate that is not there', 'tls.cert', swap('./gateway.crt', './nowhere.crt')],
  ['a certificate that is none', 'tls.cert', swap('./gateway.crt', './password')],
  ['a key that is none', 'tls.key', swap('./gateway.key', './password')],
  ['a key that does not fit its certificate', 'tls.key', swap('./gateway.key', './app.key')],
  ['a key that is encrypted', 'tls.key', swap('./gateway.key', './locked.key')],
  ['recordings below a file', 'recordings', swap('./var/recordings', './password/recordings')],
  [
    'recordings with an unknown sync',
    'recordings.sync',
    swap('./var/recordings', '{path: ./var, sync: allways}'),
  ],
  ['workers without number', 'workers', add('workers: many')],
  ['a limit as text', 'limits.connections', add('limits: {connections: "10"}')],
  ['a limit too low', 'limits.connections', add('limits: {connections: 0}')],
  ['a key that is misspelt', 'limits.conections', add('limits: {conections: 10}')],
  ['a level of the log that is none', 'log.denials', add('log: {denials: loud}')],
  ['a masking key whose variable is not set', 'masking.key', add('masking: {key: {env: SALLYPORT_NOT_SET}}')],
  ['what is not built yet', 'store', add('store: ./var/store.db')],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-wrong-'));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const [gateway, app] = [makeCertificates(), makeCertificates()];
  mkdirSync(join(folder, 'rules'));
  mkdirSync(join(folder, 'empty'));
  write('rules/ci.rules', 'package ci\n\nallow reads if sql.read_only\n');
  write('password', 'hunter3\n');
  chmodSync(join(folder, 'password'), 0o600);
  write('nothing', '');
  write('ca.pem', gateway.ca);
  write('gateway.crt', gateway.cert);
  write('gateway.key', gateway.key);
  write('app.crt', app.cert);
  write('app.key', app.key);
  const pair = generateKeyPairSync('ed25519');
  write('bundle.pub', pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
  write('bundle.key', pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
  write('locked.key', pair.privateKey.export(locked).toString());
});
afterAll(() => rmSync(folder, { recursive: true }));

function problemsOf(text: string, now = new Date()): readonly Diagnostic[] {
  const path = join(folder, 'sallyport.yaml');
  const { config, diagnostics } = parseConfig(path, text);
  return config === null ? diagnostics : placeProblems(path, text, config, now);
}

function said({ source, span, code, message, help = '' }: Diagnostic): string {
  const line = source.text.slice(0, span.start).split('\n').length;
  const place = `sallyport.yaml:${line}`;
  return `${place}: ${code}: ${message}\n    ${help}`.replaceAll(`${folder}/`, './');
}

test('the configuration that they are made of has nothing wrong', () => {
  expect(problemsOf(GOOD).map(said)).toEqual([]);
});

test('each is said with its line, its key and what to do', () => {
  expect(WRONG.length).toBeGreaterThanOrEqual(40);
  const lines = WRONG.flatMap(([name, key, change]) => {
    const problems = problemsOf(change(GOOD));
    expect([name, problems.length]).toEqual([name, 1]);
    const [one] = problems;
    expect([name, one!.message]).toEqual([name, expect.stringContaining(`\`${key}\``)]);
    expect([name, one!.help ?? '']).toEqual([name, expect.stringMatching(/\w/)]);
    expect(one!.message).not.toMatch(/hunter/);
    return [`# ${name}`, said(one!), ''];
  });
  const file = new URL('wrong-configurations.txt', import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, lines.join('\n'));
  expect(lines.join('\n')).toBe(readFileSync(file, 'utf8'));
});

test('a certificate that has expired, or is not valid yet, is said', () => {
  const [late, early] = [new Date('2999-01-01'), new Date('2001-01-01')];
  expect(problemsOf(GOOD, late).map(({ message }) => message)).toEqual([
    expect.stringMatching(/^`tls.cert`: the certificate expired on \d{4}-/),
  ]);
  expect(problemsOf(GOOD, early).map(({ message }) => message)).toEqual([
    expect.stringMatching(/^`tls.cert`: the certificate is not valid before \d{4}-/),
  ]);
});

test('every key of the schema has an example and is explained, and no other is', () => {
  const found: string[] = [];
  const walk = (path: readonly string[]): void => {
    for (const name of keysAt(path)) {
      if (['env', 'file', 'exec'].includes(name)) continue;
      const at = [...path, name];
      found.push(at.join('.'));
      walk(at);
      if (name === 'issuers' || (name === 'targets' && path.length === 0)) walk([...at, '*']);
    }
  };
  walk([]);
  expect(found.sort()).toEqual(Object.keys(CONFIG_KEYS).sort());
});
