/** `sallyport.yaml`: read, checked, and every problem with file, line, key and what to do. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { Source } from '../../../grammar/source.js';
import { GatewayError } from '../../errors.js';
import { findTooDeep } from '../../values/nesting.js';
import { problemAt, schemaProblems, shownSource, spanOf, syntaxProblem } from './problem.js';
import { parseAddress, type Address } from '../../config/pieces.js';
import { toPem, toSecret, toSessions } from '../../config/read.js';
import type { TargetData } from '../../targets/target-type.js';
import { targetTypes } from '../../targets/types.js';
import type { TargetSettings } from '../../targets/target-kind.js';
import { configSchema, REFUSED_BYTES, RESERVE_BYTES, type ConfigData } from './schema.js';
import { isLoopback } from '../../config/secure-url.js';
import type { GatewayConfig, IssuerConfig, RulesConfig } from './settings.js';

export type { Address } from '../../config/pieces.js';
export type { GatewayConfig, LogConfig, RulesConfig } from './settings.js';

const CONFIG_BYTES_MAX = 1024 * 1024;
const NESTING_MAX = 32;
const INDENT_MAX = 256;

/** Exactly one of the two: a configuration, or at least one error. */
export interface ConfigResult {
  readonly config: GatewayConfig | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Throws if the file cannot be read at all. */
export function loadConfig(path: string): ConfigResult {
  if (statSync(path).size > CONFIG_BYTES_MAX)
    throw new GatewayError('config-too-large', `\`${path}\` is larger than ${CONFIG_BYTES_MAX} bytes`);
  return parseConfig(path, readFileSync(path, 'utf8'));
}

export function parseConfig(path: string, text: string): ConfigResult {
  const source = shownSource(path, text);
  const tooLarge = sizeProblem(text);
  if (tooLarge !== null)
    return failed([
      problemAt(
        source,
        { start: 0, end: 1 },
        'config-too-large',
        tooLarge,
        'a configuration has a few hundred lines at most',
      ),
    ]);
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) return failed(document.errors.map((error) => syntaxProblem(source, error)));
  const parsed = configSchema.safeParse(toData(document));
  if (!parsed.success)
    return failed(parsed.error.issues.flatMap((issue) => schemaProblems(source, document, issue)));
  const problems = [
    ...exposure(parsed.data, document, source),
    ...doubleIssuers(parsed.data, document, source),
    ...strangeOffer(parsed.data, document, source),
    ...doubleNames(parsed.data, document, source),
  ];
  return problems.length > 0
    ? failed(problems)
    : { config: toConfig(parsed.data, dirname(resolve(path))), diagnostics: [] };
}

function failed(diagnostics: readonly Diagnostic[]): ConfigResult {
  return { config: null, diagnostics };
}

/** Exponentially nested aliases are not converted; the schema then reports the missing keys. */
function toData(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return null;
  }
}

/** Deep nesting exhausts the YAML parser's stack: it is bounded before the text is parsed. */
function sizeProblem(text: string): string | null {
  if (Buffer.byteLength(text) > CONFIG_BYTES_MAX) return `the file is larger than ${CONFIG_BYTES_MAX} bytes`;
  const deep = findTooDeep(text, NESTING_MAX, INDENT_MAX);
  if (deep === null) return null;
  return deep.by === 'brackets'
    ? `the file is nested more than ${NESTING_MAX} levels deep`
    : `a line is indented by more than ${INDENT_MAX} spaces`;
}

/** Tokens are sent over it, so beyond loopback TLS is required. */
function exposure(data: ConfigData, document: Document, source: Source): Diagnostic[] {
  if (data.tls !== undefined) return [];
  return listenersOf(data).flatMap(([type, { host }]) => {
    if (isLoopback(host)) return [];
    const path = ['listen', type];
    const span = spanOf(document, path, 'value');
    const message = `\`${path.join('.')}\` is reachable from other machines, and tokens would travel without TLS`;
    const help = 'add `tls: {cert: file, key: file}`, or listen on 127.0.0.1';
    return [problemAt(source, span, 'config-plaintext', message, help)];
  });
}

function listenersOf({ listen }: ConfigData): (readonly [string, Address])[] {
  return Object.entries(listen).flatMap(([type, address]) =>
    address === undefined ? [] : [[type, parseAddress(address)!] as const],
  );
}

/** Of two entries for an issuer, one would have no effect. */
function doubleIssuers(data: ConfigData, document: Document, source: Source): Diagnostic[] {
  const { issuers } = data.identity;
  return issuers.flatMap(({ issuer }, index) => {
    if (issuers.findIndex((other) => other.issuer === issuer) === index) return [];
    const path = ['identity', 'issuers', index, 'issuer'];
    const message = `\`${path.join('.')}\` is already configured`;
    return [
      problemAt(
        source,
        spanOf(document, path, 'value'),
        'config-double-issuer',
        message,
        'one issuer may have several audiences',
      ),
    ];
  });
}

