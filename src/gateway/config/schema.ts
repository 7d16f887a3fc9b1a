/** The schema of `sallyport.yaml`, which `docs/operations.md` explains. */
import { z } from 'zod';
import { address, count, name, pem, secret, sessions, template, text } from '../../config/pieces.js';
import { ALGORITHMS } from '../../identity/oidc.js';
import type { TargetSchema } from '../../targets/target-type.js';
import { targetTypes } from '../../targets/types.js';
import { LOG_LEVELS } from '../../log.js';
import { isSecureUrl } from '../../config/secure-url.js';

const issuer = z.strictObject({
  issuer: text.refine(isIssuer, 'must be an https URL without a query; http is accepted on loopback only'),
  audience: z.union([text, z.array(text).min(1)], 'must be a string or a list of strings, and not empty'),
  kind: z.enum(['service', 'human']).default('service'),
  groups: z.array(template).default([]),
  claims: text.optional(),
  clock_skew_seconds: count(0, 300).default(60),
  max_token_age_seconds: count(1, 365 * 86_400).optional(),
  algorithms: z.array(z.enum(ALGORITHMS)).min(1).optional(),
  ca: pem.optional(),
  key_age_seconds: count(5, 86_400).default(600),
  sessions: sessions.prefault({}),
});

/** Tells clients of libpq 18 and newer where to get a token. */
const oauth = z.strictObject({
  issuer: text.optional(),
  // RFC 6749 section 3.3.
  scope: z
    .string()
    .regex(
      /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
      'must be words with one space between',
    )
    .default('openid'),
  ask: z.enum(['on_request', 'always']).default('on_request'),
});

/** Each type has keys of its own. */
const target = z.discriminatedUnion(
  'type',
  targetTypes.map(({ schema }) => schema) as [TargetSchema, ...TargetSchema[]],
  `must be ${targetTypes.map(({ type }) => `\`${type}\``).join(' or ')}: other types of target are not available yet`,
);

const listen = z
  .strictObject(Object.fromEntries(targetTypes.map(({ type }) => [type, address.optional()])))
  .refine((all) => Object.values(all).some((one) => one !== undefined), {
    path: [targetTypes[0]!.type],
    message: 'must be an address to listen on',
  });

const NO_FOLDER = 'must be a folder';
const folder = z
  .string(NO_FOLDER)
  .min(1, 'must not be empty')
  .refine((value) => !/^[a-z0-9+.-]+:\/\//i.test(value), NO_FOLDER);

const bundle = z.strictObject({
  bundle: text.refine(
    isBundleUrl,
    'must be an https URL without a user name; http is accepted on loopback only',
  ),
  key: z.union([text, z.array(text).min(1)], 'must be a public key file, or a list of such files'),
  poll_seconds: count(1, 86_400).default(60),
  cache: folder.default('./var/bundles'),
  token: secret.optional(),
});

/** Disk space kept free for sessions already admitted. */
export const RESERVE_BYTES = 64 * 1024 * 1024;
/** The total size of the records of refused logins. */
export const REFUSED_BYTES = 8 * 1024 * 1024;

const level = z.enum(LOG_LEVELS, 'must be `info`, `warn`, `error` or `off`').default('info');

export const configSchema = z.strictObject({
  rules: z.union([folder, bundle], 'must be a folder, or `{bundle: URL, key: file}`'),
  identity: z.strictObject({
    issuers: z.array(issuer).min(1),
    oauth: oauth.prefault({}),
    sessions: sessions.prefault({}),
  }),
  targets: z
    .record(name, target)
    .refine((all) => Object.keys(all).length > 0, 'must name at least one target'),
  listen,
  workers: z
    .union([z.literal('auto'), count(1, 64)], 'must be `auto` or a number from 1 to 64')
    .default('auto'),
  tls: z.strictObject({ cert: text, key: text }).optional(),
  recordings: z.union(
    [
      folder,
      z.strictObject({
        path: folder,
        sync: z.enum(['write', 'fsync']).default('write'),
        reserve_bytes: count(0, 2 ** 40).default(RESERVE_BYTES),
        refused_bytes: count(64 * 1024, 2 ** 30).default(REFUSED_BYTES),
      }),
    ],
    'must be a folder, or `{path: folder, sync: write}` with `write` or `fsync`; other places are not available yet',
  ),
  masking: z.strictObject({ key: secret }).optional(),
  limits: z
    .strictObject({
      connections: count(1, 100_000).default(1000),
      command_bytes: count(1024, 8 * 1024 * 1024).default(1024 * 1024),
      login_seconds: count(1, 600).default(30),
      target_seconds: count(1, 600).default(15),
      drain_seconds: count(0, 3600).default(10),
      unauthenticated: count(1, 2000).default(100),
      failed_logins_per_minute: count(1, 100_000).default(60),
      lockout_seconds: count(0, 86_400).default(60),
      sample_rows: count(0, 1000).default(20),
      sample_bytes: count(0, 1024 * 1024).default(16 * 1024),
    })
    .prefault({}),
  log: z.strictObject({ level, denials: level, sessions: level }).prefault({}),
});

export type ConfigData = z.infer<typeof configSchema>;

/** Planned settings, refused until they work: a setting that is silently ignored is a hole. */
export const NOT_AVAILABLE_YET: ReadonlySet<string> = new Set(['store', 'reviews', 'listen.console']);

function isIssuer(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return isSecureUrl(url) && url.search === '' && url.hash === '' && url.username === '';
}

/** A password in a URL would be a secret in the file. */
export function isBundleUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return isSecureUrl(url) && url.hash === '' && url.username === '' && url.password === '';
}

/** The valid keys at a path, for `did you mean`. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = configSchema;
  for (const part of path) at = memberOf(unwrap(at), part);
  const found = unwrap(at);
  if (found instanceof z.ZodUnion) return found.options.flatMap((one) => shapeKeys(unwrap(one)));
  return shapeKeys(found);
}

function shapeKeys(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function memberOf(schema: unknown, part: PropertyKey): unknown {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<PropertyKey, unknown>)[part];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  if (schema instanceof z.ZodArray) return schema.element;
  if (!(schema instanceof z.ZodUnion)) return undefined;
  return schema.options.map((one) => memberOf(unwrap(one), part)).find((one) => one !== undefined);
}

function unwrap(schema: unknown): unknown {
  const wrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.unwrap()) : schema;
}
