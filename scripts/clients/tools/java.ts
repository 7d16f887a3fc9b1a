/** Migration tools written in Java, each behind a small program of ours. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrationRun } from '../migration.js';
import { javaProgram } from '../registries.js';
import { MIGRATION_RULES } from '../rule-sets.js';
import { arrangeExtensions, script, writeSqlProject, type SqlFiles } from '../sql-project.js';
import type { Kit, Tool } from '../tool.js';
import * as versions from '../versions.js';

/** A program of ours with the packages it needs: its class path. */
export async function ownProgram(
  { root, cache }: Pick<Kit, 'root' | 'cache'>,
  project: string,
  packages: readonly string[],
): Promise<string> {
  const name = `${project[0]!.toUpperCase()}${project.slice(1)}.java`;
  const source = join(root, 'scripts', 'clients', 'projects', project, name);
  return javaProgram(cache, project, packages, [source], [await readFile(source, 'utf8')]);
}

/** A migration in plain SQL is a transaction; Flyway's own table is kept under a lock. */
const flywayFiles: SqlFiles = ({ name, up }, number) => ({
  // `clean` drops extensions, too.
  'sql/V0__extensions.sql': 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";\n',
  [`sql/V${number}__${name}.sql`]: script(up),
});

const flyway: Tool = {
  name: 'flyway',
  about: 'Java, by pgJDBC; sets its role and search path, takes advisory locks',
  rules: MIGRATION_RULES,
  usual: true,
  prepare: async (kit) => {
    const classPath = await ownProgram(kit, 'flyway', versions.FLYWAY);
    return migrationRun(kit, {
      files: (folder) => writeSqlProject(folder, flywayFiles),
      // How many milliseconds a migration took stands in its table.
      varying: [/(?<=\tpostgres\t…\t)\d+(?=\t[tf]$)/gm],
      steps: () =>
        ['migrate', 'info', 'migrate', 'validate', 'clean', 'migrate'].map((command, index) => ({
          name: `${index + 1} ${command}`,
          program: 'java',
          args: ['-cp', classPath, 'Flyway', command, 'sql'],
        })),
    });
  },
};

/** It splits a script into statements at semicolons, unless told not to. */
const liquibaseFiles: SqlFiles = ({ name, up, down }, number) => ({
  [`changes/${number}-${name}.sql`]: `--liquibase formatted sql

--changeset shop:${number} splitStatements:${String(!up.some((statement) => statement.includes('$$')))}
${script(up)}
--rollback ${script(down).replaceAll('\n', '\n--rollback ')}
`,
});

const liquibase: Tool = {
  name: 'liquibase',
  about: 'Java, by pgJDBC; asks for its tables before they exist, snapshots the schema',
  rules: MIGRATION_RULES,
  arrange: arrangeExtensions,
  usual: true,
  prepare: async (kit) => {
    const classPath = await ownProgram(kit, 'liquibase', versions.LIQUIBASE);
    const commands = [
      ['update'],
      ['status'],
      ['update'],
      ['validate'],
      ['snapshot'],
      ['rollback-count', '--count=2'],
      ['update'],
      ['rollback-count', '--count=7'],
    ];
    return migrationRun(kit, {
      project: 'liquibase',
      files: (folder) => writeSqlProject(folder, liquibaseFiles),
      // The id of a deployment is made of the time.
      varying: [/(?<=\t)\d{10}$/gm],
      steps: () =>
        commands.map((command, index) => ({
          name: `${index + 1} ${command.join(' ')}`,
          program: 'java',
          args: ['-cp', classPath, 'Liquibase', ...command],
        })),
    });
  },
};

export const JAVA_TOOLS: readonly Tool[] = [flyway, liquibase];
