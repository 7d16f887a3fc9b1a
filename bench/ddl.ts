/**
 * A hundred migrations, straight to the server and through the gateway, by tools that pipelines have: in a database that
 * is empty and in one of many tables.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootServer, directPlace, gatewayPlace } from '../scripts/clients/place.js';
import type { Place } from '../scripts/clients/place.js';
import type { PostgresServer } from '../test/support/postgres.js';
import type { Cleanup } from './cleanup.js';
import { migrationTools, type MigrationTool } from './migration-tools.js';
import { median, ratio, significant } from './statistics.js';

export interface DdlOptions {
  readonly root: string;
  readonly rounds: number;
  /** All if left out. */
  readonly tools?: readonly string[];
  readonly progress: (what: string) => void;
}

const TABLES = 2000;

interface Size {
  readonly title: string;
  readonly direct: string;
  readonly through: string;
}
const SIZES: readonly Size[] = [
  { title: 'empty', direct: 'empty_direct', through: 'empty' },
  { title: `${TABLES.toLocaleString('en-US')} tables`, direct: 'large_direct', through: 'large' },
];

/** After what the last run left was dropped, the gateway has a moment to read the catalogue that is left. */
const SETTLE_MS = 500;

export async function measureDdl(options: DdlOptions, cleanup: Cleanup): Promise<readonly string[]> {
  const { root, progress } = options;
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-ddl-'));
  cleanup.add(() => rm(folder, { recursive: true, force: true }));
  progress('installing the tools, and starting PostgreSQL and the gateway');
  const tools = await migrationTools(root, folder, options.tools);
  const server = await bootServer(cleanup, 18);
  await createDatabases(server);
  const direct = await directPlace(server, join(folder, 'direct'));
  const databases = SIZES.map(({ through }) => through);
  const gateway = join(folder, 'gateway');
  const through = await gatewayPlace({
    root,
    folder: gateway,
    server,
    rules: 'followed',
    databases,
    workers: 1,
    cleanup,
  });
  const lines = [
    '| tool | what | database | direct | through | ratio | goal |',
    '| --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const tool of tools) {
    for (const size of SIZES) {
      const measured = await measureTool(tool, size, { direct, through }, options);
      // All of it takes a while: what is known is told.
      process.stderr.write(`${measured.join('\n')}\n`);
      lines.push(...measured);
    }
  }
  return lines;
}

async function createDatabases(server: PostgresServer): Promise<void> {
  for (const { direct, through } of SIZES)
    for (const name of [direct, through]) await server.query(`CREATE DATABASE ${name}`);
  const large = SIZES[1]!;
  for (const name of [large.direct, large.through])
    for (let table = 0; table < TABLES; table += 100)
      await server.query(
        `DO $$ BEGIN FOR n IN ${table}..${table + 99} LOOP
           EXECUTE format('CREATE TABLE old_%s (id bigserial PRIMARY KEY, name text NOT NULL DEFAULT %L, at timestamptz)', n, '');
         END LOOP; END $$`,
        name,
      );
}

type Ways = Readonly<Record<'direct' | 'through', Place>>;
type Times = Readonly<Record<'direct' | 'through', number[]>>;

/** The first round warms up what stays between runs (the server's cache, the gateway's compiler), and does not count. */
async function measureTool(
  tool: MigrationTool,
  size: Size,
  places: Ways,
  { rounds, progress }: DdlOptions,
): Promise<readonly string[]> {
  const times = new Map<string, Times>(tool.steps.map(({ what }) => [what, { direct: [], through: [] }]));
  for (let round = 0; round <= rounds; round++) {
    for (const way of ['direct', 'through'] as const) {
      progress(`DDL: ${tool.name}, ${size.title}, round ${round} of ${rounds}, ${way}`);
      const { server, login } = places[way];
      const database = size[way];
      await clear(server, database);
      for (const { what, run } of tool.steps) {
        const seconds = await timed(() => run({ ...login, database }));
        if (round > 0) times.get(what)![way].push(seconds);
      }
    }
  }
  return [...times].map(([what, { direct, through }]) => {
    const factor = median(through.map((seconds, round) => seconds / direct[round]!));
    const cells = [
      tool.name,
      what,
      size.title,
      `${significant(median(direct))} s`,
      `${significant(median(through))} s`,
    ];
    return `| ${[...cells, ratio(factor), `≤ ${tool.goal}`].join(' | ')} |`;
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** All but the tables that were there before. */
async function clear(server: PostgresServer, database: string): Promise<void> {
  await server.query(
    `DO $$ DECLARE name text; BEGIN
       FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'old\\_%' LOOP
         EXECUTE format('DROP TABLE %I CASCADE', name);
       END LOOP; END $$`,
    database,
  );
  await sleep(SETTLE_MS);
}
