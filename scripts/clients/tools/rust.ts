/** The command line of sqlx, which takes minutes to build. */
import { join } from 'node:path';
import { migrationRun } from '../migration.js';
import { urlOf } from '../place.js';
import { cargoProgram } from '../registries.js';
import { MIGRATION_RULES } from '../rule-sets.js';
import { arrangeExtensions, script, writeSqlProject, type SqlFiles } from '../sql-project.js';
import type { Tool } from '../tool.js';
import * as versions from '../versions.js';

const files: SqlFiles = ({ name, up, down }, number) => ({
  [`${number}_${name}.up.sql`]: script(up),
  [`${number}_${name}.down.sql`]: script(down),
});

const sqlx: Tool = {
  name: 'sqlx',
  about: 'Rust; a file is one simple query in a transaction, under an advisory lock',
  rules: MIGRATION_RULES,
  arrange: arrangeExtensions,
  usual: false,
  prepare: async (kit) => {
    const program = await cargoProgram(kit.cache, versions.SQLX, versions.SQLX_FEATURES);
    const commands = ['run', 'info', 'run', 'revert', 'run', 'revert --target-version 0'];
    return migrationRun(kit, {
      files: (folder) => writeSqlProject(join(folder, 'migrations'), files),
      // How many nanoseconds a migration took stands in its table.
      varying: [/(?<=\t)\d+$/gm],
      steps: ({ login }) =>
        commands.map((command, index) => ({
          name: `${index + 1} ${command}`,
          program,
          args: ['migrate', ...command.split(' '), '--database-url', urlOf(login)],
        })),
    });
  },
};

export const RUST_TOOLS: readonly Tool[] = [sqlx];
