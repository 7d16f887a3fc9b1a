/** Where a tool runs: on a server, or on one like it through a gateway in front; TLS all the way, as pipelines have it. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '../../bench/processes.js';
import type { Cleanup } from '../../bench/cleanup.js';
import { makeCertificates } from '../../test/support/certificate.js';
import { configurationOf } from '../../test/support/configuration.js';
import { bootOidc } from '../../test/support/oidc.js';
import { freePort } from '../../test/support/port.js';
import { bootPostgres, type PostgresOptions, type PostgresServer } from '../../test/support/postgres.js';
import { RULE_SETS, writeRules, type RuleSetName } from './rule-sets.js';

/** How a tool logs in; the same names, but the password, whichever way it goes. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The certificate file of the authority that signed the server's certificate. */
  readonly ca: string;
}

export interface Place {
  readonly login: Login;
  /** Behind the gateway, or the server itself: for what a test looks at or prepares on its own. */
  readonly server: PostgresServer;
}

export const DATABASE = 'app';

/** Beside the names of the claims that rules look at, tokens of real issuers carry some two thousand bytes. */
const OTHER_CLAIMS = {
  repository: 'shop/orders',
  repository_owner: 'shop',
  workflow_ref: `shop/orders/pipelines/${'deploy-'.repeat(40)}main.yaml@refs/heads/main`,
  job_ref: `shop/orders/pipelines/${'migrate-'.repeat(40)}main.yaml@refs/heads/main`,
  environment: 'dev',
  entitlements: Array.from({ length: 16 }, (_, index) => `orders:schema:${index}`),
};

export async function bootServer(
  cleanup: Cleanup,
  version: PostgresOptions['version'],
): Promise<PostgresServer> {
  const server = await bootPostgres({
    version: version ?? 18,
    tls: true,
    settings: { log_statement: 'none', log_connections: 'off', max_connections: '300' },
  });
  cleanup.add(() => server.stop());
  return server;
}

export async function directPlace(server: PostgresServer, folder: string): Promise<Place> {
  await mkdir(folder, { recursive: true });
  const ca = join(folder, 'server-ca.pem');
  await writeFile(ca, server.ca!);
  const { host, port, user, password } = server;
  return { server, login: { host, port, user, password, database: DATABASE, ca } };
}

export interface GatewayOptions {
  readonly root: string;
  readonly folder: string;
  readonly server: PostgresServer;
  readonly rules: RuleSetName;
  /** Each is a target of its own name, so that nothing shows which way a tool took. */
  readonly databases: readonly string[];
  readonly workers?: number;
  readonly cleanup: Cleanup;
}

export async function gatewayPlace(options: GatewayOptions): Promise<Place> {
  const { root, folder, server, rules, databases, cleanup } = options;
  const claims = { groups: ['ci-test', 'ci-deploy'], ...OTHER_CLAIMS };
  const oidc = await bootOidc({ clients: { pipeline: claims }, lifetimeSeconds: 24 * 3600 });
  cleanup.add(() => oidc.stop());
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  await writeRules(root, join(folder, 'rules'), rules);
  const { ca, cert, key } = makeCertificates();
  const files = { password: server.password, 'server-ca.pem': server.ca!, 'ca.pem': ca, cert, key };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  const port = await freePort();
  const file = join(folder, 'sallyport.yaml');
  const ofGateway = ['tls: {cert: ./cert, key: ./key}'];
  if (options.workers !== undefined) ofGateway.push(`workers: ${options.workers}`);
  const configuration = configurationOf({
    server,
    oidc,
    port,
    targets: Object.fromEntries(databases.map((name) => [name, name])),
    tls: '{ca: ./server-ca.pem}',
    ofTarget: RULE_SETS[rules].ofTarget,
    ofGateway,
  });
  await writeFile(file, configuration);
  const flags = (process.env['GATEWAY_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
  const serve = [...flags, join(root, 'dist', 'policy.mjs'), 'serve', '-c', file];
  await startServer(process.execPath, serve, port, cleanup);
  const password = await oidc.tokenFor('pipeline');
  const login = { host: server.host, port, user: server.user, password, database: DATABASE };
  return { server, login: { ...login, ca: join(folder, 'ca.pem') } };
}

/** The variables that libpq and compatible clients read. */
export function libpqEnvironment(login: Login): Record<string, string> {
  return {
    PGHOST: login.host,
    PGPORT: String(login.port),
    PGUSER: login.user,
    PGPASSWORD: login.password,
    PGDATABASE: login.database,
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: login.ca,
  };
}

/** For tools that take one line; every part of it that may hold a sign of its own is escaped. */
export function urlOf(login: Login, scheme = 'postgres'): string {
  const { host, port, user, password, database, ca } = login;
  const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(ca)}`;
  return `${scheme}://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}?${query}`;
}
