/** What a replay came to: commands counted, and those that change, brought together where they say the same. */
import { failsReplay } from './difference.js';
import type { ReplayedCommand } from './replay.js';

/** One change, however often it was found. */
export interface ChangedCommand {
  /** The first of them. */
  readonly replayed: ReplayedCommand;
  readonly times: number;
  /** Distinct sessions in which it was found. */
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
  /** Those that open first, each in the order of the recordings. */
  readonly changes: readonly ChangedCommand[];
}

interface Group {
  readonly first: ReplayedCommand;
  readonly sessions: Set<string>;
  times: number;
}

/** Takes replayed commands one by one, so that recordings of any number fit into memory: only changes are kept. */
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

/** Who did what where, and what changes. Neither when nor whether it was prepared first. */
function sameness({ subject, target, text, changes, before, after }: ReplayedCommand): string {
  const rules = [before, after].map((decision) => decision.rules.map(({ id }) => id));
  return JSON.stringify([subject, target, text, changes.map((change) => change.text), rules]);
}
