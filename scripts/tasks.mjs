import { basename, join } from 'node:path';
import process from 'node:process';
import { build, ensureBundle } from './build.mjs';
import { check, checkBesideTests, code } from './check.mjs';
import { runInherited } from './command.mjs';
import { ensureDependencies } from './install.mjs';
import { runJest, writeOutcome } from './jest.mjs';
import { root } from './root.mjs';
import { ensureTools } from './tools.mjs';

const node = process.execPath;

/** What `npm run` can do. Each takes the arguments after `--` and resolves with its exit code. */
export const tasks = {
  async demo(args) {
    await ensureDependencies();
    await ensureBundle();
    return runInherited(node, [join(root, 'dist', 'policy.mjs'), 'demo', ...args]);
  },

  /** Everything that must hold before a change is merged. A failed check does not hide what the tests have to say. */
  async test(args) {
    await ensureDependencies();
    await ensureTools();
    await ensureBundle();
    process.stderr.write('Types, lint, layout and unused files are checked beside the tests.\n');
    const [outcome, failedChecks] = await Promise.all([runJest(args), checkBesideTests()]);
    writeOutcome({ ...outcome, failedChecks });
    return outcome.code === 0 && failedChecks.length === 0 ? 0 : 1;
  },

  /** Tests alone, for work on one of them: `npm run jest -- test/engine`. */
  async jest(args) {
    await ensureDependencies();
    await ensureBundle();
    return (await runJest(args)).code;
  },

  async lint() {
    await ensureDependencies();
    return (await check()).length === 0 ? 0 : 1;
  },

  async format() {
    await ensureDependencies();
    return runInherited(node, [
      'node_modules/prettier/bin/prettier.cjs',
      '--write',
      '--log-level',
      'warn',
      ...code,
    ]);
  },

  async build() {
    await ensureDependencies();
    await build(join(root, 'cli', 'main.ts'), join(root, 'dist', 'policy.mjs'));
    return 0;
  },

  bench: (args) => runSource('bench/main.ts', args),

  mutate: (args) => runSource('scripts/mutate.ts', args),

  conformance: (args) => runSource('scripts/conformance.ts', args),

  'test:pgsuites': (args) => runSource('scripts/pgsuites.ts', args),

  'test:clients': (args) => runSource('scripts/clients.ts', args),

  reference: () => runSource('scripts/reference.ts', []),
};

/** Bundles a program of ours and runs it. */
async function runSource(source, args) {
  await ensureDependencies();
  await ensureBundle();
  const program = join(root, 'dist', `${basename(source, '.ts')}.mjs`);
  await build(join(root, source), program);
  return runInherited(node, [program, ...args]);
}
