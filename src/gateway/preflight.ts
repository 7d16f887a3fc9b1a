/**
 * Checks that what a configuration names on this machine exists and is usable. `policy check` reports it before a start
 * or a first login would fail. Changes nothing, runs no command and opens no connection.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { parseDocument, type Document } from 'yaml';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { findRuleFiles, isRules } from '../engine/bundle/rule-files.js';
import { causeOf } from '../errors.js';
import { readPublicKey } from './rules/bundle-signature.js';
import { problemAt, shownSource, spanOf } from './config/problem.js';
import type { SecretReference } from '../config/secrets.js';
import type { PlaceChecks } from '../targets/target-type.js';
import { targetTypes } from '../targets/types.js';
import type { GatewayConfig } from './config/settings.js';

type Path = readonly PropertyKey[];
type Tell = (path: Path, problem: string, help: string) => void;

/** `text` is the file from which `config` was read. */
export function placeProblems(path: string, text: string, config: GatewayConfig, now: Date): Diagnostic[] {
  const source = shownSource(path, text);
  const document: Document = parseDocument(text, { schema: 'core', uniqueKeys: true, prettyErrors: false });
  const found: Diagnostic[] = [];
  const tell: Tell = (at, problem, help) => {
    const span = spanOf(document, at, 'value');
    found.push(
      problemAt(source, span, 'config-unusable', `\`${at.map(String).join('.')}\`: ${problem}`, help),
    );
  };
  checkRules(config.rules, tell);
  checkIssuers(config, tell);
  checkTargets(config, tell);
  checkListen(config, tell);
  if (config.tls !== null) checkCertificate(config.tls, now, tell);
  checkFolder(['recordings'], config.recordings.folder, tell);
  if (config.maskingKey !== null) readSecret(['masking', 'key'], config.maskingKey, tell);
  return found;
}

function checkRules(rules: GatewayConfig['rules'], tell: Tell): void {
  if (rules.kind === 'folder') {
    const problem = fileProblem(rules.path);
    if (problem !== null) {
      tell(['rules'], problem, 'name the folder with your `*.rules` files, or run `policy init`');
      return;
    }
    try {
      if (findRuleFiles(rules.path, []).files.some((file) => isRules(file.path))) return;
      tell(
        ['rules'],
        'it holds no `*.rules` file: nothing would be allowed',
        'add one, or run `policy init`',
      );
    } catch (error) {
      tell(['rules'], causeOf(error), 'make it readable for the user that runs the gateway');
    }
    return;
  }
  rules.keys.forEach((file, at) => {
    const pem = readFile(['rules', 'key', ...(rules.keys.length > 1 ? [at] : [])], file, tell);
    if (pem === null) return;
    try {
      readPublicKey(pem);
    } catch (error) {
      const help = 'create a pair with `openssl genpkey -algorithm ed25519` and name the public key';
      tell(['rules', 'key'], causeOf(error), help);
    }
  });
  checkFolder(['rules', 'cache'], rules.cache, tell);
  if (rules.token !== null) readSecret(['rules', 'token'], rules.token, tell);
}

function checkIssuers({ issuers, claimSchemas }: GatewayConfig, tell: Tell): void {
  issuers.forEach(({ issuer, ca }, at) => {
    if (ca !== null) checkAuthorities(['identity', 'issuers', at, 'ca'], ca, tell);
    const schema = claimSchemas.get(issuer);
    if (schema !== undefined) readFile(['identity', 'issuers', at, 'claims'], schema, tell);
  });
}

function checkTargets({ targets }: GatewayConfig, tell: Tell): void {
  const checks: PlaceChecks = {
    secret: (at, reference) => readSecret(at, reference, tell),
    authorities: (at, reference) => checkAuthorities(at, reference, tell),
    pair: (at, pair) => checkPair(at, pair, tell),
  };
  for (const [name, target] of targets)
    targetTypes.find(({ type }) => type === target.type)?.preflight?.(target, ['targets', name], checks);
}

function checkListen({ listen }: GatewayConfig, tell: Tell): void {
  const own = Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  for (const [type, { host }] of listen) {
    if (isIP(host) === 0 || ['0.0.0.0', '::'].includes(host) || host.startsWith('127.')) continue;
    if (own.includes(host)) continue;
    const problem = `this machine does not have the address ${host}`;
    tell(['listen', type], problem, 'listen on one of its addresses, or on 0.0.0.0');
  }
}

