/** The facts of one command: who, where, what, when. Their shape is `src/facts/schema`. */
import { normalizeNumber, objectOf, ValueSet, type Value, type ValueObject } from '../engine/value.js';
import type { Identity } from '../identity/identity.js';
import type { Command } from './session.js';

/** What stays the same through a session. */
export interface SessionFacts {
  readonly identity: ValueObject;
  readonly target: ValueObject;
  readonly session: ValueObject;
}

export interface SessionDescription {
  readonly id: string;
  readonly identity: Identity;
  readonly target: {
    readonly name: string;
    readonly type: string;
    readonly database: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly client: { readonly address: string; readonly application: string };
  readonly started: Date;
}

export function sessionFacts(described: SessionDescription): SessionFacts {
  const { identity, target, client } = described;
  return {
    identity: {
      subject: identity.subject,
      issuer: identity.issuer,
      kind: identity.kind,
      name: identity.name,
      groups: ValueSet.of(identity.groups),
      claims: identity.claims,
    },
    target: {
      name: target.name,
      type: target.type,
      database: target.database,
      labels: objectOf(Object.entries(target.labels)),
    },
    session: {
      id: described.id,
      client: { address: client.address, application: client.application },
      started: nanoseconds(described.started),
    },
  };
}

export function commandFacts(session: SessionFacts, command: Command, now: Date): ValueObject {
  const { text, phase, analysis } = command;
  return {
    ...session,
    command: { protocol: 'postgres', text, phase },
    sql: analysis.sql,
    now: nanoseconds(now),
  };
}

/** Nanoseconds since 1970, as Rego counts time. */
export function nanoseconds(date: Date): Value {
  return normalizeNumber(BigInt(date.getTime()) * 1_000_000n);
}
