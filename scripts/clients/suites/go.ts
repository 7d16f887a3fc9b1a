/** The tests of Go's drivers: a module of the proxy has them. */
import { chmod, cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run } from '../../pgsuites/command.js';
import type { Cache } from '../cache.js';
import { DATABASE, libpqEnvironment, type Login } from '../place.js';
import { need } from '../programs.js';
import { SUITE_RULES } from '../rule-sets.js';
import type { Tool } from '../tool.js';
import * as versions from '../versions.js';
import { readGoTest } from './printed.js';

interface GoSuite {
  readonly name: string;
  readonly about: string;
  readonly pinned: string;
  readonly arrange: Tool['arrange'];
  readonly env: (login: Login) => Readonly<Record<string, string>>;
  /** Tests that are left out, both ways. */
  readonly skip?: string;
}

const SUITE_MS = 600_000;

function goSuite({ name, about, pinned, arrange, env, skip }: GoSuite): Tool {
  const module = pinned.split('@', 1)[0]!;
  return {
    name,
    about,
    rules: SUITE_RULES,
    usual: true,
    ...(arrange === undefined ? {} : { arrange }),
    prepare: async ({ cache }) => {
      const source = await goSource(cache, pinned);
      return async ({ login }, folder) => {
        await mkdir(folder, { recursive: true });
        const args = [
          'test',
          '-json',
          '-count=1',
          '-p=1',
          '-timeout=9m',
          ...(skip === undefined ? [] : ['-skip', skip]),
        ];
        const { printed } = await run('go', [...args, './...'], {
          cwd: source,
          env: { ...libpqEnvironment(login), ...env(login), GOFLAGS: '-mod=mod -buildvcs=false' },
          timeoutMs: SUITE_MS,
        });
        await writeFile(join(folder, 'printed.log'), printed);
        return readGoTest(printed, module);
      };
    },
  };
}

/** The module from Go's cache, which is read-only: `go test` writes files beside the tests. */
async function goSource(cache: Cache, pinned: string): Promise<string> {
  await need('go');
  const name = pinned.split('@', 1)[0]!.split('/').slice(2).join('-');
  return cache.keep(`source-${name}`, [pinned], async (work) => {
    const told = JSON.parse(await mustRun('go', ['mod', 'download', '-json', pinned])) as {
      readonly Dir: string;
    };
    await cp(told.Dir, work, { recursive: true });
    await makeWritable(work);
  });
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeWritable(path);
    else await chmod(path, 0o644);
  }
}

export const GO_SUITES: readonly Tool[] = [
  goSuite({
    name: 'pgx',
    about: 'the tests of pgx',
    pinned: versions.PGX,
    arrange: async (server) => {
      await server.query(
        'CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE DOMAIN uint64 AS numeric(20,0)',
        DATABASE,
      );
      await server.query(`CREATE USER " tricky, ' } "" \\\\ test user " SUPERUSER PASSWORD 'secret'`);
    },
    env: ({ host, port, user, password, database, ca }) => ({
      PGX_TEST_DATABASE: `host=${host} port=${port} user=${user} password='${password}' dbname=${database} sslmode=verify-full sslrootcert=${ca}`,
    }),
  }),
  goSuite({
    name: 'lib/pq',
    about: 'the tests of lib/pq',
    pinned: versions.LIB_PQ,
    arrange: async (server) => {
      await server.query('CREATE EXTENSION hstore', DATABASE);
    },
    env: () => ({}),
  }),
];
