/** A session: its record, its facts, and what the proxy asks of it. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type {
  CommandDecided,
  CommandResult,
  EventBody,
  SessionClosed,
  SessionOpened,
} from '../audit/event.js';
import { dayOf, SessionLog, type LogOptions } from '../audit/log.js';
import type { OpenSessions } from '../audit/open-sessions.js';
import { addToIndex, type SessionSummary } from '../audit/session-index.js';
import type { Policy } from '../engine/policy.js';
import { toJson } from '../values/value.js';
import { GatewayError } from '../errors.js';
import { sessionFacts, type SessionFacts } from '../facts/command.js';
import type { CatalogueDelta } from '../facts/sql/catalogue/delta.js';
import { isSameAt } from '../facts/sql/catalogue/names.js';
import type { SchemaChange } from '../facts/sql/catalogue/schema-change.js';
import type { Identity } from '../identity/identity.js';
import type { AnalysisCache } from '../facts/sql/cache/analysis-cache.js';
import type { CatalogueSource } from './catalogues.js';
import type { TargetConfig } from './config/config.js';
import {
  describe,
  failedDecision,
  isRefused,
  judge,
  passes,
  passesAnyway,
  type GuardedSession,
} from './guard.js';
import { KnownJudgements } from './known-judgements.js';
import { expiredMessage, lifetimeOf, type Lifetime, type SettledRules } from './config/lifetime.js';
import { boundedResult, type SampleBounds } from './recorded-result.js';
import { readChanged } from './read-named.js';
import type { Ask, Command, Knock, Session, UpstreamLogin, Verdict } from './session.js';

export interface SessionParts {
  readonly knock: Knock;
  readonly identity: Identity;
  readonly target: TargetConfig;
  readonly upstream: UpstreamLogin;
  /** How long the session lasts. */
  readonly rules: SettledRules;
  readonly catalogues: CatalogueSource;
  readonly analyses: Pick<AnalysisCache, 'analyse'>;
  readonly log: LogOptions;
  readonly open: Pick<OpenSessions, 'add' | 'remove'>;
  readonly sample: SampleBounds;
  readonly commandBytesMax: number;
  readonly clock: () => Date;
  /** The rules in force now; a reload changes what it returns. */
  readonly policy: () => Policy;
  readonly ended: (session: Session) => void;
  readonly confirmDatabase: Session['confirmDatabase'];
  /** Told when a command of the session has changed the schema. */
  readonly schemaChanged: (change: SchemaChange) => void;
  readonly renewLogin: (refused: UpstreamLogin) => Promise<UpstreamLogin | null>;
  /** Told of refused commands and of the end, for the log. */
  readonly tell: (
    what: 'command-denied' | 'session-closed',
    fields: Readonly<Record<string, unknown>>,
  ) => void;
  /** Told of a fault of ours, which ends the session. */
  readonly failed: (session: string, error: unknown) => void;
}

/** Starts the record. Throws GatewayError where it cannot be written: nobody is let in unrecorded. */
export function openSession(parts: SessionParts): Session {
  return new OpenSession(parts);
}

class OpenSession implements Session {
  readonly id = randomUUID();
  readonly identity: Identity;
  readonly target: Session['target'];
  readonly sessionState: Session['sessionState'];
  readonly commandBytesMax: number;
  readonly sample: SampleBounds;
  readonly lifetime: Lifetime;
  readonly #parts: SessionParts;
  readonly #log: SessionLog;
  readonly #facts: SessionFacts;
  readonly #known = new KnownJudgements();
  readonly #started: Date;
  #upstream: UpstreamLogin;
  #commands = 0;
  #denied = 0;
  #closed = false;
  /** Why it is closed, where that is a failure of the gateway's that the client has not heard of yet. */
  #fault: GatewayError | null = null;

  constructor(parts: SessionParts) {
    const { identity, target, upstream, knock } = parts;
    const started = parts.clock();
    this.#parts = parts;
    this.identity = identity;
    this.target = { name: target.name, labels: target.labels };
    this.#upstream = upstream;
    this.#started = started;
    this.sessionState = target.sessionState;
    this.commandBytesMax = parts.commandBytesMax;
    this.sample = parts.sample;
    this.lifetime = lifetimeOf(parts.rules, identity.expiresAt, started);
    const { name, labels } = target;
    const described = { name, type: 'postgres', database: upstream.database, labels };
    this.#facts = sessionFacts({ id: this.id, identity, target: described, client: knock.client, started });
    parts.open.add(this.id, started);
    try {
      this.#log = new SessionLog(parts.log, this.id, started);
      this.#append(openedEvent(this.id, parts, described));
    } catch (error) {
      parts.open.remove(this.id, started);
      throw error;
    }
  }

  get upstream(): UpstreamLogin {
    return this.#upstream;
  }

