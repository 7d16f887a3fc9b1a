/** pgbench, PostgreSQL's own benchmark, as a client of a contender. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Contender } from './contender.js';

const execute = promisify(execFile);

/** Its output. Throws if one of its clients failed: pgbench continues with the others. */
export async function runPgbench(
  contender: Contender,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = {
    ...process.env,
    PGHOST: '127.0.0.1',
    PGPORT: String(contender.port),
    PGUSER: contender.user,
    PGPASSWORD: contender.password,
    PGDATABASE: contender.database,
    PGSSLMODE: 'disable',
    ...settings,
  };
  const { stdout, stderr } = await execute('pgbench', [...args], { env });
  if (/aborted|FATAL/.test(stderr)) throw new Error(`pgbench through ${contender.name} failed:\n${stderr}`);
  return stdout;
}
