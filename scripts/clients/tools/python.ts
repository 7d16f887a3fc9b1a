/** Migration tools written in Python. */
import { migrationRun } from '../migration.js';
import { pythonPackages } from '../registries.js';
import { MIGRATION_RULES } from '../rule-sets.js';
import type { Tool } from '../tool.js';
import * as versions from '../versions.js';

const alembic: Tool = {
  name: 'alembic',
  about: 'Python, SQLAlchemy by psycopg 3; all migrations in one transaction, reads the schema back',
  rules: MIGRATION_RULES,
  usual: true,
  prepare: async (kit) => {
    const packages = await pythonPackages(kit.cache, 'alembic', versions.ALEMBIC);
    const commands = [
      ['upgrade', 'head'],
      ['current'],
      ['upgrade', 'head'],
      ['check'],
      ['downgrade', '-1'],
      ['upgrade', 'head'],
      ['downgrade', 'base'],
    ];
    return migrationRun(kit, {
      project: 'alembic',
      env: (_, folder) => ({ PYTHONPATH: `${packages}:${folder}`, PYTHONDONTWRITEBYTECODE: '1' }),
      steps: () =>
        commands.map((command, index) => ({
          name: `${index + 1} ${command.join(' ')}`,
          program: 'python3',
          args: ['-m', 'alembic', ...command],
        })),
    });
  },
};

const django: Tool = {
  name: 'django',
  about: 'Python, by psycopg 3; saves each object in a migration, runs tests in a database that it makes',
  databases: ['postgres'],
  created: ['test_app'],
  rules: MIGRATION_RULES,
  usual: true,
  prepare: async (kit) => {
    const packages = await pythonPackages(kit.cache, 'django', versions.DJANGO);
    const commands = [
      ['migrate'],
      ['showmigrations'],
      ['migrate'],
      ['makemigrations', '--check'],
      ['test', '--noinput'],
      ['inspectdb'],
      ['migrate', 'shop', '0001'],
      ['migrate'],
      ['flush', '--noinput'],
      ['migrate', 'shop', 'zero'],
    ];
    return migrationRun(kit, {
      project: 'django',
      env: (_, folder) => ({
        PYTHONPATH: `${packages}:${folder}`,
        PYTHONDONTWRITEBYTECODE: '1',
        DJANGO_SETTINGS_MODULE: 'settings',
      }),
      steps: () =>
        commands.map((command, index) => ({
          name: `${index + 1} ${command.join(' ')}`,
          program: 'python3',
          args: ['-m', 'django', ...command],
        })),
    });
  },
};

const dbt: Tool = {
  name: 'dbt',
  about: 'Python, by psycopg2; seeds, views, tables, incremental models, snapshots and tests, two threads',
  rules: MIGRATION_RULES,
  usual: true,
  prepare: async (kit) => {
    const packages = await pythonPackages(kit.cache, 'dbt', versions.DBT);
    const commands = [
      'debug',
      'seed',
      'run',
      'test',
      'snapshot',
      'run',
      'seed --full-refresh',
      'build',
      'docs generate',
    ];
    return migrationRun(kit, {
      project: 'dbt',
      env: () => ({ PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1', DO_NOT_TRACK: '1' }),
      // The id of a row of a snapshot and the name of an index are hashes that the time goes into; some need quotes.
      varying: [/"?\b[0-9a-f]{32}\b"?/g],
      steps: () =>
        commands.map((command, index) => ({
          name: `${index + 1} ${command}`,
          program: 'python3',
          args: ['-m', 'dbt.cli.main', ...command.split(' '), '--profiles-dir', '.'],
        })),
    });
  },
};

export const PYTHON_TOOLS: readonly Tool[] = [alembic, django, dbt];
