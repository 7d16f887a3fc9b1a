/** ActiveRecord, as Debian has it. */
import { migrationRun } from '../migration.js';
import { need } from '../programs.js';
import { MIGRATION_RULES } from '../rule-sets.js';
import type { Tool } from '../tool.js';

const activerecord: Tool = {
  name: 'activerecord',
  about: 'Ruby, by libpq; migrations of Rails under an advisory lock, objects saved one by one',
  instead: 'the whole of Rails: its migrations are ActiveRecord’s, which Debian has',
  rules: MIGRATION_RULES,
  usual: true,
  prepare: async (kit) => {
    await need('activerecord');
    const commands = ['up', 'status', 'up', 'models', 'rollback', 'up', 'down'];
    return migrationRun(kit, {
      project: 'activerecord',
      steps: () =>
        commands.map((command, index) => ({
          name: `${index + 1} ${command}`,
          program: '/usr/bin/ruby',
          args: ['migrate.rb', command],
        })),
    });
  },
};

export const RUBY_TOOLS: readonly Tool[] = [activerecord];
