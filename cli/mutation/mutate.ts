/** `policy test --mutate`: whether the tests notice small mistakes in the rules. */
import type { Bundle } from '../../src/engine/bundle/bundle.js';
import { annotation } from '../output/github.js';
import { junit } from '../output/junit.js';
import { readEquivalents } from './equivalents.js';
import { judge, percentCaught, type Judgement } from './judgement.js';
import { createTrials, type Trial } from './trial.js';
import { FINDING, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { startProgress } from '../output/progress.js';
import type { Project } from '../input/project.js';
import { count, paint, print, printJson, say } from '../output/terminal.js';
import type { TestFormat } from '../testing/report.js';

export interface MutateOptions {
  /** Only every nth mutant is tried: all if left out. */
  readonly every?: string;
  /** A file of mutants that mean the same as the rules, each with the reason. */
  readonly equivalent?: string;
  readonly format: TestFormat;
}

/** Exits 1 if less than `threshold` percent are caught. `threshold` is 100 by default. */
export function mutate(
  bundle: Bundle,
  { selects }: Pick<Project, 'selects'>,
  threshold: number | null,
  options: MutateOptions,
): ExitCode {
  const modules = bundle.modules.filter(({ source }) => selects(source.path));
  if (modules.length === 0) throw new UsageError('there is no rule to mutate', 'name rules, not only tests');
  const every = readEvery(options.every);
  const known = options.equivalent === undefined ? [] : readEquivalents(options.equivalent);
  const started = performance.now();
  const trials = tryAll(bundle, modules, every);
  const judgement = judge(trials, known);
  // With only a part of the mutants, it is unknown which entries of the list are needed.
  const whole = every === 1 && modules.length === bundle.modules.length;
  const stale = whole ? judgement.stale : [];
  const seconds = (performance.now() - started) / 1000;
  report(trials, { ...judgement, stale }, seconds, options);
  for (const { file, what } of stale)
    say(`${options.equivalent}: ${file}, \`${what}\`: no such mutant survives`);
  return percentCaught(judgement) >= (threshold ?? 100) && stale.length === 0 ? YES : FINDING;
}

function readEvery(written: string | undefined): number {
  if (written === undefined) return 1;
  const every = Number(written);
  if (Number.isInteger(every) && every >= 1) return every;
  throw new UsageError(
    `\`--every ${written}\` is not a number`,
    'write `--every 10` for a tenth of the mutants',
  );
}

function tryAll(bundle: Bundle, modules: Bundle['modules'], every: number): Trial[] {
  const trials = createTrials(bundle);
  const progress = startProgress('mutants', 'mutant');
  const all: Trial[] = [];
  for (const module of modules)
    for (const trial of trials(module, every)) {
      all.push(trial);
      progress.step(all.length);
    }
  progress.end();
  return all;
}

function report(
  trials: readonly Trial[],
  judgement: Judgement,
  seconds: number,
  { format }: MutateOptions,
): void {
  switch (format) {
    case 'json':
      printJson({ percent: percentCaught(judgement), ...judgement });
      return;
    case 'junit':
      print(
        junit(
          'policy test --mutate',
          trials.filter(isMutant).map((trial) => toCase(trial, judgement)),
        ),
      );
      return;
    case 'github':
      for (const trial of judgement.survivors) print(toAnnotation(trial));
      print(tally(judgement));
      return;
    case 'tap':
      throw new UsageError(
        '`--mutate` has no format `tap`',
        'it prints `pretty`, `json`, `junit` and `github`',
      );
    case 'pretty':
      for (const trial of judgement.survivors) print(`${describe(trial)}\n`);
      print(tally(judgement) + paint.dim(` (${aside(judgement)}; ${seconds.toFixed(0)} s)`));
  }
}

function isMutant({ outcome }: Trial): boolean {
  return outcome !== 'does not compile';
}

function describe({ file, line, what, changes }: Trial): string {
  const lines = changes.map(({ sign, text }) =>
    sign === '-' ? paint.red(`  - ${text}`) : paint.green(`  + ${text}`),
  );
  return [`${paint.bold(what)} ${paint.dim(`${file}:${line}`)}`, ...lines].join('\n');
}

function changeOf({ changes }: Trial): string {
  return changes.map(({ sign, text }) => `${sign} ${text}`).join('\n');
}

function toAnnotation(trial: Trial): string {
  const { file, line, what } = trial;
  const message = `no test notices this change\n${changeOf(trial)}`;
  return annotation({ severity: 'warning', file, line, title: what, message });
}

function toCase(trial: Trial, { survivors }: Judgement): Parameters<typeof junit>[1][number] {
  const { file, line, what } = trial;
  const detail = `${file}:${line}\n${changeOf(trial)}`;
  const failure = survivors.includes(trial) ? { message: 'no test notices this change', detail } : null;
  return { suite: file, name: `${what} at line ${line}`, seconds: 0, failure };
}

function tally(judgement: Judgement): string {
  const { caught, survivors } = judgement;
  const all = count(caught + survivors.length, 'mutant');
  return `${all}, ${caught} caught, ${survivors.length} survived: ${percentCaught(judgement)} %`;
}

function aside({ equivalent, stillborn }: Judgement): string {
  return `${equivalent} equivalent, ${stillborn} do not compile`;
}
