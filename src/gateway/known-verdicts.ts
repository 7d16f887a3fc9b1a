/**
 * Caches verdicts by meaning within one session: a pipeline sends the same few commands thousands of times. Only
 * decisions that read neither text nor values nor the time are kept, and they hold only under the same rules and the
 * same state of the target.
 */
import type { Decision } from '../engine/decision.js';
import type { Policy } from '../engine/policy.js';
import type { Meaning, Reading } from '../protocols/meaning.js';
import type { Command } from './session.js';

export interface Planned<Plan = unknown> {
  readonly decision: Decision;
  /** Null if the command is denied. */
  readonly plan: Plan | null;
  /** What the client can do about a refusal; omitted if there is nothing to suggest. */
  readonly hint?: string | undefined;
}

/** Everything besides the meaning that a decision depends on. */
export interface Circumstances {
  readonly policy: Policy;
  readonly phase: Command<unknown>['phase'];
  readonly enforces: Command<unknown>['enforces'];
}

interface Known extends Circumstances {
  /** Null: the decision reads varying parts and must be made each time. */
  readonly planned: Planned | null;
}

/** How many meanings one session keeps. Verdicts are dropped with their meaning, and all of them beyond this number. */
const MEANINGS_MAX = 500;
/** How many verdicts one meaning keeps: a few phases, under the rules before and after a reload. */
const KNOWN_MAX = 8;
/** How many readings of the target are kept, because plans reference theirs. */
const READINGS_MAX = 32;

type Key = Pick<Meaning, 'key' | 'reading'>;

export class KnownVerdicts {
  #known = new WeakMap<object, Known[]>();
  #meanings = 0;
  #since: Reading | null = null;

  /** Undefined if it was not made before; null if it cannot be kept. */
  find<Plan>(meaning: Meaning<Plan>, now: Circumstances): Planned<Plan> | null | undefined;
  find(meaning: Key, now: Circumstances): Planned | null | undefined {
    this.#startOver(meaning.reading);
    return this.#known.get(meaning.key)?.find((known) => isSame(known, now))?.planned;
  }

  keep(meaning: Key, circumstances: Circumstances, planned: Planned | null): void {
    let known = this.#known.get(meaning.key);
    if (known === undefined) {
      if (++this.#meanings > MEANINGS_MAX) {
        this.#known = new WeakMap();
        this.#meanings = 1;
      }
      this.#known.set(meaning.key, (known = []));
    }
    if (known.length >= KNOWN_MAX) known.shift();
    known.push({ ...circumstances, planned });
  }

  /**
   * A key means the same under every reading of a family. A new family invalidates everything, and kept entries would
   * keep old readings in memory.
   */
  #startOver(now: Reading | null): void {
    if (now === null) return;
    const { family, reading } = this.#since ?? {};
    if (now.family === family && now.reading - reading! < READINGS_MAX) return;
    this.#since = now;
    this.#known = new WeakMap();
    this.#meanings = 0;
  }
}

function isSame(known: Circumstances, now: Circumstances): boolean {
  return known.policy === now.policy && known.phase === now.phase && sameLimits(known.enforces, now.enforces);
}

function sameLimits(known: Circumstances['enforces'], now: Circumstances['enforces']): boolean {
  if (known === now) return true;
  return known?.length === now?.length && known?.every((limit, at) => limit === now?.[at]) === true;
}
