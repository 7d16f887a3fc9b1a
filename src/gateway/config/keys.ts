/**
 * Every key of `sallyport.yaml`: its meaning and an example. `*` is any name or position in a list. Help texts and
 * docs/configuration.md are generated from it; a test compares it with the schema.
 */
import { key, sessionKeys, type ConfigKey } from '../../config/key.js';
import { targetTypes } from '../../targets/types.js';

const targetKeys = Object.fromEntries(
  targetTypes.flatMap(({ keys }) =>
    Object.entries(keys).map(([name, says]) => [`targets.*.${name}`, says] as const),
  ),
);
const listenKeys = Object.fromEntries(targetTypes.map(({ type, listen }) => [`listen.${type}`, listen]));

export const CONFIG_KEYS: Readonly<Record<string, ConfigKey>> = {
  rules: key('./rules', 'The folder or bundle file with the rules, or a signed bundle by URL.'),
  'rules.bundle': key('https://artifacts.example/rules.tar.gz', 'The URL of a signed bundle.'),
  'rules.key': key('./bundle.pub', 'The public key that verifies its signature, or a list of keys.'),
  'rules.poll_seconds': key('60', 'Seconds between two requests for the bundle.'),
  'rules.cache': key(
    './var/bundles',
    'Where the last good bundle is kept, so that the gateway can start without the server.',
  ),
  'rules.token': key('{env: RULES_TOKEN}', 'A bearer token for the server.'),
  identity: key('{issuers: […]}', 'Whose tokens the gateway accepts.'),
  'identity.issuers': key('[{issuer: …, audience: sallyport}]', 'The trusted issuers.'),
  'identity.issuers.*.issuer': key(
    'https://token.actions.githubusercontent.com',
    'The `iss` of the tokens, exactly. Its keys are found by OpenID Connect Discovery.',
  ),
  'identity.issuers.*.audience': key('sallyport', 'The `aud` that a token must have, or a list of them.'),
  'identity.issuers.*.kind': key('service', 'Whose tokens they are: `service` for jobs, `human` for people.'),
  'identity.issuers.*.groups': key(
    '["repo:{repository}"]',
    'Templates over the claims that give the groups of an identity.',
  ),
  'identity.issuers.*.claims': key(
    './claims.schema.json',
    'A JSON Schema of the claims, to check rules with.',
  ),
  'identity.issuers.*.clock_skew_seconds': key('60', 'How far in the future `iat` and `nbf` may be.'),
  'identity.issuers.*.max_token_age_seconds': key('3600', 'Refuses tokens that were issued longer ago.'),
  'identity.issuers.*.algorithms': key(
    '[RS256]',
    'The algorithms that are accepted; every asymmetric one by default.',
  ),
  'identity.issuers.*.ca': key(
    './issuer-ca.pem',
    'CAs to trust for the issuer instead of the public ones: a PEM file or a secret.',
  ),
  'identity.issuers.*.key_age_seconds': key(
    '600',
    'How long its keys are used before they are fetched again.',
  ),
  ...sessionKeys('identity.issuers.*.sessions', 'sessions of this issuer'),
  'identity.oauth': key('{scope: openid}', 'Where clients that speak OAUTHBEARER get a token.'),
  'identity.oauth.issuer': key('https://login.example.com', 'One of `issuers`; the first if left out.'),
  'identity.oauth.scope': key('openid email', 'The scopes to ask for.'),
  'identity.oauth.ask': key('on_request', '`on_request`, or `always` to ask every client this way.'),
  ...sessionKeys('identity.sessions', 'all sessions'),
  targets: key('{orders: {…}}', 'The servers that clients may reach, by name.'),
  ...targetKeys,
  listen: key(`{${targetTypes[0]!.type}: "${targetTypes[0]!.listen.example}"}`, 'Where the gateway listens.'),
  ...listenKeys,
  workers: key('auto', 'Processes that share the port; `auto` is one for each core, eight at most.'),
  tls: key('{cert: ./gateway.crt, key: ./gateway.key}', 'The certificate of the gateway.'),
  'tls.cert': key('./gateway.crt', 'A PEM file with the certificate and its chain.'),
  'tls.key': key('./gateway.key', 'A PEM file with its key.'),
  recordings: key('./var/recordings', 'The folder of the recordings, or an object with the keys below.'),
  'recordings.path': key('./var/recordings', 'The folder.'),
  'recordings.sync': key('write', '`write`, or `fsync` to wait for the disk at each decision.'),
  'recordings.reserve_bytes': key('67108864', 'With less free disk space than this, new logins are refused.'),
  'recordings.refused_bytes': key('8388608', 'How much the records of refused logins may take in total.'),
  masking: key('{key: {env: MASKING_KEY}}', 'Settings of masks.'),
  'masking.key': key('{env: MASKING_KEY}', 'The key of `hash` masks; a new one at every start if left out.'),
  limits: key('{connections: 1000}', 'Limits on sizes, numbers and times.'),
  'limits.connections': key('1000', 'Sessions at once, in all workers together.'),
  'limits.command_bytes': key('1048576', 'The longest statement.'),
  'limits.login_seconds': key('30', 'From connecting to being admitted.'),
  'limits.target_seconds': key('15', 'How long a target may take to accept the login of the gateway.'),
  'limits.drain_seconds': key('10', 'How long running commands may continue after SIGTERM.'),
  'limits.unauthenticated': key(
    '100',
    'Connections that have not logged in yet; they do not count as `connections`.',
  ),
  'limits.failed_logins_per_minute': key(
    '60',
    'Failed logins from one address (for IPv6, one /64) before it is locked out.',
  ),
  'limits.lockout_seconds': key('60', 'How long the address is locked out; 0 for never.'),
  'limits.sample_rows': key('20', 'Rows of each result that the record keeps.'),
  'limits.sample_bytes': key('16384', 'Bytes of those rows in the record.'),
  log: key('{denials: warn}', 'What the log says.'),
  'log.level': key('info', 'The lowest level that is written.'),
  'log.denials': key('info', 'The level at which refused commands are logged; `off` for none.'),
  'log.sessions': key('info', 'The level at which sessions are logged; `off` for none.'),
};

/** Null if the path is not a key of the schema. */
export function configKeyAt(path: readonly PropertyKey[]): ConfigKey | null {
  const parts = path.map(String);
  const names = parts.map((part, at) => {
    const list = parts[at - 1] === 'issuers' && at === 2;
    const target = parts[0] === 'targets' && at === 1;
    return list || target ? '*' : part;
  });
  return CONFIG_KEYS[names.join('.')] ?? null;
}
