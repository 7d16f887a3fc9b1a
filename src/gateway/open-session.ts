/** A session: its record, its facts, and what the proxy asks of it. */
import { randomUUID } from 'node:crypto';
import type { EventBody, SessionClosed, SessionOpened } from '../audit/event.js';
import { SessionLog, type LogOptions } from '../audit/log.js';
import type { Policy } from '../engine/policy.js';
import { toJson } from '../engine/value.js';
import type { AnalysisCache } from './analysis-cache.js';
import type { CatalogueSource } from './catalogues.js';
import { sessionFacts, type SessionFacts } from '../facts/command.js';
import { judge } from './guard.js';
import type { Identity } from '../identity/identity.js';
import type { Command, Knock, Session, UpstreamLogin, Verdict } from './session.js';
import type { TargetConfig } from './config.js';

export interface SessionParts {
  readonly knock: Knock;
  readonly identity: Identity;
  readonly target: TargetConfig;
  readonly upstream: UpstreamLogin;
  readonly catalogues: CatalogueSource;
  readonly analyses: AnalysisCache;
  readonly log: LogOptions;
  readonly commandBytesMax: number;
  readonly clock: () => Date;
  /** The rules in force now; a reload changes what it returns. */
  readonly policy: () => Policy;
  readonly ended: (session: Session) => void;
}

/** Starts the record. Throws GatewayError where it cannot be written: nobody is let in unrecorded. */
export function openSession(parts: SessionParts): Session {
  return new OpenSession(parts);
}

class OpenSession implements Session {
  readonly id = randomUUID();
  readonly identity: Identity;
  readonly target: Session['target'];
  readonly upstream: UpstreamLogin;
  readonly commandBytesMax: number;
  readonly #parts: SessionParts;
  readonly #log: SessionLog;
  readonly #facts: SessionFacts;
  #commands = 0;
  #closed = false;

  constructor(parts: SessionParts) {
    const { identity, target, upstream, knock } = parts;
    const started = parts.clock();
    this.#parts = parts;
    this.identity = identity;
    this.target = { name: target.name, labels: target.labels };
    this.upstream = upstream;
    this.commandBytesMax = parts.commandBytesMax;
    const described = {
      name: target.name,
      type: 'postgres',
      database: upstream.database,
      labels: target.labels,
    };
    this.#facts = sessionFacts({ id: this.id, identity, target: described, client: knock.client, started });
    this.#log = new SessionLog(parts.log, this.id, started);
    this.#append(this.#opened(described));
  }

  #opened(target: SessionOpened['target']): SessionOpened {
    const { identity, knock } = this.#parts;
    const { subject, issuer, kind, name, groups, claims, expiresAt } = identity;
    return {
      kind: 'opened',
      version: 1,
      session: this.id,
      protocol: knock.protocol,
      identity: {
        subject,
        issuer,
        kind,
        name,
        groups,
        claims: toJson(claims),
        expiresAt: expiresAt.toISOString(),
      },
      target,
      client: knock.client,
    };
  }

  #append(event: EventBody): void {
    this.#log.append(event, this.#parts.clock());
  }

  catalogue(): ReturnType<Session['catalogue']> {
    return this.#parts.catalogues.current();
  }

  analyse(text: string, context: Parameters<Session['analyse']>[1]): ReturnType<Session['analyse']> {
    return this.#parts.analyses.analyse(text, { ...context, catalogue: this.catalogue() });
  }

  judge(command: Command): Verdict {
    const { clock, policy } = this.#parts;
    const now = clock();
    if (now >= this.identity.expiresAt) {
      this.close('expired');
      return { kind: 'expired', message: 'the token of this session has expired' };
    }
    return judge(
      {
        facts: this.#facts,
        policy: policy(),
        catalogue: this.catalogue(),
        now,
        record: (event) => {
          this.#append({ ...event, command: this.#commands + 1 });
          return ++this.#commands;
        },
      },
      command,
    );
  }

  finish(command: number, result: Parameters<Session['finish']>[1]): void {
    if (!this.#closed) this.#append({ kind: 'result', command, ...result });
  }

  async refreshCatalogue(): Promise<void> {
    await this.#parts.catalogues.refresh();
  }

  close(reason: SessionClosed['reason'], detail?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      const base = { kind: 'closed' as const, reason, commands: this.#commands };
      this.#append(detail === undefined ? base : { ...base, detail });
    } finally {
      this.#log.close();
      this.#parts.ended(this);
    }
  }
}