/** Ambiguous names. */
function doubleNames(data: ConfigData, document: Document, source: Source): Diagnostic[] {
  const names = new Set(Object.keys(data.targets));
  return targetTypes.flatMap((type) =>
    (type.conflicts?.(names) ?? []).map(({ name, message }) => {
      const span = spanOf(document, ['targets', name], 'key');
      return problemAt(source, span, 'config-nested-name', message, 'rename one of the two');
    }),
  );
}

/** Clients would fetch tokens from an issuer that is not configured. */
function strangeOffer(data: ConfigData, document: Document, source: Source): Diagnostic[] {
  const { issuers, oauth } = data.identity;
  if (oauth.issuer === undefined || issuers.some(({ issuer }) => issuer === oauth.issuer)) return [];
  const span = spanOf(document, ['identity', 'oauth', 'issuer'], 'value');
  const message = '`identity.oauth.issuer` is not one of `identity.issuers`';
  return [
    problemAt(source, span, 'config-unknown-issuer', message, 'write one of them exactly as it is there'),
  ];
}

function toConfig(data: ConfigData, folder: string): GatewayConfig {
  const at = (path: string): string => resolve(folder, path);
  const { recordings, limits } = data;
  return {
    rules: toRules(data.rules, at),
    issuers: data.identity.issuers.map((one) => toIssuer(one, at)),
    sessions: {
      all: toSessions(data.identity.sessions),
      byIssuer: new Map(data.identity.issuers.map((one) => [one.issuer, toSessions(one.sessions)])),
    },
    claimSchemas: new Map(
      data.identity.issuers.flatMap(({ issuer, claims }) =>
        claims === undefined ? [] : [[issuer, at(claims)] as const],
      ),
    ),
    oauth: toOffer(data.identity),
    targets: new Map(
      Object.entries(data.targets).map(([name, target]) => [name, toTarget(name, target, at)]),
    ),
    listen: new Map(listenersOf(data)),
    workers: data.workers,
    tls: data.tls === undefined ? null : { cert: at(data.tls.cert), key: at(data.tls.key) },
    recordings:
      typeof recordings === 'string'
        ? {
            folder: at(recordings),
            sync: 'write',
            reserveBytes: RESERVE_BYTES,
            refusedBytes: REFUSED_BYTES,
          }
        : {
            folder: at(recordings.path),
            sync: recordings.sync,
            reserveBytes: recordings.reserve_bytes,
            refusedBytes: recordings.refused_bytes,
          },
    maskingKey: toSecret(data.masking?.key, at),
    limits: {
      connections: limits.connections,
      commandBytes: limits.command_bytes,
      loginSeconds: limits.login_seconds,
      targetSeconds: limits.target_seconds,
      sampleRows: limits.sample_rows,
      sampleBytes: limits.sample_bytes,
      drainSeconds: limits.drain_seconds,
      unauthenticated: limits.unauthenticated,
      failedLoginsPerMinute: limits.failed_logins_per_minute,
      lockoutSeconds: limits.lockout_seconds,
    },
    log: data.log,
  };
}

function toRules(data: ConfigData['rules'], at: (path: string) => string): RulesConfig {
  if (typeof data === 'string') return { kind: 'folder', path: at(data) };
  return {
    kind: 'bundle',
    url: data.bundle,
    keys: [data.key].flat().map(at),
    pollSeconds: data.poll_seconds,
    cache: at(data.cache),
    token: toSecret(data.token, at),
  };
}

/** If none is named, the first issuer is used. */
function toOffer({ issuers, oauth }: ConfigData['identity']): GatewayConfig['oauth'] {
  const issuer = oauth.issuer ?? issuers[0]!.issuer;
  return { issuer, scope: oauth.scope, always: oauth.ask === 'always' };
}

function toIssuer(
  data: ConfigData['identity']['issuers'][number],
  at: (path: string) => string,
): IssuerConfig {
  const { issuer, audience, kind, groups, clock_skew_seconds, max_token_age_seconds, algorithms } = data;
  return {
    issuer,
    audience,
    kind,
    groups,
    clockSkewSeconds: clock_skew_seconds,
    keyAgeSeconds: data.key_age_seconds,
    ca: toPem(data.ca, at),
    ...(max_token_age_seconds === undefined ? {} : { tokenAgeSecondsMax: max_token_age_seconds }),
    ...(algorithms === undefined ? {} : { algorithms }),
  };
}

function toTarget(name: string, data: TargetData, at: (path: string) => string): TargetSettings {
  return targetTypes.find(({ type }) => type === data.type)!.settings(name, data, at);
}