  async renewLogin(): Promise<boolean> {
    const fresh = await this.#parts.renewLogin(this.#upstream);
    if (fresh !== null) this.#upstream = fresh;
    return fresh !== null;
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

  catalogue(): ReturnType<Session['catalogue']> {
    return this.#parts.catalogues.current();
  }

  readsValues(): boolean {
    return readsValues(this.#parts.policy());
  }

  ready(): Promise<void> {
    return this.#parts.catalogues.ready();
  }

  analyse(...[text, context, catalogue]: Parameters<Session['analyse']>): ReturnType<Session['analyse']> {
    try {
      return this.#parts.analyses.analyse(
        text,
        context,
        catalogue === undefined ? this.catalogue() : catalogue,
      );
    } catch (error) {
      throw this.#fail(error, { phase: 'query', text, context });
    }
  }

  judge(command: Command): Verdict {
    return this.#decide(command, judge);
  }

  judgeSetting(command: Command): Verdict | null {
    return this.#decide(command, (session, setting) =>
      isRefused(session, setting) ? judge(session, setting) : null,
    );
  }

  passes(command: Command): boolean {
    return this.#parts.clock() < this.identity.expiresAt && this.#decide(command, passes) === true;
  }

  passesAnyway(command: Command): boolean {
    return this.#parts.clock() < this.identity.expiresAt && this.#decide(command, passesAnyway) === true;
  }

  #decide<V>(
    command: Command,
    decide: (session: GuardedSession, command: Command) => V,
  ): V | (Verdict & { kind: 'expired' }) {
    this.#assertOpen();
    const { clock, policy } = this.#parts;
    const now = clock();
    if (!this.#hasTimeFor(command, now.getTime())) {
      this.close('expired', 'a command came when the time of the session was over');
      return { kind: 'expired', message: expiredMessage(this.lifetime) };
    }
    try {
      const guarded = {
        facts: this.#facts,
        policy: policy(),
        catalogue: command.catalogue === undefined ? this.catalogue() : command.catalogue,
        now,
        known: this.#known,
        next: this.#commands + 1,
        record: this.#record,
      };
      return decide(guarded, command);
    } catch (error) {
      if (error instanceof GatewayError) throw error;
      throw this.#fail(error, command);
    }
  }

  /** What belongs to a transaction under way has its time until that is to end. */
  #hasTimeFor({ continues }: Command, now: number): boolean {
    const { endsAt, stopsAt } = this.lifetime;
    return now < (continues === true ? stopsAt : endsAt);
  }

  #assertOpen(): void {
    if (this.#closed) throw this.#fault ?? new GatewayError('session-closed', 'the session is closed');
  }

  /** A fault of ours: the command is recorded as refused, and the session ends, for who knows what else is wrong. */
  #fail(error: unknown, command: Pick<Command, 'phase' | 'text' | 'context'>): GatewayError {
    this.#assertOpen();
    this.#parts.failed(this.id, error);
    const decision = failedDecision(this.#parts.policy().revision);
    this.#record(describe(command, this.#commands + 1, '', decision));
    this.close('error', 'the gateway failed while it judged a command');
    return new GatewayError('internal-error', 'the command could not be judged', { cause: error });
  }

  /** Never throws: what cannot be recorded ends the session instead, so that its next command is refused. */
  finish(result: CommandResult): void {
    if (this.#closed) return;
    try {
      this.#append(boundedResult(result, this.#parts.sample));
    } catch (error) {
      this.#parts.failed(this.id, error);
      if (error instanceof GatewayError) this.#fault = error;
      this.close('error', 'a result could not be recorded');
    }
  }

  flush(): void {
    this.#log.flush();
  }

  schemaChanged(change: SchemaChange): void {
    this.#parts.schemaChanged(change);
    this.#parts.catalogues.change(change);
  }

  changing(): SchemaChange {
    return this.#parts.catalogues.changing();
  }

  settled(): Promise<void> | null {
    return this.#parts.catalogues.settled();
  }

  readChanged(names: readonly string[], ask: Ask): Promise<CatalogueDelta> {
    return readChanged(names, ask);
  }

  async confirmNames(...[names, judgedBy]: Parameters<Session['confirmNames']>): Promise<boolean> {
    const now = judgedBy === null ? null : await this.#parts.catalogues.readNamed(names);
    return judgedBy !== null && now !== null && isSameAt(names, judgedBy, now);
  }

  renewCatalogue(): Promise<void> | null {
    return this.#parts.catalogues.renew();
  }

  confirmDatabase(path: string): Promise<void> | null {
    return this.#parts.confirmDatabase(path);
  }

  rereadCatalogue(): Promise<boolean> {
    return this.#parts.catalogues.reread();
  }

  /** Never throws: a record without its end says that it is not complete. */
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
      client: this.#parts.knock.client.application,
      commands: this.#commands,
      denied: this.#denied,
      state,
    };
  }
}

function openedEvent(session: string, parts: SessionParts, target: SessionOpened['target']): SessionOpened {
  const { identity, knock } = parts;
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
  const { protocol, client } = knock;
  return { kind: 'opened', version: 1, session, protocol, identity: who, target, client };
}

const readers = new WeakMap<Policy, boolean>();

function readsValues(policy: Policy): boolean {
  let reads = readers.get(policy);
  if (reads === undefined) readers.set(policy, (reads = policy.reads(['sql', 'parameters'])));
  return reads;
}
