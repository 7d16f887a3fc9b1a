/** `sallyport.yaml`: read, checked, and every problem with file, line, key and what to do. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isIP } from 'node:net';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { z } from 'zod';
import { Source, type Span } from '../../grammar/source.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { nearest } from '../engine/nearest.js';
import { templateProblem } from '../identity/claims.js';
import type { IssuerOptions } from '../identity/oidc.js';
import type { SecretReference } from './secrets.js';

const CONFIG_BYTES_MAX = 1024 * 1024;
const NESTING_MAX = 32;

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a name has letters, digits, `_`, `.` and `-`');
const secret = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ exec: z.array(z.string()).min(1) }),
]);
const addressText = z.string().refine((text) => parseAddress(text) !== null, 'an address is `host:port`');
const template = z.string().superRefine((text, context) => {
  const problem = templateProblem(text);
  if (problem !== null) context.addIssue({ code: 'custom', message: problem });
});
const issuer = z.strictObject({
  issuer: z.string().refine(secureIssuer, 'an issuer is an https URL (http only on loopback)'),
  audience: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  kind: z.enum(['service', 'human']).default('service'),
  groups: z.array(template).default([]),
  clock_skew_seconds: z.number().int().min(0).max(300).default(60),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .min(1)
    .optional(),
});
const target = z.strictObject({
  type: z.literal('postgres', { error: 'of the target types only `postgres` is available yet' }),
  address: addressText,
  database: z.string().min(1),
  user: z.string().min(1),
  password: secret.optional(),
  tls: z.union([z.enum(['verify', 'off']), z.strictObject({ ca: z.string().min(1) })]).default('verify'),
  labels: z.record(z.string(), z.string()).default({}),
});
const schema = z.strictObject({
  rules: z.string({ error: 'a folder of rules; bundles by URL are not available yet' }).min(1),
  identity: z.strictObject({ issuers: z.array(issuer).min(1) }),
  targets: z.record(name, target),
  listen: z.strictObject({ postgres: addressText }),
  tls: z.strictObject({ cert: z.string().min(1), key: z.string().min(1) }).optional(),
  recordings: z.union([
    z.string().min(1),
    z.strictObject({ path: z.string().min(1), sync: z.enum(['write', 'fsync']).default('write') }),
  ]),
  masking: z.strictObject({ key: secret }).optional(),
  limits: z
    .strictObject({
      connections: z.number().int().min(1).max(100_000).default(1000),
      command_bytes: z
        .number()
        .int()
        .min(1024)
        .max(16 * 1024 * 1024)
        .default(1024 * 1024),
      login_seconds: z.number().int().min(1).max(600).default(30),
    })
    .prefault({}),
});

export interface Address {
  readonly host: string;
  readonly port: number;
}
export interface TargetConfig {
  readonly name: string;
  readonly address: Address;
  readonly database: string;
  readonly user: string;
  readonly password: SecretReference | null;
  readonly tls: { readonly kind: 'off' } | { readonly kind: 'verify'; readonly ca: string | null };
  readonly labels: Readonly<Record<string, string>>;
}
export interface GatewayConfig {
  readonly rules: string;
  readonly issuers: readonly IssuerOptions[];
  readonly targets: ReadonlyMap<string, TargetConfig>;
  readonly listen: { readonly postgres: Address };
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly recordings: { readonly folder: string; readonly sync: 'write' | 'fsync' };
  /** Of `hash` masks. Null: one made at start, so that hashes differ from one run of the gateway to the next. */
  readonly maskingKey: SecretReference | null;
  readonly limits: {
    readonly connections: number;
    readonly commandBytes: number;
    readonly loginSeconds: number;
  };
}

export interface ConfigResult {
  readonly config: GatewayConfig | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and checks a file. Throws only where it cannot be read at all. */
export function loadConfig(path: string): ConfigResult {
  return parseConfig(path, readFileSync(path, 'utf8'));
}

export function parseConfig(path: string, text: string): ConfigResult {
  const source = new Source(path, text);
  const problem = sizeProblem(text);
  if (problem !== null)
    return {
      config: null,
      diagnostics: [diagnostic(source, { start: 0, end: 1 }, 'config-too-large', problem)],
    };
  const document = parseDocument(text, {
    lineCounter: new LineCounter(),
    uniqueKeys: true,
    schema: 'core',
    maxAliasCount: 0,
  } as never);
  if (document.errors.length > 0) {
    const diagnostics = document.errors.map((error) =>
      diagnostic(
        source,
        { start: error.pos[0], end: error.pos[1] },
        'config-syntax',
        error.message
          .split('\n')[0]!
          .replace(/ at line \d+.*$/, '')
          .toLowerCase(),
      ),
    );
    return { config: null, diagnostics };
  }
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) {
    return {
      config: null,
      diagnostics: parsed.error.issues.flatMap((issue) => describeIssue(issue, document, source)),
    };
  }
  const config = toConfig(parsed.data, dirname(resolve(path)));
  const exposed = exposedProblem(config);
  if (exposed === null) return { config, diagnostics: [] };
  return {
    config: null,
    diagnostics: [diagnostic(source, spanOf(document, ['listen', 'postgres']), 'config-plaintext', exposed)],
  };
}

