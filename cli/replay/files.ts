/** Replays recordings one after the other, and sums up the results. */
import { verifyRecording } from '../../src/audit/recording.js';
import { replayRecording, type ReplayOptions } from '../../src/replay/replay.js';
import { ReplayTally, type ReplaySummary } from '../../src/replay/summary.js';
import { startProgress } from '../output/progress.js';
import { unreadable } from '../input/rule-files.js';

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

export async function replayFiles(
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
  const against = base === undefined ? 'recorded' : `by the rules of ${base}`;
  return { files: files.length, refused, torn, summary: tally.summary(), against };
}

/** The chain is verified first, so that no decision of a changed file is counted. Returns how the file ends, if abnormally. */
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
