/** The results of all mutants. */
import type { Trial } from './trial.js';

/** A mutant that no test can catch, because it means the same. */
export interface Equivalent {
  readonly file: string;
  readonly what: string;
  /** What the change takes away and puts in its place, each line with its sign, as the run prints them. */
  readonly change: readonly string[];
  readonly reason: string;
}
export interface Judgement {
  readonly caught: number;
  readonly survivors: readonly Trial[];
  readonly equivalent: number;
  readonly stillborn: number;
  /** Entries of the list that no survivor needs. */
  readonly stale: readonly Equivalent[];
}

export function judge(trials: readonly Trial[], known: readonly Equivalent[]): Judgement {
  const survivors = trials.filter(({ outcome }) => outcome === 'survived');
  const needed = new Set(survivors.map(keyOfTrial));
  const listed = new Set(known.map(keyOf));
  const open = survivors.filter((trial) => !listed.has(keyOfTrial(trial)));
  return {
    caught: trials.filter(({ outcome }) => outcome === 'caught').length,
    survivors: open,
    equivalent: survivors.length - open.length,
    stillborn: trials.filter(({ outcome }) => outcome === 'does not compile').length,
    stale: known.filter((entry) => !needed.has(keyOf(entry))),
  };
}

/** Never rounded up. */
export function percentCaught({ caught, survivors }: Judgement): number {
  const all = caught + survivors.length;
  return all === 0 ? 100 : Math.floor((caught / all) * 1000) / 10;
}

function keyOf({ file, what, change }: Equivalent): string {
  return JSON.stringify([file, what, change.map((line) => line.replace(/\s+/g, ' ').trim())]);
}

function keyOfTrial({ file, what, changes }: Trial): string {
  return keyOf({ file, what, change: changes.map(({ sign, text }) => `${sign} ${text}`), reason: '' });
}
