/** What `sallyport.yaml` says of a PostgreSQL target. */
import { z } from 'zod';
import { key, SECRET, sessionKeys, type ConfigKey } from '../../config/key.js';
import { address, parseAddress, pem, secret, sessions, text, type Address } from '../../config/pieces.js';
import { toPem, toSecret, toSessions } from '../../config/read.js';
import type { SecretReference } from '../../config/secrets.js';
import type { TargetSettings } from '../target-kind.js';
import type { NameConflict, PlaceChecks, TargetType } from '../target-type.js';
import { opener, targetWithin } from './database-name.js';
import { NAME_BYTES_MAX } from '../../facts/sql/name-bytes.js';

export interface PostgresSettings extends TargetSettings {
  readonly address: Address;
  readonly database: string;
  /** Patterns of the other databases that are open to clients. */
  readonly databases: readonly string[];
  readonly user: string;
  readonly password: SecretReference | null;
  readonly tls: PostgresTls;
  /** Whether clients may change the role and the reading of strings, which the gateway then follows. */
  readonly sessionState: 'fixed' | 'followed';
}

/** As UpstreamTls, by reference. */
export type PostgresTls =
  | { readonly kind: 'off'; readonly cleartextPassword: boolean }
  | {
      readonly kind: 'verify';
      readonly ca: SecretReference | null;
      readonly client: { readonly cert: SecretReference; readonly key: SecretReference } | null;
      readonly serverName: string | null;
      readonly channelBinding: 'prefer' | 'require';
    };

const targetTls = z
  .strictObject({
    ca: pem.optional(),
    cert: pem.optional(),
    key: pem.optional(),
    server_name: text.optional(),
    channel_binding: z.enum(['prefer', 'require']).default('prefer'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'must have both `cert` and `key`');

const databases = z
  .array(
    text.refine(
      (value) => Buffer.byteLength(value) <= NAME_BYTES_MAX,
      `must have at most ${NAME_BYTES_MAX} bytes: no database has a longer name`,
    ),
    'must be a list of names, in which `*` matches any text and `?` one character',
  )
  .max(100)
  .default([]);

const schema = z
  .strictObject({
    type: z.literal('postgres'),
    address,
    database: text,
    databases,
    user: text,
    password: secret.optional(),
    tls: z
      .union(
        [z.enum(['verify', 'off']), targetTls],
        'must be `verify`, `off`, or an object of `ca`, `cert`, `key`, `server_name` and `channel_binding`',
      )
      .default('verify'),
    cleartext_password: z.boolean().default(false),
    session_state: z.enum(['fixed', 'followed'], 'must be `fixed` or `followed`').default('fixed'),
    sessions: sessions.prefault({}),
    labels: z.record(z.string(), z.string()).default({}),
  })
  .refine(({ tls, cleartext_password }) => tls === 'off' || !cleartext_password, {
    path: ['cleartext_password'],
    message: 'must not be set together with TLS, which protects the password',
  });

type Data = z.infer<typeof schema>;

const keys: Readonly<Record<string, ConfigKey>> = {
  type: key('postgres', 'Its protocol.'),
  address: key('db.internal:5432', 'Its host and port.'),
  database: key('orders', 'The database that clients reach by the name of the target.'),
  databases: key('["test_*", reporting]', 'Other databases that clients may reach, with `*` and `?`.'),
  user: key('app', 'The user that the gateway logs in as.'),
  password: key(SECRET, 'Its password, as a secret.'),
  tls: key('verify', '`verify`, `off`, or an object with the keys below.'),
  'tls.ca': key('./db-ca.pem', 'CAs instead of the public ones: a PEM file or a secret.'),
  'tls.cert': key('./app.crt', 'The certificate that the gateway shows to the target.'),
  'tls.key': key('{file: ./app.key}', 'The key of that certificate.'),
  'tls.server_name': key('db.internal', 'The name in the certificate, if it is not the address.'),
  'tls.channel_binding': key('prefer', '`prefer` or `require`.'),
  cleartext_password: key('false', 'Allows a cleartext password with `tls: off`.'),
  session_state: key('fixed', '`fixed`, or `followed` if clients may change role and encoding.'),
  ...sessionKeys('sessions', 'sessions on this target'),
  labels: key('{env: prod}', 'Labels of the target, which rules read as `target.labels`.'),
};

function toSettings(name: string, data: Data, at: (path: string) => string): PostgresSettings {
  const { type, database, databases, user, labels } = data;
  return {
    name,
    type,
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

function toTls({ tls, cleartext_password }: Data, at: (path: string) => string): PostgresTls {
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

/** `orders.eu` would be a target, and the database `eu` of the target `orders`. */
function conflicts(names: ReadonlySet<string>): readonly NameConflict[] {
  return [...names].flatMap((name) => {
    const outer = targetWithin(name, names);
    if (outer === null) return [];
    const message = `\`targets.${name}\` is also the database \`${name.slice(outer.length + 1)}\` of the target \`${outer}\``;
    return [{ name, message }];
  });
}

function preflight(
  { password, tls }: PostgresSettings,
  place: readonly PropertyKey[],
  checks: PlaceChecks,
): void {
  if (password !== null) checks.secret([...place, 'password'], password);
  if (tls.kind === 'off') return;
  if (tls.ca !== null) checks.authorities([...place, 'tls', 'ca'], tls.ca);
  if (tls.client === null) return;
  const cert = checks.secret([...place, 'tls', 'cert'], tls.client.cert);
  const own = checks.secret([...place, 'tls', 'key'], tls.client.key);
  if (cert !== null && own !== null) checks.pair([...place, 'tls'], { cert, key: own });
}

export const postgresType: TargetType = {
  type: 'postgres',
  schema: schema,
  keys,
  listen: key('127.0.0.1:15432', 'For PostgreSQL clients.'),
  settings: (name, data, at) => toSettings(name, data as Data, at),
  conflicts,
  databases: (target) => {
    const { database: own, databases } = target as PostgresSettings;
    return { own, opens: opener({ database: own, databases }), patterns: databases.length > 0 };
  },
  preflight: (target, place, checks) => preflight(target as PostgresSettings, place, checks),
};
