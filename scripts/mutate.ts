/**
 * Whether the tests of the rule packs notice small mistakes:
 *
 *     npm run mutate -- [PATH…] [--every N]
 *
 * `policy test --mutate` with the list of those mutants of the packs that mean the same as the original. The exit code is 1 if less than 95 % are caught.
 */
import process from 'node:process';
import { loadBundle } from '../src/engine/bundle/bundle.js';
import { loadProtocols } from '../src/protocols/list.js';
import { projectOf } from '../cli/input/project.js';
import { mutate } from '../cli/mutation/mutate.js';

const wantedPercent = 95;
const equivalent = 'test/rules/equivalent-mutants.yaml';

async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf('--every');
  const every = at === -1 ? '1' : args[at + 1]!;
  const paths = args.filter((arg, index) => !arg.startsWith('--') && (at === -1 || index !== at + 1));
  await loadProtocols();
  const project = projectOf(paths.length === 0 ? ['rules'] : paths);
  return mutate(loadBundle(project.roots), project, wantedPercent, { every, equivalent, format: 'pretty' });
}

process.exitCode = await main(process.argv.slice(2));
