/** A session: its record, its facts, and what it offers to the proxy. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  VERSION,
  type CommandDecided,
  type CommandResult,
  type EventBody,
  type ReviewEvent,
  type SessionClosed,
  type SessionOpened,
  type TerminalFrame,
} from '../audit/event.js';
import { dayOf, SessionLog, type LogOptions } from '../audit/log.js';
import type { OpenSessions } from '../audit/open-sessions.js';
import { addToIndex, type SessionSummary } from '../audit/session-index.js';
import type { Policy } from '../engine/policy.js';
import { toJson } from '../values/value.js';
import { GatewayError } from '../errors.js';
import { sessionFacts, type SessionFacts } from '../facts/command.js';
import type { Identity } from '../identity/identity.js';
import { expiredMessage, lifetimeOf, type Lifetime, type EffectiveRules } from '../config/lifetime.js';
import type { SampleBounds } from '../protocols/sample.js';
import type { TargetSettings } from '../targets/target-kind.js';
import {
  decide,
  describe,
  failedDecision,
  isRefused,
  passes,
  passesAnyway,
  type GuardedSession,
} from './guard.js';
import { KnownVerdicts } from './known-verdicts.js';
import { hold, type ReviewDesk } from './reviews.js';
import type { AccessRequest, Command, Session, Verdict } from './session.js';

export interface SessionParts {
  readonly request: AccessRequest;
  readonly identity: Identity;
  readonly target: TargetSettings;
  /** Empty if its target has none. */
  readonly database: string;
  /** How long the session lasts. */
  readonly rules: EffectiveRules;
  readonly log: LogOptions;
  readonly open: Pick<OpenSessions, 'add' | 'remove'>;
  readonly sample: SampleBounds;
  readonly commandBytesMax: number;
  readonly clock: () => Date;
  /** The rules in force now; a reload changes them. */
  readonly policy: () => Policy;
  readonly ended: (session: Session) => void;
  /** Who answers reviews. Null: nobody, and a review refuses the command. */
  readonly reviews: ReviewDesk | null;
  /** Called for refused commands and for the end, for the log. */
  readonly tell: (
    what: 'command-denied' | 'session-closed',
    fields: Readonly<Record<string, unknown>>,
  ) => void;
  /** Called for a fault of ours, which ends the session. */
  readonly failed: (session: string, error: unknown) => void;
}

/** Starts the record. Throws GatewayError if it cannot be written: nobody is admitted unrecorded. */
export function openSession(parts: SessionParts): Session {
  return new OpenSession(parts);
}

class OpenSession implements Session {
  readonly id = randomUUID();
  readonly identity: Identity;
  readonly target: Session['target'];
  readonly commandBytesMax: number;
  readonly sample: SampleBounds;
  readonly lifetime: Lifetime;
  readonly #parts: SessionParts;
  readonly #log: SessionLog;
  readonly #facts: SessionFacts;
  readonly #known = new KnownVerdicts();
  readonly #started: Date;
  #commands = 0;
  #denied = 0;
  #closed = false;
  /** Why it was closed, if by a failure of the gateway that the client does not know of yet. */
  #fault: GatewayError | null = null;

  constructor(parts: SessionParts) {
    const { identity, target, database, request } = parts;
    const started = parts.clock();
    this.#parts = parts;
    this.identity = identity;
    this.target = { name: target.name, labels: target.labels };
    this.#started = started;
    this.commandBytesMax = parts.commandBytesMax;
    this.sample = parts.sample;
    this.lifetime = lifetimeOf(parts.rules, identity.expiresAt, started);
    const { name, type, labels } = target;
    const described = { name, type, database, labels };
    this.#facts = sessionFacts({ id: this.id, identity, target: described, client: request.client, started });
    parts.open.add(this.id, started);
    try {
      this.#log = new SessionLog(parts.log, this.id, started);
      this.#append(openedEvent(this.id, parts, described));
    } catch (error) {
      parts.open.remove(this.id, started);
      throw error;
    }
  }

