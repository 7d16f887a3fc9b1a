/** Programs of ours for drivers whose own tests are in no package. */
import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../pgsuites/command.js';
import { libpqEnvironment } from '../place.js';
import { nodePackages } from '../registries.js';
import { SUITE_RULES } from '../rule-sets.js';
import { ownProgram } from '../tools/java.js';
import type { Tool } from '../tool.js';
import * as versions from '../versions.js';
import { readChecks } from './printed.js';

const CHECKS_MS = 300_000;

function nodeChecks(name: string, about: string, packages: Readonly<Record<string, string>>): Tool {
  return {
    name,
    about,
    instead: 'its own tests, which are in no package',
    rules: SUITE_RULES,
    usual: true,
    prepare: async ({ root, cache }) => {
      const modules = await nodePackages(cache, name, packages);
      return async ({ login }, folder) => {
        const project = join(folder, 'project');
        await cp(join(root, 'scripts', 'clients', 'projects', name), project, { recursive: true });
        await symlink(join(modules, 'node_modules'), join(project, 'node_modules'));
        const options = { cwd: project, env: libpqEnvironment(login), timeoutMs: CHECKS_MS };
        const { printed } = await run(process.execPath, ['checks.mjs'], options);
        await writeFile(join(folder, 'printed.log'), printed);
        return readChecks(printed);
      };
    },
  };
}

const pgjdbc: Tool = {
  name: 'pgjdbc',
  about: 'a program of ours: four query modes, batches, cursors, COPY, LISTEN, metadata, large objects',
  instead: 'its own tests, which are in no package',
  rules: SUITE_RULES,
  usual: true,
  prepare: async (kit) => {
    const classPath = await ownProgram(kit, 'pgjdbc', versions.PGJDBC_PROGRAM);
    return async ({ login }, folder) => {
      const options = { env: libpqEnvironment(login), timeoutMs: CHECKS_MS };
      const { printed } = await run('java', ['-cp', classPath, 'Pgjdbc'], options);
      await writeFile(join(folder, 'printed.log'), printed);
      return readChecks(printed);
    };
  },
};

export const CHECKS: readonly Tool[] = [
  nodeChecks(
    'node-postgres',
    'a program of ours: statements, cursors, streams, COPY, LISTEN, pools',
    versions.PG,
  ),
  nodeChecks(
    'postgres-js',
    'a program of ours: pipelines, cursors, COPY, LISTEN, unprepared',
    versions.POSTGRES_JS,
  ),
  pgjdbc,
];
