/**
 * The end of a session whose time is over.
 *
 *     noticeAt           endsAt                                   stopsAt
 *     ───┼──────────────────┼────────────────────────────────────────┼───▶
 *     NoticeResponse        nothing new begins; who is at rest       whatever is still under way is cancelled at
 *                           hears FATAL 28000 and is sent away,      the target, its transaction rolled back
 *                           others when their transaction has ended
 *
 * The guard holds to the same moments by its own clock. What is here is the manner of it: what was asked for before is
 * answered first, and a client that never says anything again is sent away as well. One timer a session.
 */
import { expiredMessage, noticeMessage, type Lifetime } from '../../../src/config/lifetime.js';
import type { Objection } from '../../../src/gateway/session.js';
import type { SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import { encodeReport } from '../wire/backend-codec.js';
import { Fatal } from '../wire/fatal.js';
import { BACKEND } from '../wire/messages.js';

/** invalid_authorization_specification. Not 28P01: nothing was wrong with the login. */
const EXPIRED = '28000';

/**
 * A client whose last transaction has just ended may send Terminate before it is told that it must end: many drivers report a
 * connection that the server closes as a program error.
 */
const GOODBYE_MS = 1000;

/** Timers run for at most 24 days. A changed clock is noticed when one fires. */
const SLEEP_MS_MAX = 10 * 60_000;

export class Expiry {
  readonly #lifetime: Lifetime;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #noticed = false;
  #noticeDue = false;
  /** The time was over when the timer fired. */
  #over = false;
  /** Something was under way when the time was over. */
  #worked = false;
  #goodbyeAt = Infinity;

  /** `ring` is called when there may be something to do. */
  constructor(lifetime: Lifetime, ring: () => void) {
    this.#lifetime = lifetime;
    this.#ring = ring;
  }

  start(): void {
    this.#wake();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #wake = (): void => {
    const now = Date.now();
    const { noticeAt, endsAt } = this.#lifetime;
    if (!this.#noticed && now >= noticeAt) this.#noticed = this.#noticeDue = true;
    this.#over = now >= endsAt;
    this.#sleep(now);
    if (this.#noticeDue || this.#over) this.#ring();
  };

  #sleep(now: number): void {
    clearTimeout(this.#timer);
    const { noticeAt, endsAt, stopsAt } = this.#lifetime;
    const next = Math.min(...[noticeAt, endsAt, this.#goodbyeAt, stopsAt].filter((moment) => moment > now));
    if (next === Infinity) return;
    this.#timer = setTimeout(this.#wake, Math.min(next - now, SLEEP_MS_MAX));
    this.#timer.unref();
  }

  /** Whether nothing new may begin any more. */
  get over(): boolean {
    return Date.now() >= this.#lifetime.endsAt;
  }

  /** Sends the notice, once, when it is time; it may stand between any two messages. */
  takeNotice(): Buffer | null {
    if (!this.#noticeDue) return null;
    this.#noticeDue = false;
    const now = Date.now();
    // The message for a client that is disconnected at once.
    if (now >= this.#lifetime.endsAt) return null;
    const fields = { S: 'NOTICE', V: 'NOTICE', C: '00000', M: noticeMessage(this.#lifetime, now) };
    return encodeReport(BACKEND.NoticeResponse, new Map(Object.entries(fields)));
  }

  /**
   * Why the session ends now; null if it goes on. Called after every turn, at no cost before the end. `underWay` says what
   * would be interrupted; null if nothing is.
   */
  verdict(underWay: () => string | null): Fatal | null {
    if (!this.#over) return null;
    const now = Date.now();
    const what = underWay();
    if (now >= this.#lifetime.stopsAt) return this.#stopped(what);
    if (what !== null) {
      this.#worked = true;
      this.#goodbyeAt = Infinity;
      return null;
    }
    if (!this.#worked) return this.#stopped(null);
    if (this.#goodbyeAt === Infinity) {
      this.#goodbyeAt = Math.min(now + GOODBYE_MS, this.#lifetime.stopsAt);
      this.#sleep(now);
    }
    return now < this.#goodbyeAt ? null : this.#fatal('what was under way when its time was over has ended');
  }

  /** The refusal for a command that would begin something after the time is over. */
  tooLate(): Fatal {
    return this.#fatal('a command came when the time of the session was over');
  }

  /** An open transaction may end, and a text of several statements must not end it and begin another. */
  objectionTo({ statements, error }: SqlAnalysis): Objection | null {
    const end = statements.findIndex(({ session }) => session.some(isEnd));
    const goesOn = end >= 0 && end < statements.length - 1;
    return (error === null && !goesOn) || !this.over ? null : LATE;
  }

  #stopped(what: string | null): Fatal {
    if (what === null) return this.#fatal('nothing was under way when its time was over');
    const seconds = Math.round((this.#lifetime.stopsAt - this.#lifetime.endsAt) / 1000);
    return this.#fatal(`${what} had not ended ${seconds} seconds after its time was over`);
  }

  #fatal(detail: string): Fatal {
    return new Fatal(EXPIRED, expiredMessage(this.#lifetime), 'expired', { detail });
  }
}

const LATE: Objection = {
  rule: 'gateway.expired',
  reason: 'the time of this session is over, and nothing begins after the end of its transaction',
  hint: 'send COMMIT or ROLLBACK by itself, and connect again with a new token',
};

function isEnd(change: SqlAnalysis['statements'][number]['session'][number]): boolean {
  if (change.kind !== 'transaction') return false;
  return change.verb === 'commit' || change.verb === 'rollback' || change.verb === 'prepare';
}
