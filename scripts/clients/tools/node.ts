/** Migration tools written in JavaScript, all by node-postgres. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrationRun, type Step } from '../migration.js';
import { nodePackages } from '../registries.js';
import { MIGRATION_RULES } from '../rule-sets.js';
import { arrangeExtensions, script, SQL_MIGRATIONS, writeSqlProject } from '../sql-project.js';
import type { Tool } from '../tool.js';
import * as versions from '../versions.js';

interface NodeTool {
  readonly name: string;
  readonly about: string;
  readonly instead?: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Files beside those of the project. */
  readonly files?: (folder: string) => Promise<void>;
  /** A script of the project or of a package, with what it is told. */
  readonly commands: readonly (readonly [string, ...string[]])[];
}

function nodeTool({ name, about, instead, packages, files, commands }: NodeTool): Tool {
  return {
    name,
    about,
    ...(instead === undefined ? {} : { instead }),
    rules: MIGRATION_RULES,
    arrange: arrangeExtensions,
    usual: true,
    prepare: async (kit) => {
      const modules = await nodePackages(kit.cache, name, packages);
      const steps = commands.map((args, index): Step => ({
        name: `${index + 1} ${[args[0].slice(args[0].lastIndexOf('/') + 1), ...args.slice(1)].join(' ')}`,
        program: process.execPath,
        args,
      }));
      const written = files === undefined ? {} : { files };
      return migrationRun(kit, { project: name, modules, steps: () => steps, ...written });
    },
  };
}

const KNEX = 'node_modules/knex/bin/cli.js';
const SEQUELIZE = 'node_modules/sequelize-cli/lib/sequelize';
const TYPEORM = 'node_modules/typeorm/cli.js';

const DRIZZLE = 'node_modules/drizzle-kit/bin.cjs';

/** As `drizzle-kit generate` writes them: statements with marks in between, and a journal. */
async function writeDrizzle(folder: string): Promise<void> {
  const tagOf = (name: string, number: number): string => `${String(number - 1).padStart(4, '0')}_${name}`;
  await writeSqlProject(join(folder, 'migrations'), ({ name, up }, number) => ({
    [`${tagOf(name, number)}.sql`]: up.join(';\n--> statement-breakpoint\n'),
  }));
  const entries = SQL_MIGRATIONS.map(({ name }, index) => ({
    idx: index,
    version: '7',
    when: 1_700_000_000_000 + index,
    tag: tagOf(name, index + 1),
    breakpoints: true,
  }));
  const journal = { version: '7', dialect: 'postgresql', entries };
  await mkdir(join(folder, 'migrations', 'meta'));
  await writeFile(join(folder, 'migrations', 'meta', '_journal.json'), JSON.stringify(journal));
}

/** A folder a migration, named so that the order is right. One has a function, which the adapter would cut in pieces. */
async function writePrisma(folder: string): Promise<void> {
  await writeSqlProject(
    join(folder, 'migrations'),
    ({ name, up }, number) => ({ [`2026010100000${number}_${name}/migration.sql`]: script(up) }),
    SQL_MIGRATIONS.filter(({ name }) => name !== 'history'),
  );
}

export const NODE_TOOLS: readonly Tool[] = [
  nodeTool({
    name: 'knex',
    about: 'JavaScript; each migration in a transaction, under a lock in a table',
    packages: versions.KNEX,
    commands: [
      [KNEX, 'migrate:latest'],
      [KNEX, 'migrate:status'],
      [KNEX, 'migrate:latest'],
      [KNEX, 'migrate:down'],
      [KNEX, 'migrate:up'],
      [KNEX, 'migrate:rollback', '--all'],
    ],
  }),
  nodeTool({
    name: 'sequelize',
    about: 'JavaScript; migrations, and models that find or create rows by a function of their own',
    packages: versions.SEQUELIZE,
    commands: [
      [SEQUELIZE, 'db:migrate'],
      [SEQUELIZE, 'db:migrate:status'],
      [SEQUELIZE, 'db:migrate'],
      ['models.cjs', 'up'],
      ['models.cjs', 'down'],
      [SEQUELIZE, 'db:migrate:undo'],
      [SEQUELIZE, 'db:migrate:undo:all'],
    ],
  }),
  nodeTool({
    name: 'typeorm',
    about: 'JavaScript; migrations, entities, and the schema compared with them',
    packages: versions.TYPEORM,
    commands: [
      [TYPEORM, 'migration:run', '-d', 'data-source.cjs'],
      [TYPEORM, 'migration:show', '-d', 'data-source.cjs'],
      [TYPEORM, 'migration:run', '-d', 'data-source.cjs'],
      ['entities.cjs'],
      [TYPEORM, 'schema:sync', '-d', 'data-source.cjs'],
      [TYPEORM, 'schema:log', '-d', 'data-source.cjs'],
      [TYPEORM, 'schema:drop', '-d', 'data-source.cjs'],
    ],
  }),
  nodeTool({
    name: 'drizzle',
    about: 'JavaScript; all migrations in one transaction, and the schema read back',
    packages: versions.DRIZZLE,
    files: writeDrizzle,
    commands: [
      [DRIZZLE, 'migrate', '--config=drizzle.config.cjs'],
      [DRIZZLE, 'migrate', '--config=drizzle.config.cjs'],
      ['queries.cjs'],
      [DRIZZLE, 'pull', '--config=drizzle.config.cjs'],
    ],
  }),
  nodeTool({
    name: 'prisma',
    about: 'JavaScript; the engine of `prisma migrate` as WebAssembly, by node-postgres',
    instead: 'its command line, which downloads the engine as a program that no registry has',
    packages: versions.PRISMA,
    files: writePrisma,
    commands: [
      ['engine.mjs', 'deploy'],
      ['engine.mjs', 'status'],
      ['engine.mjs', 'deploy'],
      ['engine.mjs', 'reset'],
    ],
  }),
];
