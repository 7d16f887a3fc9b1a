/**
 * How often logins from an address have failed, and which addresses are locked out. A locked-out address is answered
 * slowly, and its failures are counted instead of recorded. It is not blocked, since many people and jobs share one
 * address behind a NAT: a valid token always works. No I/O and no clock.
 */
import { isIPv6 } from 'node:net';

const WINDOW_MS = 60_000;
/**
 * How many addresses are remembered; the one idle for longest is forgotten. An attacker with more could use each of
 * them only once anyway.
 */
const ADDRESSES_MAX = 10_000;
/** The pause between two answers to a locked-out address. */
const ANSWER_MS = 25;

export interface FailedLoginLimits {
  readonly failedLoginsPerMinute: number;
  /** 0: never. */
  readonly lockoutSeconds: number;
}

interface Failures {
  since: number;
  count: number;
  lockedUntil: number;
  /** Failures while it was locked out. */
  unrecorded: number;
  answerAt: number;
}

export class FailedLogins {
  readonly #byAddress = new Map<string, Failures>();

  /**
   * Counts a failure, here or in another process. `locked`: this one locks the address out; `unrecorded`: it was
   * already locked out.
   */
  count(
    address: string,
    limits: FailedLoginLimits,
    now: number,
    here = true,
  ): 'counted' | 'locked' | 'unrecorded' {
    const key = networkOf(address);
    const failures = this.#byAddress.get(key) ?? begin(now);
    this.#byAddress.delete(key);
    this.#byAddress.set(key, failures);
    if (this.#byAddress.size > ADDRESSES_MAX) this.#byAddress.delete(this.#byAddress.keys().next().value!);
    if (now < failures.lockedUntil) {
      if (here) failures.unrecorded++;
      return 'unrecorded';
    }
    if (now - failures.since > WINDOW_MS) Object.assign(failures, { since: now, count: 0 });
    failures.count++;
    if (limits.lockoutSeconds === 0 || failures.count < limits.failedLoginsPerMinute) return 'counted';
    Object.assign(failures, { lockedUntil: now + limits.lockoutSeconds * 1000, since: now, count: 0 });
    return 'locked';
  }

  isLockedOut(address: string, now: number): boolean {
    return now < (this.#byAddress.get(networkOf(address))?.lockedUntil ?? -Infinity);
  }

  /** Milliseconds until the next refusal may be sent to an address: 0 unless it is locked out. */
  delay(address: string, now: number): number {
    const failures = this.#byAddress.get(networkOf(address));
    if (failures === undefined || now >= failures.lockedUntil) return 0;
    failures.answerAt = Math.max(now, failures.answerAt) + ANSWER_MS;
    return failures.answerAt - now;
  }

  /**
   * Addresses whose lockout is over, each returned once, with the number of logins that failed meanwhile. With `all`,
   * the others too.
   */
  takeUnrecorded(now: number, all = false): { readonly address: string; readonly count: number }[] {
    const taken: { readonly address: string; readonly count: number }[] = [];
    for (const [address, failures] of this.#byAddress) {
      if (failures.unrecorded === 0 || (now < failures.lockedUntil && !all)) continue;
      taken.push({ address, count: failures.unrecorded });
      failures.unrecorded = 0;
    }
    return taken;
  }
}

function begin(now: number): Failures {
  return { since: now, count: 0, lockedUntil: -Infinity, unrecorded: 0, answerAt: 0 };
}

/** An IPv4 address unchanged; for IPv6 the /64, which belongs to one customer or one machine (RFC 6177). */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(plain)?.[1];
  if (mapped !== undefined || !isIPv6(plain)) return mapped ?? plain;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups.
  const count = before.length + after.length + (plain.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? [] : Array<string>(8 - count).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