function checkCertificate(
  files: { readonly cert: string; readonly key: string },
  now: Date,
  tell: Tell,
): void {
  const cert = readFile(['tls', 'cert'], files.cert, tell);
  const key = readFile(['tls', 'key'], files.key, tell);
  if (cert === null || key === null || !checkPair(['tls'], { cert, key }, tell)) return;
  const { validFrom, validTo } = new X509Certificate(cert);
  if (new Date(validTo) <= now)
    tell(
      ['tls', 'cert'],
      `the certificate expired on ${dayOf(validTo)}`,
      'renew it: clients that verify it will not connect',
    );
  if (new Date(validFrom) > now)
    tell(
      ['tls', 'cert'],
      `the certificate is not valid before ${dayOf(validFrom)}`,
      'check the clock, or use another certificate',
    );
}

function dayOf(moment: string): string {
  return new Date(moment).toISOString().slice(0, 10);
}

/** Whether both are usable and belong together. */
function checkPair(at: Path, { cert, key }: { cert: string; key: string }, tell: Tell): boolean {
  try {
    new X509Certificate(cert);
  } catch {
    tell([...at, 'cert'], 'it is not a PEM certificate', 'it must begin with `-----BEGIN CERTIFICATE-----`');
    return false;
  }
  try {
    createPrivateKey(key);
  } catch (error) {
    const encrypted = /ENCRYPTED/.test(key) ? 'the key is encrypted' : 'it is not a PEM private key';
    const help = /ENCRYPTED/.test(key)
      ? 'decrypt it with `openssl pkey -in old.key -out new.key`'
      : 'it must begin with `-----BEGIN PRIVATE KEY-----`';
    tell([...at, 'key'], /ENCRYPTED/.test(key) ? encrypted : `${encrypted}: ${causeOf(error)}`, help);
    return false;
  }
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    tell(
      [...at, 'key'],
      'the key does not match the certificate',
      'name the key that belongs to the certificate',
    );
    return false;
  }
}

function checkAuthorities(at: Path, reference: SecretReference, tell: Tell): void {
  const pem = readSecret(at, reference, tell);
  if (pem === null) return;
  try {
    new X509Certificate(pem);
  } catch {
    tell(at, 'it has no PEM certificate', 'it must begin with `-----BEGIN CERTIFICATE-----`');
  }
}

/** Null if it cannot be read, or is not known without running a command. */
function readSecret(at: Path, reference: SecretReference, tell: Tell): string | null {
  if ('file' in reference) return readFile(at, reference.file, tell);
  if ('env' in reference) {
    const value = process.env[reference.env];
    if (value !== undefined && value !== '') return value;
    const problem = `the environment variable \`${reference.env}\` is ${value === '' ? 'empty' : 'not set'}`;
    tell(at, problem, `set it where the gateway is started: \`export ${reference.env}=…\``);
    return null;
  }
  const [program = ''] = reference.exec;
  if (findProgram(program) === null)
    tell(at, `there is no program \`${program}\` that can be run`, 'install it, or give its full path');
  return null;
}

function findProgram(program: string): string | null {
  const places = program.includes('/')
    ? [program]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
  return places.find((place) => isFile(place) && may(place, constants.X_OK)) ?? null;
}

function readFile(at: Path, file: string, tell: Tell): string | null {
  const problem = fileProblem(file) ?? (isFile(file) ? null : `\`${file}\` is not a file`);
  if (problem !== null) {
    tell(at, problem, 'create it, or correct the path: paths are relative to this file');
    return null;
  }
  const text = readFileSync(file, 'utf8');
  if (text.trim() !== '') return text;
  tell(at, `\`${file}\` is empty`, 'write the secret into it');
  return null;
}

/** Why the file cannot be read; null if it can. */
function fileProblem(file: string): string | null {
  try {
    accessSync(file, constants.R_OK);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? `\`${file}\` does not exist`
      : `\`${file}\` cannot be read: ${code ?? 'unknown error'}`;
  }
}

/** The folder is created when first needed, in its nearest existing parent. */
function checkFolder(at: Path, folder: string, tell: Tell): void {
  let place = folder;
  while (kindOf(place) === undefined && dirname(place) !== place) place = dirname(place);
  const help = 'give the user that runs the gateway permission, or name another folder';
  if (!isFolder(place))
    tell(at, `\`${place}\` is not a folder`, 'name a folder; it is created if it does not exist');
  else if (!may(place, constants.W_OK | constants.X_OK)) tell(at, `\`${place}\` cannot be written to`, help);
}

function isFile(place: string): boolean {
  return kindOf(place)?.isFile() === true;
}

function isFolder(place: string): boolean {
  return kindOf(place)?.isDirectory() === true;
}

function kindOf(place: string) {
  try {
    return statSync(place, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function may(place: string, mode: number): boolean {
  try {
    accessSync(place, mode);
    return true;
  } catch {
    return false;
  }
}
