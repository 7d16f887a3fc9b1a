/**
 * Whether the tests of the rule packs notice small mistakes:
 *
 *     npm run mutate -- [PATH…] [--every N]
 *
 * Each mutant is the rules with one change. It is caught where a test fails; one that does not compile is no mutant. What
 * survives is printed with what changed, and the exit code is 1 where less than 95 % are caught. Mutants that mean the
 * same as the original are listed, with the reason, in `test/rules/equivalent-mutants.yaml`.
 */
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { parse } from 'yaml';
import { loadBundle } from '../src/engine/bundle.js';
import { loadSqlParser } from '../src/facts/sql/parser.js';
import { startProgress } from '../cli/progress.js';
import { count, paint, print } from '../cli/terminal.js';
import { judge, percentCaught, type Equivalent, type Judgement } from '../cli/mutation/judgement.js';
import { createTrials, type Trial } from '../cli/mutation/trial.js';

const wantedPercent = 95;
const equivalents = 'test/rules/equivalent-mutants.yaml';

async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf('--every');
  const every = at === -1 ? 1 : Number(args[at + 1]);
  const paths = args.filter((arg, index) => !arg.startsWith('--') && (at === -1 || index !== at + 1));
  await loadSqlParser();
  const started = performance.now();
  const trials = tryAll(paths.length === 0 ? ['rules'] : paths, every);
  const known = (parse(readFileSync(equivalents, 'utf8')) ?? []) as Equivalent[];
  const judgement = judge(trials, known);
  for (const trial of judgement.survivors) print(`${describe(trial)}\n`);
  const whole = every === 1 && paths.length === 0;
  return conclude(judgement, whole, (performance.now() - started) / 1000);
}

function tryAll(paths: readonly string[], every: number): Trial[] {
  const bundle = loadBundle(paths);
  const trials = createTrials(bundle);
  const progress = startProgress('mutants', 'mutant');
  const all: Trial[] = [];
  for (const module of bundle.modules)
    for (const trial of trials(module, every)) {
      all.push(trial);
      progress.step(all.length);
    }
  progress.end();
  return all;
}

function describe({ file, line, what, changes }: Trial): string {
  const lines = changes.map(({ sign, text }) =>
    sign === '-' ? paint.red(`  - ${text}`) : paint.green(`  + ${text}`),
  );
  return [`${paint.bold(what)} ${paint.dim(`${file}:${line}`)}`, ...lines].join('\n');
}

/** What the list holds and nothing needs any more is as wrong as what it lacks. */
function conclude(judgement: Judgement, whole: boolean, seconds: number): number {
  const { caught, survivors, equivalent, stillborn, stale } = judgement;
  const percent = percentCaught(judgement);
  for (const { file, what } of whole ? stale : [])
    print(`${equivalents}: ${file}, \`${what}\`: no such mutant survives`);
  print(
    `${count(caught + survivors.length, 'mutant')}, ${caught} caught, ${survivors.length} survived: ${percent} %` +
      paint.dim(` (${equivalent} equivalent, ${stillborn} do not compile; ${seconds.toFixed(0)} s)`),
  );
  return percent >= wantedPercent && (!whole || stale.length === 0) ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
