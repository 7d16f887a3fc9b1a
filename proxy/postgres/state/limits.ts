/**
 * Enforces the limits of a decision while the result streams: rows and bytes are counted, seconds are timed. The excess is not
 * shown, the target is asked to cancel, and the client gets an error in place of the rest.
 */
import type { Decision, Limits } from '../../../src/engine/decision.js';
import type { AnalysedStatement } from '../../../src/facts/sql/scope/analysis.js';
import type { SqlCommand } from './sql-session.js';
import { Unsearched } from '../../../src/masking/methods.js';
import type { Link } from './link.js';
import type { MessageWriter } from '../wire/message-writer.js';
import { REFUSED } from './refusal.js';
import type { Untold } from '../masks/row-mask.js';
import type { Run, RunLimits } from './run.js';

/** program_limit_exceeded. */
const OVER_LIMIT = '54000';

const ALL: readonly (keyof Limits)[] = ['rows', 'bytes', 'seconds'];
const SIZES: readonly (keyof Limits)[] = ['rows', 'bytes'];
const NONE: readonly (keyof Limits)[] = [];
/** A command that waits behind another would not be the one that is cancelled. */
const WAIT_MS = 20;

/**
 * The limits that can be enforced on a command. Half of a text of several statements, or a write that went through, must not
 * look like a failure: there a limit refuses the command. A command that returns nothing is under every limit on results.
 */
export function enforceable({
  phase,
  analysis,
}: Pick<SqlCommand, 'phase' | 'analysis'>): readonly (keyof Limits)[] {
  const { statements, error } = analysis;
  if (phase === 'prepare') return ALL;
  if (error !== null) return NONE;
  const alone = statements.length === 1;
  if (statements.every(isSilent)) return alone ? ALL : SIZES;
  return alone && statements.every(isRead) ? ALL : NONE;
}

function isSilent({ output, copy }: AnalysedStatement): boolean {
  return output.kind === 'none' && copy?.direction !== 'out';
}

function isRead({ effects }: AnalysedStatement): boolean {
  for (const effect of effects) if (effect !== 'read') return false;
  return true;
}

/** Null if there is no limit. */
export function limitsOf({ limits, rules }: Decision): RunLimits | null {
  const { rows, bytes, seconds } = limits;
  if (rows === undefined && bytes === undefined && seconds === undefined) return null;
  const named = rules.filter(({ effect }) => effect === 'limit').map(({ id }) => id);
  return { ...limits, rules: named.join(', ') };
}

/** Whether the next message may still be shown; if not, the command is stopped. `bytes` is the size of the message. */
export function mayPass(link: Link, run: Run, rows: number, bytes: number): boolean {
  const { limits } = run;
  if (limits === null) {
    if (run.stopped !== null) run.cut = true;
    return run.stopped === null;
  }
  const rowsShown = run.rows + rows + (run.shown?.rows ?? 0);
  const bytesShown = run.bytes + bytes + (run.shown?.bytes ?? 0);
  if (limits.rows !== undefined && rowsShown > limits.rows) stop(link, run, `${limits.rows} rows`);
  else if (limits.bytes !== undefined && bytesShown > limits.bytes) stop(link, run, `${limits.bytes} bytes`);
  if (run.stopped !== null) run.cut = true;
  return run.stopped === null;
}

/** The command ended before the target received the cancel request, and its whole result was shown: it ended well. */
export function wasCut(run: Run): boolean {
  if (run.stopped === null || run.cut) return run.cut;
  run.stopped = null;
  run.failure = null;
  return false;
}

/** Starts the command's time limit. */
export function startClock(link: Link, run: Run): void {
  const seconds = run.limits?.seconds;
  if (seconds === undefined) return;
  const ring = (): void => {
    const { head } = link.pipeline;
    const atWork = (head?.kind === 'query' || head?.kind === 'execute') && head.run === run;
    if (atWork) stop(link, run, `${seconds} seconds`);
    else if (link.pipeline.holds(run)) run.clock = setTimeout(ring, WAIT_MS);
  };
  run.clock = setTimeout(ring, seconds * 1000);
}

export function stopClock(run: Run | null): void {
  if (run !== null && run.clock !== null) clearTimeout(run.clock);
}

/** Nothing of the result may be shown, since it is unknown which of its parts are masked. */
export function stopUntold(link: Link, run: Run, { rule, reason }: Untold): void {
  stopWith(link, run, REFUSED, `denied by ${rule}: ${reason}`);
}

/** Writes a row. If it is unknown whether a mask applies to the row, the result ends: false. */
export function orStop(link: Link, run: Run, writer: MessageWriter, write: () => void): boolean {
  try {
    write();
    return true;
  } catch (error) {
    if (!(error instanceof Unsearched)) throw error;
    writer.cancel();
    stopUntold(link, run, error);
    run.rows--;
    run.cut = true;
    return false;
  }
}

function stop(link: Link, run: Run, most: string): void {
  stopWith(link, run, OVER_LIMIT, `stopped by ${run.limits!.rules}: more than ${most}`);
}

function stopWith(link: Link, run: Run, sqlstate: string, message: string): void {
  if (run.stopped !== null) return;
  run.stopped = message;
  run.failure = { sqlstate, message };
  link.cancel();
}
