/** Refused logins: the record, the log, and the limit per address. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RefusalLog } from '../audit/refusals.js';
import { FailedLogins } from './failed-logins.js';
import type { Log } from '../log.js';
import type { Room } from './room.js';
import { VERSION } from '../audit/event.js';
import type { AccessRequest } from './session.js';
import type { GatewayConfig } from './config/settings.js';

/** How often expired lockouts are looked for. */
const SWEEP_MS = 1000;

export interface RefusedLoginsParts {
  readonly config: () => GatewayConfig;
  readonly log: Log;
  readonly clock: () => Date;
  readonly room: Room;
  /** Called for each failure that counts: other processes behind the same port count it too. */
  readonly elsewhere: (address: string) => void;
}

export class RefusedLogins {
  readonly #parts: RefusedLoginsParts;
  readonly #record: RefusalLog;
  readonly #failures = new FailedLogins();
  readonly #sweep: NodeJS.Timeout;

  constructor(parts: RefusedLoginsParts) {
    const { recordings } = parts.config();
    this.#parts = parts;
    this.#record = new RefusalLog(recordings, recordings.refusedBytes);
    this.#sweep = setInterval(() => this.#tellUnrecorded(false), SWEEP_MS);
    this.#sweep.unref();
  }

  /** Records it before it returns, unless the address is locked out. Throws GatewayError `record-failed`. */
  refuse(request: AccessRequest, reason: string): void {
    const session = randomUUID();
    this.#append(request, session, reason);
    const { address } = request.client;
    this.#parts.log.warn({ code: 'login-refused', session, reason, address }, 'not admitted');
  }

  /**
   * The same for an unproven token, which counts against the address. Resolves when the client may be answered, with
   * whether its address is locked out.
   */
  async refuseUnproven(request: AccessRequest, reason: string): Promise<boolean> {
    const { address } = request.client;
    const now = this.#parts.clock().getTime();
    const counted = this.#count(address, now);
    if (counted !== 'unrecorded') {
      this.#parts.elsewhere(address);
      this.refuse(request, reason);
    }
    const delay = this.#failures.delay(address, now);
    if (delay > 0) await sleep(delay, undefined, { ref: false });
    return counted !== 'counted';
  }

  /** A login failed in another process. */
  failedElsewhere(address: string): void {
    this.#count(address, this.#parts.clock().getTime(), false);
  }

  #count(address: string, now: number, here = true): ReturnType<FailedLogins['count']> {
    const { limits } = this.#parts.config();
    const counted = this.#failures.count(address, limits, now, here);
    // Each process logs it, because none knows which of them learned of the decisive failure last.
    if (counted === 'locked') {
      const fields = { code: 'login-locked-out', address, seconds: limits.lockoutSeconds } as const;
      this.#parts.log.warn(fields, 'too many failed logins: more of them are counted and not recorded each');
    }
    return counted;
  }

  #append(request: AccessRequest, session: string, reason: string, unrecorded?: number): void {
    const { room, clock } = this.#parts;
    // The last of the disk space is for admitted sessions.
    if (!room.isThere()) return;
    const { protocol, client, target, user } = request;
    const more = unrecorded === undefined ? {} : { unrecorded };
    this.#record.append(
      {
        ...{ kind: 'refused', version: VERSION, session, protocol, client },
        ...{ requested: { target, user }, reason, ...more },
      },
      clock(),
    );
  }

  #tellUnrecorded(all: boolean): void {
    for (const { address, count } of this.#failures.takeUnrecorded(this.#parts.clock().getTime(), all)) {
      const fields = { code: 'login-locked-out', address, unrecorded: count } as const;
      this.#parts.log.warn(fields, 'logins that failed while their address was locked out');
      const client = { address, port: 0, application: '' };
      try {
        const request = { protocol: '', target: '', user: '', token: '', client };
        this.#append(request, randomUUID(), 'the address was locked out after too many failed logins', count);
      } catch {
        // The log has already reported it.
      }
    }
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#tellUnrecorded(true);
    this.#record.close(this.#parts.clock());
  }
}