/** The token travels as a password: beyond loopback only inside TLS. */
function exposedProblem(config: GatewayConfig): string | null {
  return config.tls !== null || isLoopback(config.listen.postgres.host)
    ? null
    : '`listen.postgres` is reachable from other machines and there is no `tls` certificate';
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
  const indented = /^( {2,}|\t+)/gm;
  for (const match of text.matchAll(indented))
    if (match[0].length > NESTING_MAX * 8) return 'a line is indented too far';
  return null;
}

function toConfig(data: z.infer<typeof schema>, folder: string): GatewayConfig {
  const at = (path: string): string => resolve(folder, path);
  const recordings =
    typeof data.recordings === 'string' ? { path: data.recordings, sync: 'write' as const } : data.recordings;
  const file = (reference: SecretReference | undefined): SecretReference | null =>
    reference === undefined ? null : 'file' in reference ? { file: at(reference.file) } : reference;
  return {
    rules: at(data.rules),
    issuers: data.identity.issuers.map(({ clock_skew_seconds: clockSkewSeconds, algorithms, ...rest }) => ({
      ...rest,
      clockSkewSeconds,
      ...(algorithms === undefined ? {} : { algorithms }),
    })),
    targets: new Map(
      Object.entries(data.targets).map(([key, value]) => [
        key,
        {
          name: key,
          address: parseAddress(value.address)!,
          database: value.database,
          user: value.user,
          password: file(value.password),
          tls:
            value.tls === 'off'
              ? { kind: 'off' }
              : { kind: 'verify', ca: value.tls === 'verify' ? null : at(value.tls.ca) },
          labels: value.labels,
        },
      ]),
    ),
    listen: { postgres: parseAddress(data.listen.postgres)! },
    tls: data.tls === undefined ? null : { cert: at(data.tls.cert), key: at(data.tls.key) },
    recordings: { folder: at(recordings.path), sync: recordings.sync },
    maskingKey: file(data.masking?.key),
    limits: {
      connections: data.limits.connections,
      commandBytes: data.limits.command_bytes,
      loginSeconds: data.limits.login_seconds,
    },
  };
}

export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  return match === null || port > 65_535 ? null : { host: match[1] ?? match[2]!, port };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function secureIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    url.protocol === 'https:' ||
    (url.protocol === 'http:' && isLoopback(url.hostname.replace(/^\[|\]$/g, '')))
  );
}

function diagnostic(source: Source, span: Span, code: string, message: string, help?: string): Diagnostic {
  const base = { code, severity: 'error' as const, message, span, source };
  return help === undefined ? base : { ...base, help };
}

function describeIssue(issue: z.core.$ZodIssue, document: Document, source: Source): Diagnostic[] {
  const path = issue.path.map(String);
  const key = path.join('.') || 'the file';
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((unknown) => {
      const near = nearest(unknown, KNOWN_KEYS);
      const help =
        near === null ? 'see docs/operations.md for the keys that exist' : `did you mean \`${near}\`?`;
      return diagnostic(
        source,
        spanOf(document, [...path, unknown], true),
        'config-unknown-key',
        `\`${[...path, unknown].join('.')}\` is not a key`,
        help,
      );
    });
  }
  const missing = issue.code === 'invalid_type' && document.getIn(path) === undefined;
  const message = missing
    ? `\`${key}\` is missing`
    : `\`${key}\` is not right: ${issue.message.toLowerCase()}`;
  return [
    diagnostic(source, spanOf(document, path), missing ? 'config-missing-key' : 'config-invalid', message),
  ];
}

const KNOWN_KEYS = [
  'rules',
  'identity',
  'issuers',
  'issuer',
  'audience',
  'kind',
  'groups',
  'clock_skew_seconds',
  'algorithms',
  'targets',
  'type',
  'address',
  'database',
  'user',
  'password',
  'tls',
  'labels',
  'listen',
  'postgres',
  'cert',
  'key',
  'ca',
  'recordings',
  'path',
  'sync',
  'masking',
  'limits',
  'connections',
  'command_bytes',
  'login_seconds',
  'env',
  'file',
  'exec',
];

/** The place of a key, or of the nearest thing above it that is there. */
function spanOf(document: Document, path: readonly string[], atKey = false): Span {
  let node: Node | null = document.contents as Node | null;
  let span: Span = { start: 0, end: 1 };
  for (const [i, part] of path.entries()) {
    let next: Node | null = null;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === part);
      if (pair !== undefined && isScalar(pair.key) && pair.key.range)
        span = { start: pair.key.range[0], end: pair.key.range[1] };
      next = (pair?.value ?? null) as Node | null;
    } else if (isSeq(node)) {
      next = (node.items[Number(part)] ?? null) as Node | null;
    }
    if (next === null) break;
    node = next;
    const last = i === path.length - 1;
    if (node.range && !(last && atKey) && isScalar(node)) span = { start: node.range[0], end: node.range[1] };
  }
  return span;
}
