/** The ways from pgbench to the server that are compared. */
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from '../test/support/certificate.js';
import { configurationOf } from '../test/support/configuration.js';
import { bootOidc } from '../test/support/oidc.js';
import { freePort } from '../test/support/port.js';
import { bootPostgres, type PostgresServer } from '../test/support/postgres.js';
import type { Cleanup } from './cleanup.js';
import type { Contender } from './contender.js';
import { versionOf } from './machine.js';
import { runPgbench } from './pgbench.js';
import { startServer } from './processes.js';

export interface Arena {
  readonly contenders: readonly Contender[];
  /** The gateway under the same rules but for those that search every text for card numbers, keys and tokens. */
  readonly unsearching: Contender;
  /** With two workers instead of one a core, as a machine that the server runs on as well should have. */
  readonly paired: Contender;
  readonly server: string;
  /** What is missing, and why. */
  readonly notes: readonly string[];
}

/** The column that `pgbench -S` reads comes back masked, and one of the rows that are streamed. */
const benchRules = `package bench

allow loads if {
  every s in sql.statements { s.effects == {"write"}; s.verb == "copy" }
}

mask balance column "pgbench_accounts.abalance" with redact

mask emails column "wide.email" with redact
`;

export async function openArena(root: string, cleanup: Cleanup): Promise<Arena> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  // The benchmark is of what stands in front of the server: what it logs by default in tests would be measured along.
  const server = await bootPostgres({
    settings: { log_statement: 'none', log_connections: 'off', max_connections: '2500' },
  });
  cleanup.add(() => server.stop());
  await server.query('CREATE DATABASE bench');
  const [version] = await server.query('SHOW server_version');
  const direct = { user: server.user, password: server.password, database: 'bench', tls: false };
  const certificates = await writeCertificates(folder);
  const contenders: Contender[] = [
    { name: 'direct', pid: null, port: server.port, ...direct },
    { name: 'Node pipe', ...(await startPipe(root, server, cleanup)), ...direct },
  ];
  const notes: string[] = [];
  const bouncer = versionOf('pgbouncer');
  if (bouncer === null) notes.push('PgBouncer is not installed here and was left out.');
  else
    contenders.push({
      name: bouncer,
      ...(await startPgbouncer(folder, server, certificates, cleanup)),
      ...direct,
      tls: true,
    });
  const gateways = { root, folder, server, certificates, cleanup };
  contenders.push(await startGateway(gateways, 'Sallyport'));
  const unsearching = await startGateway(gateways, 'Sallyport, no detectors');
  const paired = await startGateway(gateways, 'Sallyport, 2 workers');
  await runPgbench(contenders[0]!, ['--initialize', '--scale=1', '--quiet']);
  const named = `PostgreSQL ${String(version?.['server_version'])}`;
  return { contenders, unsearching, paired, server: named, notes };
}

type Place = Pick<Contender, 'pid' | 'port'>;

interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** PgBouncer reads them as another user. */
async function writeCertificates(folder: string): Promise<CertificateFiles> {
  const { cert, key } = makeCertificates();
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeFile(files.cert, cert, { mode: 0o644 });
  await writeFile(files.key, key, { mode: 0o644 });
  return files;
}

async function startPipe(root: string, server: PostgresServer, cleanup: Cleanup): Promise<Place> {
  const port = await freePort();
  const script = join(root, 'bench', 'pipe.mjs');
  const pid = await startServer(process.execPath, [script, String(port), String(server.port)], port, cleanup);
  return { pid, port };
}

/** One server connection for each client, as the gateway has it. PgBouncer does not run as root. */
async function startPgbouncer(
  folder: string,
  server: PostgresServer,
  certificates: CertificateFiles,
  cleanup: Cleanup,
): Promise<Place> {
  const port = await freePort();
  const users = join(folder, 'userlist.txt');
  const configuration = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${server.user}" "${server.password}"\n`, { mode: 0o644 });
  await writeFile(
    configuration,
    `[databases]
bench = host=127.0.0.1 port=${server.port} dbname=bench
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = session
max_client_conn = 1100
default_pool_size = 1100
client_tls_sslmode = allow
client_tls_cert_file = ${certificates.cert}
client_tls_key_file = ${certificates.key}
log_connections = 0
log_disconnections = 0
`,
  );
  const account = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const pid = await startServer('pgbouncer', [...account, configuration], port, cleanup);
  return { pid, port };
}

interface GatewayParts {
  readonly root: string;
  readonly folder: string;
  readonly server: PostgresServer;
  readonly certificates: CertificateFiles;
  readonly cleanup: Cleanup;
}

/** `policy serve` with the starter pack, one mask more, and its recording. */
async function startGateway(
  { root, folder, server, certificates, cleanup }: GatewayParts,
  name: 'Sallyport' | 'Sallyport, no detectors' | 'Sallyport, 2 workers',
): Promise<Contender> {
  const oidc = await bootOidc({
    clients: { 'ci-test': { groups: ['ci-test'] } },
    lifetimeSeconds: 24 * 3600,
  });
  cleanup.add(() => oidc.stop());
  const home = join(folder, name);
  await mkdir(home);
  await cp(join(root, 'rules'), join(home, 'rules'), { recursive: true });
  if (name === 'Sallyport, no detectors') await rm(join(home, 'rules', 'postgres', 'privacy.rules'));
  await writeFile(join(home, 'rules', 'bench.rules'), benchRules);
  await writeFile(join(home, 'password'), server.password, { mode: 0o600 });
  const port = await freePort();
  const workers = name === 'Sallyport, 2 workers' ? '2' : 'auto';
  const configuration = configurationOf({
    server,
    oidc,
    port,
    targets: { orders: 'bench' },
    ofTarget: ['labels: {env: prod}'],
    ofGateway: [
      `workers: ${workers}`,
      'limits: {connections: 2000}',
      `tls: {cert: ${certificates.cert}, key: ${certificates.key}}`,
    ],
  });
  await writeFile(join(home, 'sallyport.yaml'), configuration);
  const serve = [
    ...gatewayFlags(),
    join(root, 'dist', 'policy.mjs'),
    'serve',
    '-c',
    join(home, 'sallyport.yaml'),
  ];
  const pid = await startServer(process.execPath, serve, port, cleanup);
  return {
    name,
    pid,
    port,
    user: 'ci-test',
    password: await oidc.tokenFor('ci-test'),
    database: 'orders',
    tls: true,
  };
}

/** `GATEWAY_FLAGS="--cpu-prof --cpu-prof-dir=…"` profiles the gateway. */
function gatewayFlags(): readonly string[] {
  return (process.env['GATEWAY_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '');
}
