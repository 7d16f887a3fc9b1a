/**
 * A fresh server for one run of a suite, and the way to it: direct, or through a gateway whose rules allow everything and
 * which records.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from '../../bench/processes.js';
import type { Cleanup } from '../../bench/cleanup.js';
import { configurationOf } from '../../test/support/configuration.js';
import { bootOidc } from '../../test/support/oidc.js';
import { freePort } from '../../test/support/port.js';
import { bootPostgres, type PostgresServer } from '../../test/support/postgres.js';

export type Way = 'direct' | 'through';

export interface Place {
  readonly way: Way;
  readonly server: PostgresServer;
  /** The variables that libpq and compatible clients read: PGHOST, PGPORT, PGUSER, PGPASSWORD. */
  readonly login: Readonly<Record<string, string>>;
}

/** The gateway calls each database by its own name, so that nothing shows which way a test took. */
export async function openPlace(
  root: string,
  folder: string,
  way: Way,
  databases: readonly string[],
  cleanup: Cleanup,
): Promise<Place> {
  const server = await bootPostgres({
    version: 15,
    settings: { log_statement: 'none', log_connections: 'off' },
  });
  cleanup.add(() => server.stop());
  for (const name of databases) if (name !== 'postgres') await createDatabase(server, name);
  const login =
    way === 'direct' ? directLogin(server) : await startGateway(root, folder, server, databases, cleanup);
  return { way, server, login };
}

export function directLogin(server: PostgresServer): Place['login'] {
  const { host, port, user, password } = server;
  return { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password };
}

/** As pg_regress creates and sets up the database that it uses. */
async function createDatabase(server: PostgresServer, name: string): Promise<void> {
  await server.query(`CREATE DATABASE "${name}" TEMPLATE = template0`);
  const settings = ['lc_messages', 'lc_monetary', 'lc_numeric', 'lc_time'].map((key) => `${key} TO 'C'`);
  for (const setting of [...settings, "bytea_output TO 'hex'", "timezone_abbreviations TO 'Default'"]) {
    await server.query(`ALTER DATABASE "${name}" SET ${setting}`);
  }
}

async function startGateway(
  root: string,
  folder: string,
  server: PostgresServer,
  databases: readonly string[],
  cleanup: Cleanup,
): Promise<Place['login']> {
  const oidc = await bootOidc({ clients: { suites: { groups: ['suites'] } }, lifetimeSeconds: 24 * 3600 });
  cleanup.add(() => oidc.stop());
  const home = join(folder, 'gateway');
  await mkdir(join(home, 'rules'), { recursive: true });
  await chmod(home, 0o700);
  await writeFile(join(home, 'rules', 'all.rules'), 'package all\n\nallow everything\n');
  await writeFile(join(home, 'password'), server.password, { mode: 0o600 });
  const port = await freePort();
  const file = join(home, 'sallyport.yaml');
  const configuration = configurationOf({
    server,
    oidc,
    port,
    targets: Object.fromEntries(databases.map((name) => [name, name])),
    ofTarget: ['session_state: followed'],
    ofGateway: ['limits: {command_bytes: 8388608}'],
  });
  await writeFile(file, configuration);
  const flags = (process.env['GATEWAY_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
  const serve = [...flags, join(root, 'dist', 'policy.mjs'), 'serve', '-c', file];
  await startServer(process.execPath, serve, port, cleanup);
  const token = await oidc.tokenFor('suites');
  return { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: server.user, PGPASSWORD: token };
}
