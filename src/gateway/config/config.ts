/** `sallyport.yaml`: read, checked, and every problem with file, line, key and what to do. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { Source } from '../../../grammar/source.js';
import { GatewayError } from '../../errors.js';
import { problemAt, schemaProblems, shownSource, spanOf, syntaxProblem } from './problem.js';
import { configSchema, parseAddress, REFUSED_BYTES, RESERVE_BYTES, type ConfigData } from './schema.js';
import { targetWithin } from './database-name.js';
import type { SessionRules } from './lifetime.js';
import type { SecretReference } from './secrets.js';
import { isLoopback } from './secure-url.js';
import type { GatewayConfig, IssuerConfig, RulesConfig, TargetConfig, TargetTls } from './settings.js';

export type { Address } from './schema.js';
export type { GatewayConfig, LogConfig, RulesConfig, TargetConfig, TargetTls } from './settings.js';

const CONFIG_BYTES_MAX = 1024 * 1024;
const NESTING_MAX = 32;
const INDENT_MAX = 256;

/** Exactly one of the two: a configuration, or at least one error. */
export interface ConfigResult {
  readonly config: GatewayConfig | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Throws where the file cannot be read at all. */
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
        'a configuration is a few hundred lines',
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
    ...nestedNames(parsed.data, document, source),
  ];
  return problems.length > 0
    ? failed(problems)
    : { config: toConfig(parsed.data, dirname(resolve(path))), diagnostics: [] };
}

function failed(diagnostics: readonly Diagnostic[]): ConfigResult {
  return { config: null, diagnostics };
}

/** Aliases that multiply each other are no data: the schema then says what is missing. */
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
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > NESTING_MAX) return `the file is nested more than ${NESTING_MAX} deep`;
  }
  // In block style each level is a deeper indent, or one more `- ` or `? ` at a line's beginning.
  const beginnings = text.matchAll(/^[ \t?:-]+/gm);
  for (const [beginning] of beginnings)
    if (beginning.length > INDENT_MAX) return `a line is indented more than ${INDENT_MAX} deep`;
  return null;
}

/** The token travels as a password: beyond loopback only inside TLS. */
function exposure(data: ConfigData, document: Document, source: Source): Diagnostic[] {
  if (data.tls !== undefined || isLoopback(parseAddress(data.listen.postgres)!.host)) return [];
  const span = spanOf(document, ['listen', 'postgres'], 'value');
  const message = '`listen.postgres` is open to other machines, and tokens would travel over it without TLS';
  return [
    problemAt(
      source,
      span,
      'config-plaintext',
      message,
      'add `tls: {cert: file, key: file}`, or listen on 127.0.0.1',
    ),
  ];
}

/** One of two entries for an issuer would be without effect, and nobody would know which. */
function doubleIssuers(data: ConfigData, document: Document, source: Source): Diagnostic[] {
  const { issuers } = data.identity;
  return issuers.flatMap(({ issuer }, index) => {
    if (issuers.findIndex((other) => other.issuer === issuer) === index) return [];
    const path = ['identity', 'issuers', index, 'issuer'];
    const message = `\`${path.join('.')}\` is configured already`;
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

/** `orders.eu` would be a target, and the database `eu` of the target `orders`. */
function nestedNames(data: ConfigData, document: Document, source: Source): Diagnostic[] {
  const names = new Set(Object.keys(data.targets));
  return [...names].flatMap((name) => {
    const outer = targetWithin(name, names);
    if (outer === null) return [];
    const span = spanOf(document, ['targets', name], 'key');
    const message = `\`targets.${name}\` is also the database \`${name.slice(outer.length + 1)}\` of the target \`${outer}\``;
    return [problemAt(source, span, 'config-nested-name', message, 'give one of the two another name')];
  });
}

/** Clients would be sent for tokens that nobody here believes. */
function strangeOffer(data: ConfigData, document: Document, source: Source): Diagnostic[] {
  const { issuers, oauth } = data.identity;
  if (oauth.issuer === undefined || issuers.some(({ issuer }) => issuer === oauth.issuer)) return [];
  const span = spanOf(document, ['identity', 'oauth', 'issuer'], 'value');
  const message = '`identity.oauth.issuer` is none of `identity.issuers`';
  return [problemAt(source, span, 'config-unknown-issuer', message, 'name one of them to the letter')];
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
    listen: { postgres: parseAddress(data.listen.postgres)! },
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

/** Where none is named, the first issuer is the one. */
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

function toSessions(data: ConfigData['identity']['sessions']): SessionRules {
  const { expiry, max_seconds, grace_seconds, notice_seconds } = data;
  return {
    expiry,
    maxSeconds: max_seconds,
    graceSeconds: grace_seconds,
    noticeSeconds: notice_seconds,
  };
}

function toTarget(
  name: string,
  data: ConfigData['targets'][string],
  at: (path: string) => string,
): TargetConfig {
  const { database, databases, user, labels } = data;
  return {
    name,
    address: parseAddress(data.address)!,
    database,
    databases,
    user,
    password: toSecret(data.password, at),
    tls: toTls(data, at),
    sessionState: data.session_state,
    sessions: toSessions(data.sessions),
    labels,
  };
}

function toTls(
  { tls, cleartext_password }: ConfigData['targets'][string],
  at: (path: string) => string,
): TargetTls {
  if (tls === 'off') return { kind: 'off', cleartextPassword: cleartext_password };
  const { ca, cert, key, server_name, channel_binding } =
    tls === 'verify' ? { channel_binding: 'prefer' as const } : tls;
  const pem = (value: string | SecretReference | undefined): SecretReference | null => toPem(value, at);
  return {
    kind: 'verify',
    ca: pem(ca),
    client: cert === undefined ? null : { cert: pem(cert)!, key: pem(key)! },
    serverName: server_name ?? null,
    channelBinding: channel_binding,
  };
}

function toPem(
  value: string | SecretReference | undefined,
  at: (path: string) => string,
): SecretReference | null {
  return toSecret(typeof value === 'string' ? { file: value } : value, at);
}

function toSecret(
  reference: SecretReference | undefined,
  at: (path: string) => string,
): SecretReference | null {
  if (reference === undefined) return null;
  if ('file' in reference) return { file: at(reference.file) };
  if (!('exec' in reference)) return reference;
  const [program = '', ...args] = reference.exec;
  // A bare name is looked for in PATH.
  return { exec: [program.includes('/') ? at(program) : program, ...args] };
}
