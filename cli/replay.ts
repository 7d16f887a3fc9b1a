/** `policy replay`: what would these rules have decided? */
import { loadSqlParser } from '../src/facts/sql/parser.js';
import { verifyRecording } from '../src/audit/recording.js';
import type { Policy } from '../src/engine/policy.js';
import { replayRecording, type ReplayOptions } from '../src/replay/replay.js';
import { ReplayTally, type ReplaySummary } from '../src/replay/summary.js';
import { catalogueFinder } from './catalogue-file.js';
import { rulesAt } from './git.js';
import { FINDING, UNUSABLE, UsageError, YES, type ExitCode } from './outcome.js';
import { startProgress } from './progress.js';
import { findRecordings } from './recordings.js';
import { replayReport, type ReplayFormat } from './replay-report.js';
import { orDefault, unreadable } from './rule-files.js';
import { loadRuleSet } from './rule-set.js';
import { print, say } from './terminal.js';

export interface ReplayCommandOptions {
  readonly rules?: readonly string[];
  readonly base?: string;
  readonly catalogue?: readonly string[];
  readonly accept?: boolean;
  readonly format: ReplayFormat;
}

/** A recording that cannot be trusted: nothing of it is counted. */
export interface RefusedRecording {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

export interface ReplayOutcome {
  readonly files: number;
  readonly refused: readonly RefusedRecording[];
  readonly torn: readonly string[];
  readonly summary: ReplaySummary;
  /** What the decisions are compared with, in words. */
  readonly against: string;
}

export async function replay(paths: readonly string[], options: ReplayCommandOptions): Promise<ExitCode> {
  const files = findRecordings(paths);
  if (files.length === 0)
    throw new UsageError('there is no recording here', 'recordings are `*.jsonl` files');
  await loadSqlParser();
  const { bundle, policy } = loadRuleSet(options.rules);
  const catalogue = catalogueFinder([...(options.catalogue ?? []), ...bundle.catalogues]);
  const outcome = await replayAll(
    files,
    { policy, base: basePolicy(options), catalogue: catalogue.find },
    options.base,
  );
  print(replayReport(outcome, options.format));
  for (const { file, line, problem } of outcome.refused) say(`${file}:${line}: not replayed: ${problem}`);
  for (const file of outcome.torn)
    say(`${file}: the last line is torn; what came before it is whole and counts`);
  for (const target of catalogue.missing()) {
    say(
      `there is no catalogue of \`${target}\`, so that \`*\` and unqualified names are not known: ` +
        `\`policy catalogue pull --target ${target} -o ${target}.catalogue.yaml\` and \`--catalogue\` make them so`,
    );
  }
  if (outcome.refused.length > 0) return UNUSABLE;
  return outcome.summary.opened > 0 && options.accept !== true ? FINDING : YES;
}

/** The chain is verified first, so that no decision of a changed file is counted. Gives how the file ends, if oddly. */
async function replayFile(
  file: string,
  options: ReplayOptions,
  tally: ReplayTally,
): Promise<'whole' | 'torn' | RefusedRecording> {
  const { broken, torn } = await verifyRecording(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (broken !== null) return { file, ...broken };
  for await (const step of replayRecording(file, options)) {
    if (step.kind === 'command') tally.add(step.replayed);
    if (step.kind === 'broken') return { file, line: step.line, problem: step.problem };
  }
  return torn ? 'torn' : 'whole';
}

function basePolicy({ base, rules }: ReplayCommandOptions): Policy | null {
  if (base === undefined) return null;
  const then = rulesAt(base, orDefault(rules));
  try {
    return loadRuleSet(then.paths).policy;
  } finally {
    then.dispose();
  }
}

export async function replayAll(
  files: readonly string[],
  options: ReplayOptions,
  base?: string,
): Promise<ReplayOutcome> {
  const tally = new ReplayTally();
  const refused: RefusedRecording[] = [];
  const torn: string[] = [];
  const progress = startProgress('replaying', 'recording');
  for (const [index, file] of files.entries()) {
    progress.step(index, files.length);
    const end = await replayFile(file, options, tally);
    if (end === 'torn') torn.push(file);
    else if (end !== 'whole') refused.push(end);
  }
  progress.end();
  const against = base === undefined ? 'then' : `by the rules of ${base}`;
  return { files: files.length, refused, torn, summary: tally.summary(), against };
}