  #append(event: EventBody): void {
    this.#log.append(event, this.#parts.clock());
  }

  readonly #record = (event: CommandDecided): void => {
    this.#append(event);
    this.#commands++;
    if (event.forwarded) return;
    this.#denied++;
    const rules = event.decision.rules.map(({ id }) => id);
    this.#parts.tell('command-denied', { session: this.id, command: event.command, rules });
  };

  reads(path: readonly string[]): boolean {
    return readsAt(this.#parts.policy(), path);
  }

  hasMasks(): boolean {
    return this.#parts
      .policy()
      .modules.some(({ statements }) =>
        statements.some((one) => one.kind === 'decision-rule' && one.effect === 'mask' && !one.shadow),
      );
  }

  decide<Plan>(command: Command<Plan>): Verdict<Plan> {
    return this.#guarded(command, (session) => {
      const { verdict, held } = decide(session, command);
      const { reviews } = this.#parts;
      if (held === null || reviews === null || verdict.kind !== 'refuse') return verdict;
      return hold({
        verdict,
        plan: held,
        session: this.id,
        command,
        desk: reviews,
        record: this.#recordReview,
        outdated: () => this.#outdated(command, verdict.decision.revision),
      });
    });
  }

  #outdated(command: Command<unknown>, revision: string): string | null {
    const { clock, policy } = this.#parts;
    if (!this.#hasTimeFor(command, clock().getTime())) return expiredMessage(this.lifetime);
    return policy().revision === revision ? null : 'the rules have changed since it was asked for';
  }

  decideSetting<Plan>(command: Command<Plan>): Verdict<Plan> | null {
    return this.#guarded(command, (session) =>
      isRefused(session, command) ? decide(session, command).verdict : null,
    );
  }

  passes(command: Command<unknown>): boolean {
    return this.#isValid() && this.#guarded(command, (session) => passes(session, command)) === true;
  }

  passesAnyway(command: Command<unknown>): boolean {
    return this.#isValid() && this.#guarded(command, (session) => passesAnyway(session, command)) === true;
  }

  #isValid(): boolean {
    return this.#parts.clock() < this.identity.expiresAt;
  }

  readonly #recordReview = (event: ReviewEvent): void => {
    this.#assertOpen();
    this.#append(event);
  };

  #guarded<V>(
    command: Command<unknown>,
    guard: (session: GuardedSession) => V,
  ): V | (Verdict<never> & { kind: 'expired' }) {
    this.#assertOpen();
    const { clock, policy, request } = this.#parts;
    const now = clock();
    if (!this.#hasTimeFor(command, now.getTime())) {
      this.close('expired', 'a command came when the time of the session was over');
      return { kind: 'expired', message: expiredMessage(this.lifetime) };
    }
    try {
      return guard({
        protocol: request.protocol,
        facts: this.#facts,
        policy: policy(),
        now,
        known: this.#known,
        next: this.#commands + 1,
        record: this.#record,
      });
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      throw this.fail(error, command);
    }
  }

  /** A command of work under way has time until that work must end. */
  #hasTimeFor({ continues }: Command<unknown>, now: number): boolean {
    const { endsAt, stopsAt } = this.lifetime;
    return now < (continues === true ? stopsAt : endsAt);
  }

  #assertOpen(): void {
    if (this.#closed) throw this.#fault ?? new GatewayError('session-closed', 'the session is closed');
  }

  /** A fault of ours: the command is recorded as refused, and the session ends, because nothing else can be trusted. */
  fail(error: unknown, command: Pick<Command<unknown>, 'phase' | 'text' | 'context'>): GatewayError {
    this.#assertOpen();
    this.#parts.failed(this.id, error);
    const decision = failedDecision(this.#parts.policy().revision);
    this.#record(describe(command, this.#commands + 1, '', decision));
    this.close('error', 'the gateway failed while it decided a command');
    return new GatewayError('internal-error', 'the command could not be decided', { cause: error });
  }

  /** Never throws: what cannot be recorded ends the session instead, so that its next command is refused. */
  finish(result: CommandResult): void {
    if (this.#closed) return;
    try {
      this.#append(result);
    } catch (error) {
      this.#parts.failed(this.id, error);
      if (error instanceof GatewayError) this.#fault = error;
      this.close('error', 'a result could not be recorded');
    }
  }

  flush(): void {
    this.#log.flush();
  }

  show(frame: TerminalFrame): boolean {
    if (this.#closed) return false;
    try {
      this.#append(frame);
      return true;
    } catch (error) {
      this.#parts.failed(this.id, error);
      this.close('error', 'the terminal could not be recorded');
      return false;
    }
  }

  /** Never throws: a record without its end shows that it is incomplete. */
  close(reason: SessionClosed['reason'], detail?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    const base = { kind: 'closed' as const, reason, commands: this.#commands };
    let recorded = true;
    try {
      this.#append(detail === undefined ? base : { ...base, detail });
    } catch (error) {
      recorded = false;
      this.#parts.failed(this.id, error);
    }
    this.#log.close();
    const { open, tell, log, ended } = this.#parts;
    if (recorded) addToIndex(join(log.folder, dayOf(this.#started)), [this.#summary(reason)]);
    open.remove(this.id, this.#started);
    const counts = { commands: this.#commands, denied: this.#denied };
    tell('session-closed', { session: this.id, reason, detail, ...counts });
    ended(this);
  }

  #summary(state: string): SessionSummary {
    return {
      session: this.id,
      openedAt: this.#started.toISOString(),
      subject: this.identity.subject,
      target: this.target.name,
      client: this.#parts.request.client.application,
      commands: this.#commands,
      denied: this.#denied,
      state,
    };
  }
}

function openedEvent(session: string, parts: SessionParts, target: SessionOpened['target']): SessionOpened {
  const { identity, request } = parts;
  const { subject, issuer, kind, name, groups, claims, expiresAt } = identity;
  const who = {
    subject,
    issuer,
    kind,
    name,
    groups,
    claims: toJson(claims),
    expiresAt: expiresAt.toISOString(),
  };
  const { protocol, client } = request;
  return { kind: 'opened', version: VERSION, session, protocol, identity: who, target, client };
}

const readers = new WeakMap<Policy, Map<string, boolean>>();

function readsAt(policy: Policy, path: readonly string[]): boolean {
  let known = readers.get(policy);
  if (known === undefined) readers.set(policy, (known = new Map<string, boolean>()));
  const key = path.join('.');
  let reads = known.get(key);
  if (reads === undefined) known.set(key, (reads = policy.reads(path)));
  return reads;
}
