/** PgBouncer before a test's server, with one connection for all. It does not run as root. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { freePort } from './port.js';
import type { PostgresServer } from './postgres.js';
import { endProcess, startProcess } from './process.js';

export interface Pooler {
  readonly port: number;
  stop(): Promise<void>;
}

export async function bootPooler(
  server: PostgresServer,
  database: string,
  mode: 'session' | 'transaction',
): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-pooler-'));
  const port = await freePort();
  const users = join(folder, 'users.txt');
  const configuration = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${server.user}" "${server.password}"\n`);
  await writeFile(
    configuration,
    `[databases]
${database} = host=${server.host} port=${server.port} dbname=${database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = ${mode === 'transaction' ? 1 : 20}
`,
  );
  for (const [path, access] of [
    [folder, 0o755],
    [users, 0o644],
    [configuration, 0o644],
  ] as const)
    await chmod(path, access);
  const account = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const child = await startProcess('pgbouncer', [...account, configuration], port);
  return {
    port,
    stop: async () => {
      await endProcess(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
