/** The result of a replay: the number of commands, and the changes, grouped if they are the same. */
import { failsReplay } from './difference.js';
import type { ReplayedCommand } from './replay.js';

/** One change, with all its occurrences. */
export interface ChangedCommand {
  /** The first occurrence. */
  readonly replayed: ReplayedCommand;
  readonly times: number;
  /** The number of distinct sessions with this change. */
  readonly sessions: number;
  /** Somebody may do or see more than before. */
  readonly opens: boolean;
}

export interface ReplaySummary {
  readonly commands: number;
  /** Commands, not groups. */
  readonly changed: number;
  readonly opened: number;
  readonly closed: number;
  /** Opening changes first, each kind in the order of the recordings. */
  readonly changes: readonly ChangedCommand[];
}

interface Group {
  readonly first: ReplayedCommand;
  readonly sessions: Set<string>;
  times: number;
}

/** Takes replayed commands one by one and keeps only changes, so that any number of recordings fits into memory. */
export class ReplayTally {
  readonly #groups = new Map<string, Group>();
  #commands = 0;

  add(replayed: ReplayedCommand): void {
    this.#commands++;
    if (replayed.changes.length === 0) return;
    const key = sameness(replayed);
    const group = this.#groups.get(key) ?? { first: replayed, sessions: new Set(), times: 0 };
    group.times++;
    group.sessions.add(replayed.session);
    this.#groups.set(key, group);
  }

  summary(): ReplaySummary {
    const changes = [...this.#groups.values()].map(({ first, sessions, times }) => ({
      replayed: first,
      times,
      sessions: sessions.size,
      opens: first.changes.some(failsReplay),
    }));
    const times = (wanted: (one: ChangedCommand) => boolean): number =>
      changes.filter(wanted).reduce((sum, one) => sum + one.times, 0);
    return {
      commands: this.#commands,
      changed: times(() => true),
      opened: times(({ opens }) => opens),
      closed: times(
        ({ opens, replayed }) => !opens && replayed.changes.some(({ direction }) => direction === 'closes'),
      ),
      changes: changes.sort((one, other) => Number(other.opens) - Number(one.opens)),
    };
  }
}

/** The grouping key: who did what where, and what changes; neither when nor in which phase. */
function sameness({ subject, target, text, changes, before, after }: ReplayedCommand): string {
  const rules = [before, after].map((decision) => decision.rules.map(({ id }) => id));
  return JSON.stringify([subject, target, text, changes.map((change) => change.text), rules]);
}
