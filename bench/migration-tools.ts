/** The tools that run a hundred migrations, each installed once and with a project of its own. */
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { openCache } from '../scripts/clients/cache.js';
import type { Cache } from '../scripts/clients/cache.js';
import { libpqEnvironment, urlOf, type Login } from '../scripts/clients/place.js';
import { goProgram, javaProgram, pythonPackages } from '../scripts/clients/registries.js';
import * as versions from '../scripts/clients/versions.js';
import { mustRun } from '../scripts/pgsuites/command.js';
import {
  alembicProject,
  djangoProject,
  flywayProject,
  gooseProject,
  migrateProject,
  migrations,
  writeProject,
} from './migrations.js';

export interface MigrationTool {
  readonly name: string;
  /** How many times as long as direct it may take. */
  readonly goal: number;
  /** One after the other, in a database that has none of it. */
  readonly steps: readonly MigrationStep[];
}

export interface MigrationStep {
  readonly what: 'up' | 'down';
  readonly run: (login: Login) => Promise<unknown>;
}

const GOALS = { fast: 2, slow: 1.3 };

/** `folder` is for their projects. */
export async function migrationTools(
  root: string,
  folder: string,
  wanted: readonly string[] | undefined,
): Promise<readonly MigrationTool[]> {
  const cache = openCache(root);
  const known = new Map<string, () => Promise<MigrationTool>>([
    ['node-postgres', () => Promise.resolve(nodePostgres())],
    ['goose', () => goose(cache, join(folder, 'goose'))],
    ['golang-migrate', () => golangMigrate(cache, join(folder, 'golang-migrate'))],
    ['flyway', () => flyway(root, cache, join(folder, 'flyway'))],
    ['alembic', () => alembic(cache, join(folder, 'alembic'))],
    ['django', () => django(cache, join(folder, 'django'))],
  ]);
  const tools: MigrationTool[] = [];
  for (const name of wanted ?? known.keys()) {
    const make = known.get(name);
    if (make === undefined)
      throw new Error(`unknown tool \`${name}\`: there are ${[...known.keys()].join(', ')}`);
    tools.push(await make());
  }
  return tools;
}

/** The least that a tool can do: each migration and its line in a table, in a transaction. */
function nodePostgres(): MigrationTool {
  const each = async (login: Login, what: 'up' | 'down'): Promise<void> => {
    const { ca, ...parts } = login;
    const client = new pg.Client({ ...parts, ssl: { ca: readFileSync(ca, 'utf8') } });
    await client.connect();
    await client.query('CREATE TABLE IF NOT EXISTS applied (name text PRIMARY KEY)');
    const all = what === 'up' ? migrations() : [...migrations()].reverse();
    const note = what === 'up' ? 'INSERT INTO applied VALUES ($1)' : 'DELETE FROM applied WHERE name = $1';
    for (const migration of all) {
      await client.query('BEGIN');
      await client.query(migration[what]);
      await client.query(note, [migration.name]);
      await client.query('COMMIT');
    }
    await client.end();
  };
  return {
    name: 'node-postgres',
    goal: GOALS.fast,
    steps: [
      { what: 'up', run: (login) => each(login, 'up') },
      { what: 'down', run: (login) => each(login, 'down') },
    ],
  };
}

async function goose(cache: Cache, folder: string): Promise<MigrationTool> {
  const program = await goProgram(cache, versions.GOOSE, versions.GOOSE_TAGS);
  await writeProject(folder, gooseProject(migrations()));
  const run =
    (command: string) =>
    (login: Login): Promise<unknown> =>
      mustRun(program, ['-dir', folder, 'postgres', urlOf(login), command]);
  return {
    name: 'goose',
    goal: GOALS.fast,
    steps: [
      { what: 'up', run: run('up') },
      { what: 'down', run: run('reset') },
    ],
  };
}

async function golangMigrate(cache: Cache, folder: string): Promise<MigrationTool> {
  const program = await goProgram(cache, versions.MIGRATE, versions.MIGRATE_TAGS);
  await writeProject(folder, migrateProject(migrations()));
  const run =
    (...command: readonly string[]) =>
    (login: Login): Promise<unknown> =>
      mustRun(program, ['-path', folder, '-database', urlOf(login), ...command]);
  return {
    name: 'golang-migrate',
    goal: GOALS.fast,
    steps: [
      { what: 'up', run: run('up') },
      { what: 'down', run: run('down', '-all') },
    ],
  };
}

/** What it gives away for nothing does not go down. */
async function flyway(root: string, cache: Cache, folder: string): Promise<MigrationTool> {
  const source = join(root, 'scripts', 'clients', 'projects', 'flyway', 'Flyway.java');
  const text = await readFile(source, 'utf8');
  const classPath = await javaProgram(cache, 'flyway', versions.FLYWAY, [source], [text]);
  await writeProject(folder, flywayProject(migrations()));
  const run = (login: Login): Promise<unknown> =>
    mustRun('java', ['-cp', classPath, 'Flyway', 'migrate', folder], { env: libpqEnvironment(login) });
  return { name: 'flyway', goal: GOALS.slow, steps: [{ what: 'up', run }] };
}

async function alembic(cache: Cache, folder: string): Promise<MigrationTool> {
  const packages = await pythonPackages(cache, 'alembic', versions.ALEMBIC);
  await writeProject(folder, alembicProject(migrations()));
  const run =
    (...command: readonly string[]) =>
    (login: Login): Promise<unknown> =>
      mustRun('python3', ['-m', 'alembic', ...command], {
        cwd: folder,
        env: { ...libpqEnvironment(login), PYTHONPATH: packages },
      });
  return {
    name: 'alembic',
    goal: GOALS.slow,
    steps: [
      { what: 'up', run: run('upgrade', 'head') },
      { what: 'down', run: run('downgrade', 'base') },
    ],
  };
}

async function django(cache: Cache, folder: string): Promise<MigrationTool> {
  const packages = await pythonPackages(cache, 'django', versions.DJANGO);
  await writeProject(folder, djangoProject(migrations()));
  const run =
    (...command: readonly string[]) =>
    (login: Login): Promise<unknown> =>
      mustRun('python3', ['-m', 'django', 'migrate', ...command], {
        cwd: folder,
        env: {
          ...libpqEnvironment(login),
          PYTHONPATH: `${packages}:${folder}`,
          DJANGO_SETTINGS_MODULE: 'settings',
        },
      });
  return {
    name: 'django',
    goal: GOALS.slow,
    steps: [
      { what: 'up', run: run() },
      { what: 'down', run: run('things', 'zero') },
    ],
  };
}
