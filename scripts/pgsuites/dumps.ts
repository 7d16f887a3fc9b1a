/**
 * pg_dump and pg_restore of the database that the regression suite leaves behind, which has objects of every kind. What they
 * write is compared with what they write and restore over a direct connection, byte for byte.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from './command.js';
import type { Kit } from './kit.js';
import type { Outcome } from './outcome.js';
import { directLogin } from './place.js';
import type { Place } from './place.js';
import { regression } from './suites.js';
import type { Suite } from './suites.js';

type Login = Readonly<Record<string, string>>;

const FORMATS: readonly (readonly [string, ...string[]])[] = [
  ['plain', '--format=plain'],
  ['custom', '--format=custom'],
  ['directory', '--format=directory', '--jobs=4'],
  ['inserts', '--format=plain', '--inserts', '--rows-per-insert=10', '--quote-all-identifiers'],
];

const restored = (format: string): string => `restored_${format}`;
const checked = (format: string): string => `checked_${format}`;

export function dumpSuite(kit: Kit): Suite {
  const copies = FORMATS.flatMap(([format]) => [restored(format), checked(format)]);
  return {
    name: 'pg_dump',
    databases: ['regression', 'postgres', ...copies],
    run: async (place, folder) => {
      const direct = directLogin(place.server);
      await regression(kit, { ...place, login: direct }, join(folder, 'regression'));
      const outcome = new Map<string, boolean>();
      for (const [format, ...args] of FORMATS) {
        for (const [test, passed] of await roundTrip(place, direct, format, args, folder))
          outcome.set(test, passed);
      }
      return outcome;
    },
  };
}

async function roundTrip(
  place: Place,
  direct: Login,
  format: string,
  args: readonly string[],
  folder: string,
): Promise<Outcome> {
  const [dumped, expected] = [join(folder, `${format}.dump`), join(folder, `${format}.expected`)];
  const dump = (login: Login, database: string, file: string): Promise<boolean> =>
    succeeds('pg_dump', [...args, `--file=${file}`, database], login);
  const there =
    (await dump(place.login, 'regression', dumped)) && (await dump(direct, 'regression', expected));
  const sameDump = there && (await scriptOf(dumped, format)) === (await scriptOf(expected, format));
  await restore(place.login, restored(format), expected, format);
  await restore(direct, checked(format), expected, format);
  const again = await Promise.all(
    [restored(format), checked(format)].map(async (database) => {
      const file = join(folder, `${database}.sql`);
      return (await succeeds('pg_dump', [`--file=${file}`, database], direct))
        ? scriptOf(file, 'plain')
        : null;
    }),
  );
  return new Map([
    [`pg_dump, ${format}`, sameDump],
    [`pg_restore, ${format}`, again[0] !== null && again[0] === again[1]],
  ]);
}

/** psql reads a script. It may hold statements that fail: they fail both ways. */
async function restore(login: Login, database: string, file: string, format: string): Promise<void> {
  const plain = format === 'plain' || format === 'inserts';
  const jobs = format === 'directory' ? ['--jobs=4'] : [];
  const program = plain ? 'psql' : 'pg_restore';
  const args = plain ? ['-X', '-q', '-f', file, '-d', database] : [...jobs, '-d', database, file];
  await run(program, args, { env: login });
}

async function succeeds(program: string, args: readonly string[], login: Login): Promise<boolean> {
  const { code, printed } = await run(program, args, { env: login });
  if (code !== 0) console.error(`${program} ended with ${code}: ${printed.slice(0, 2000).trimEnd()}`);
  return code === 0;
}

/** A digest of the script that a dump stands for, without the word that psql is to see twice, which is another each time. */
async function scriptOf(file: string, format: string): Promise<string> {
  let script = file;
  if (format === 'custom' || format === 'directory') {
    script = `${file}.sql`;
    await run('pg_restore', [`--file=${script}`, file]);
  }
  const hash = createHash('sha256');
  for await (const line of createInterface(createReadStream(script))) {
    if (!/^\\(un)?restrict /.test(line)) hash.update(`${line}\n`);
  }
  return hash.digest('hex');
}
