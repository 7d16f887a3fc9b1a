/** The suites, each run over one way. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run } from './command.js';
import type { Kit } from './kit.js';
import { readRegress } from './outcome.js';
import type { Outcome } from './outcome.js';
import type { Place } from './place.js';

export interface Suite {
  readonly name: string;
  readonly databases: readonly string[];
  /** `folder` is the run's own: what a test leaves to look at is there. */
  run(place: Place, folder: string): Promise<Outcome>;
}

const PROGRAMS = '/usr/lib/postgresql/15';
const TESTERS = `${PROGRAMS}/lib/pgxs/src/test`;

export function postgresSuites(kit: Kit): Suite[] {
  return [
    {
      name: 'regression',
      databases: ['regression', 'postgres'],
      run: (place, folder) => regression(kit, place, folder),
    },
    {
      name: 'isolation',
      databases: ['isolation_regression', 'postgres'],
      run: (place, folder) => isolation(kit, place, folder),
    },
    { name: 'libpq_pipeline', databases: ['postgres'], run: (place, folder) => pipeline(kit, place, folder) },
  ];
}

export async function regression(kit: Kit, place: Place, folder: string): Promise<Outcome> {
  await cp(kit.regress, folder, { recursive: true });
  const libraries = join(folder, 'lib');
  await cp(kit.libraries, libraries, { recursive: true });
  const args = ['--use-existing', '--dbname=regression', `--bindir=${PROGRAMS}/bin`, `--dlpath=${libraries}`];
  args.push('--max-concurrent-tests=20', '--schedule=parallel_schedule');
  return readRegress(await runAsServer(`${TESTERS}/regress/pg_regress`, args, place, folder));
}

async function isolation(kit: Kit, place: Place, folder: string): Promise<Outcome> {
  await cp(kit.isolation, folder, { recursive: true });
  const args = ['--use-existing', '--dbname=isolation_regression', `--bindir=${PROGRAMS}/bin`];
  args.push('--schedule=isolation_schedule');
  return readRegress(await runAsServer(`${TESTERS}/isolation/pg_isolation_regress`, args, place, folder));
}

/** As src/test/modules/libpq_pipeline/t/001_libpq_pipeline.pl runs them: what goes over the wire is compared, too. */
async function pipeline(kit: Kit, place: Place, folder: string): Promise<Outcome> {
  const outcome = new Map<string, boolean>();
  const names = (await mustRun(kit.pipeline, ['tests'])).trim().split(/\s+/);
  for (const name of names) {
    const trace = join(folder, `${name}.trace`);
    const expected = await readFile(join(kit.traces, `${name}.trace`), 'utf8').catch(() => null);
    const args = ['-r', '700', ...(expected === null ? [] : ['-t', trace]), name, 'dbname=postgres'];
    const { code } = await run(kit.pipeline, args, { cwd: folder, env: place.login });
    const said = expected === null ? null : await readFile(trace, 'utf8').catch(() => '');
    outcome.set(name, code === 0 && said === expected);
  }
  return outcome;
}

/** As the server's own user: the server writes files that the tests read, and the other way round. */
async function runAsServer(
  program: string,
  args: readonly string[],
  place: Place,
  folder: string,
): Promise<string> {
  await mustRun('chown', ['-R', 'postgres:postgres', folder]);
  const account = await serverAccount();
  const { printed } = await run(program, args, { cwd: folder, env: place.login, account });
  await writeFile(join(folder, 'printed.log'), printed);
  return printed;
}

async function serverAccount(): Promise<{ uid: number; gid: number }> {
  const ask = async (flag: string): Promise<number> => Number(await mustRun('id', [flag, 'postgres']));
  return { uid: await ask('-u'), gid: await ask('-g') };
}
