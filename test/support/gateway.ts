/**
 * The whole product for a test: PostgreSQL, an identity provider, and `policy serve` as a process of its own.
 *
 *     const house = await bootHouse();
 *     const run = await house.psql('ci-test', 'SELECT 1');
 */
import { execFile, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import type { SqlDetail } from '../../src/protocols/sql/detail.js';
import type { AuditEvent } from '../../src/audit/event.js';
import { readRecording } from '../../src/audit/recording.js';
import { configurationOf } from './configuration.js';
import { bootOidc, type OidcProvider } from './oidc.js';
import { freePort } from './port.js';
import { bootPostgres, type PostgresOptions, type PostgresServer } from './postgres.js';
import { endProcess, startProcess } from './process.js';

const POLICY = resolve('dist/policy.mjs');

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface House {
  readonly server: PostgresServer;
  readonly oidc: OidcProvider;
  readonly folder: string;
  readonly port: number;
  /** Runs psql with `args` through the gateway as a client of the provider; `-c` for each command. */
  psql(client: string, args: readonly string[]): Promise<Run>;
  /** The same against the server itself. */
  direct(args: readonly string[]): Promise<Run>;
  /** node-postgres through the gateway, connected. */
  connect(client: string): Promise<pg.Client>;
  psqlWith(token: string, args: readonly string[]): Promise<Run>;
  connectWith(token: string): Promise<pg.Client>;
  /** Events of all recordings, in the order of the files. */
  events(): Promise<AuditEvent[]>;
  recordings(): Promise<string[]>;
  policy(args: readonly string[]): Promise<Run>;
  /** The gateway's process: to be killed by a test. */
  readonly gateway: () => ChildProcess;
  restart(): Promise<void>;
  /** Restarts with another configuration. */
  reconfigure(change: (text: string) => string): Promise<void>;
  writeRules(files: Readonly<Record<string, string>>): Promise<void>;
  writeRulesTo(folder: string, files: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

export const SHOP = `
  CREATE TABLE customers (id int PRIMARY KEY, name text, email text, card_number text, phone text);
  INSERT INTO customers VALUES
    (1, 'Ada', 'ada.one@example.com', '4111111111111111', '+1 555 0100'),
    (2, 'Bo', 'bo.two@example.com', '5500005555555559', '+1 555 0101');
  CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, total_cents int);
  INSERT INTO orders SELECT n, 1 + n % 2, 'paid', n * 100 FROM generate_series(1, 100) n;`;

/**
 * Boots everything; `rules` are file names and texts, `settings` further lines of the target. The target is `orders`, the
 * clients are groups of their own.
 */
export async function bootHouse(
  rules: Readonly<Record<string, string>>,
  clients: readonly string[],
  objects = '',
  workers = 1,
  settings = '',
  version?: PostgresOptions['version'],
): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-house-'));
  const server = await bootPostgres(version === undefined ? {} : { version });
  await server.query('CREATE DATABASE shop');
  await server.query(SHOP + objects, 'shop');
  const oidc = await bootOidc({
    clients: Object.fromEntries(clients.map((name) => [name, { groups: [name] }])),
  });
  const port = await freePort();
  const writeRules = (files: Readonly<Record<string, string>>): Promise<void> =>
    writeRulesTo(join(folder, 'rules'), files);
  await writeRules(rules);
  const configuration = configurationOf({
    server,
    oidc,
    port,
    targets: { orders: 'shop' },
    ofTarget: ['labels: {env: prod}', ...settings.split('\n').filter((line) => line !== '')],
    ofGateway: [`workers: ${workers}`],
  });
  await writeFile(join(folder, 'sallyport.yaml'), configuration);
  let gateway = await serve(folder, port);
  const recordings = async (): Promise<string[]> => {
    const names = await readdir(join(folder, 'recordings'), { recursive: true });
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => join(folder, 'recordings', name));
  };
  const login = (token: string): NodeJS.ProcessEnv => ({
    PGHOST: '127.0.0.1',
    PGPORT: String(port),
    PGDATABASE: 'orders',
    PGUSER: 'ci',
    PGPASSWORD: token,
  });
  const connectWith = async (token: string): Promise<pg.Client> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      database: 'orders',
      user: 'ci',
      password: token,
    });
    await client.connect();
    return client;
  };
  const psqlWith = (token: string, args: readonly string[]): Promise<Run> =>
    run('psql', ['-X', ...args], login(token));
  return {
    server,
    oidc,
    folder,
    port,
    gateway: () => gateway,
    psqlWith,
    connectWith,
    psql: async (client, args) => psqlWith(await oidc.tokenFor(client), args),
    direct: (args) =>
      run('psql', ['-X', ...args], {
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGDATABASE: 'shop',
        PGUSER: server.user,
        PGPASSWORD: server.password,
      }),
    connect: async (name) => connectWith(await oidc.tokenFor(name)),
    recordings,
    events: async () => {
      const events: AuditEvent[] = [];
      for (const path of await recordings()) {
        for await (const step of readRecording(path)) if (step.kind === 'event') events.push(step.event);
      }
      return events;
    },
    policy: (args) => run(process.execPath, [POLICY, ...args], {}),
    restart: async () => {
      await endProcess(gateway);
      gateway = await serve(folder, port);
    },
    reconfigure: async (change) => {
      const file = join(folder, 'sallyport.yaml');
      await endProcess(gateway);
      await writeFile(file, change(await readFile(file, 'utf8')));
      gateway = await serve(folder, port);
    },
    writeRules,
    writeRulesTo,
    stop: async () => {
      await endProcess(gateway);
      await oidc.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function writeRulesTo(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

async function serve(folder: string, port: number): Promise<ChildProcess> {
  await writeFile(join(folder, 'password'), 'a target password', { mode: 0o600 });
  return startProcess(process.execPath, [POLICY, 'serve', '-c', join(folder, 'sallyport.yaml')], port);
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Run> {
  return new Promise((done) => {
    const options = {
      env: { ...process.env, ...env, NO_COLOR: '1' },
      maxBuffer: 256 * 1024 * 1024,
      timeout: 120_000,
    };
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** What the record says of how an SQL command ended; undefined of other events. */
export function detailOf(event: AuditEvent): SqlDetail | undefined {
  return event.kind === 'result' ? (event.detail as SqlDetail | undefined) : undefined;
}
