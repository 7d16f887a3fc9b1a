/**
 * What was decided of commands with the same meaning, in one session: a pipeline sends the same few commands by the
 * thousand. Only a decision that read neither text nor values nor the time is kept, and it holds under the same rules
 * and the same state of the target alone.
 */
import type { Decision } from '../engine/decision.js';
import type { Policy } from '../engine/policy.js';
import type { Meaning, Reading } from '../protocols/meaning.js';
import type { Command } from './session.js';

export interface Settled<Plan = unknown> {
  readonly decision: Decision;
  /** Null if the command is denied. */
  readonly plan: Plan | null;
  /** What the client can do about a refusal; left out if nothing is known. */
  readonly hint?: string | undefined;
}

/** Beside the meaning, all that a decision is made of. */
export interface Circumstances {
  readonly policy: Policy;
  readonly phase: Command<unknown>['phase'];
  readonly enforces: Command<unknown>['enforces'];
}

interface Known extends Circumstances {
  /** Null: it reads what varies, and must be made anew each time. */
  readonly settled: Settled | null;
}

/** Of one session; what is known of a meaning is forgotten with it, and all of it when there is too much. */
const MEANINGS_MAX = 500;
/** A meaning comes in a few phases, under the rules of before and after a reload. */
const KNOWN_MAX = 8;
/** Plans hold the state of the target of their time. */
const READINGS_MAX = 32;

type Key = Pick<Meaning, 'key' | 'reading'>;

export class KnownVerdicts {
  #known = new WeakMap<object, Known[]>();
  #meanings = 0;
  #since: Reading | null = null;

  /** Undefined if it was not made before; null if it cannot be kept. */
  find<Plan>(meaning: Meaning<Plan>, now: Circumstances): Settled<Plan> | null | undefined;
  find(meaning: Key, now: Circumstances): Settled | null | undefined {
    this.#startOver(meaning.reading);
    return this.#known.get(meaning.key)?.find((known) => isSame(known, now))?.settled;
  }

  keep(meaning: Key, circumstances: Circumstances, settled: Settled | null): void {
    let known = this.#known.get(meaning.key);
    if (known === undefined) {
      if (++this.#meanings > MEANINGS_MAX) {
        this.#known = new WeakMap();
        this.#meanings = 1;
      }
      this.#known.set(meaning.key, (known = []));
    }
    if (known.length >= KNOWN_MAX) known.shift();
    known.push({ ...circumstances, settled });
  }

  /**
   * The same key means the same under every reading of a family. Under another nothing of before holds, and what is kept
   * would keep old ones in memory.
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
