/**
 * What was decided of commands with the same meaning, in one session: a pipeline sends the same few statements by the
 * thousand. Only a judgement that read neither text nor values nor the time is kept, and it holds under the same rules
 * and catalogue alone.
 */
import type { Decision } from '../engine/decision.js';
import type { Policy } from '../engine/policy.js';
import type { SqlAnalysis } from '../facts/sql/scope/analysis.js';
import { memberOf, type Member } from '../facts/sql/catalogue/family.js';
import type { Catalogue } from '../facts/sql/catalogue/catalogue.js';
import type { MaskPlan } from '../masking/sql/plan.js';
import type { Command } from './session.js';

export interface Judgement {
  readonly decision: Decision;
  readonly masks: readonly MaskPlan[];
  /** What the client can do about a refusal; left out where nothing is known. */
  readonly hint?: string;
}

/** Beside the meaning, all that a judgement is made of. */
export interface Circumstances {
  readonly policy: Policy;
  readonly phase: Command['phase'];
  readonly enforces: Command['enforces'] | undefined;
}

interface Known extends Circumstances {
  /** Null: it reads what varies, and must be made anew each time. */
  readonly judgement: Judgement | null;
}

/** Of one session; what is known of a meaning is forgotten with it, and all of it when there is too much. */
const MEANINGS_MAX = 500;
/** A meaning comes in a few phases, under the rules of before and after a reload. */
const KNOWN_MAX = 8;
/** Plans of masks hold the catalogue of their time. */
const READINGS_MAX = 32;

export class KnownJudgements {
  #known = new WeakMap<SqlAnalysis['statements'], Known[]>();
  #meanings = 0;
  #since: Member | null = null;

  /** Undefined if it was not made before; null if it cannot be kept. */
  find(
    statements: SqlAnalysis['statements'],
    catalogue: Catalogue,
    now: Circumstances,
  ): Judgement | null | undefined {
    this.#startOver(catalogue);
    return this.#known.get(statements)?.find((known) => isSame(known, now))?.judgement;
  }

  keep(
    statements: SqlAnalysis['statements'],
    circumstances: Circumstances,
    judgement: Judgement | null,
  ): void {
    let known = this.#known.get(statements);
    if (known === undefined) {
      if (++this.#meanings > MEANINGS_MAX) {
        this.#known = new WeakMap();
        this.#meanings = 1;
      }
      this.#known.set(statements, (known = []));
    }
    if (known.length >= KNOWN_MAX) known.shift();
    known.push({ ...circumstances, judgement });
  }

  /**
   * The same statements mean the same under every catalogue of a family. Under another nothing of before holds, and what is kept
   * would keep old ones in memory.
   */
  #startOver(catalogue: Catalogue): void {
    const member = memberOf(catalogue);
    const { family, reading } = this.#since ?? {};
    if (member.family === family && member.reading - reading! < READINGS_MAX) return;
    this.#since = member;
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
