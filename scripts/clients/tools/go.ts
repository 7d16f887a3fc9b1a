/** Migration tools written in Go. */
import { join } from 'node:path';
import { migrationRun } from '../migration.js';
import { urlOf } from '../place.js';
import { goProgram } from '../registries.js';
import { MIGRATION_RULES } from '../rule-sets.js';
import { arrangeExtensions, script, writeSqlProject, type SqlFiles } from '../sql-project.js';
import type { Tool } from '../tool.js';
import * as versions from '../versions.js';

/** Goose splits a file into statements at semicolons, unless told not to. */
const gooseFiles: SqlFiles = ({ name, up, down }, number) => {
  const marked = (statements: readonly string[]): string =>
    statements
      .map((statement) => `-- +goose StatementBegin\n${statement};\n-- +goose StatementEnd\n`)
      .join('\n');
  return { [`${number}_${name}.sql`]: `-- +goose Up\n${marked(up)}\n-- +goose Down\n${marked(down)}` };
};

const goose: Tool = {
  name: 'goose',
  about: 'Go, by database/sql and pgx; each migration in a transaction',
  rules: MIGRATION_RULES,
  arrange: arrangeExtensions,
  usual: true,
  prepare: async (kit) => {
    const program = await goProgram(kit.cache, versions.GOOSE, versions.GOOSE_TAGS);
    return migrationRun(kit, {
      files: (folder) => writeSqlProject(folder, gooseFiles),
      steps: ({ login }, folder) =>
        ['up', 'status', 'up', 'down', 'redo', 'up', 'reset'].map((command, index) => ({
          name: `${index + 1} ${command}`,
          program,
          args: ['-dir', folder, 'postgres', urlOf(login), command],
        })),
    });
  },
};

const migrateFiles: SqlFiles = ({ name, up, down }, number) => ({
  [`${number}_${name}.up.sql`]: `BEGIN;\n${script(up)}COMMIT;\n`,
  [`${number}_${name}.down.sql`]: script(down),
});

/** One of its two drivers: lib/pq for `postgres`, pgx for `pgx5`. */
function golangMigrate(name: string, scheme: string, about: string): Tool {
  return {
    name,
    about,
    rules: MIGRATION_RULES,
    arrange: arrangeExtensions,
    usual: true,
    prepare: async (kit) => {
      const program = await goProgram(kit.cache, versions.MIGRATE, versions.MIGRATE_TAGS);
      const commands = [['up'], ['version'], ['up'], ['down', '1'], ['goto', '2'], ['up'], ['down', '-all']];
      return migrationRun(kit, {
        files: (folder) => writeSqlProject(join(folder, 'migrations'), migrateFiles),
        steps: ({ login }) =>
          commands.map((command, index) => ({
            name: `${index + 1} ${command.join(' ')}`,
            program,
            args: ['-path', 'migrations', '-database', urlOf(login, scheme), ...command],
          })),
      });
    },
  };
}

export const GO_TOOLS: readonly Tool[] = [
  goose,
  golangMigrate('golang-migrate', 'postgres', 'Go, by lib/pq; a file is one simple query'),
  golangMigrate('golang-migrate-pgx', 'pgx5', 'the same by pgx'),
];
