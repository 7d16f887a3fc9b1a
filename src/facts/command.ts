/** The facts of one command: who, where, what, when. The gateway and replay assemble them here, the same way. */
import { normalizeNumber, objectOf, ValueSet, type Value, type ValueObject } from '../values/value.js';

/** What stays the same through a session. */
export interface SessionFacts {
  readonly identity: ValueObject;
  readonly target: ValueObject;
  readonly session: ValueObject;
}

/** A session in plain terms, from a connection or from its record. */
export interface SessionDescription {
  readonly id: string;
  readonly identity: {
    readonly subject: string;
    readonly issuer: string;
    readonly kind: 'service' | 'human';
    readonly name: string;
    readonly groups: readonly string[];
    readonly claims: Value;
  };
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
  const { id, identity, target, client, started } = described;
  const { subject, issuer, kind, name, groups, claims } = identity;
  const { labels, ...place } = target;
  const { address, application } = client;
  return {
    identity: { subject, issuer, kind, name, groups: ValueSet.of(groups), claims },
    target: {
      name: place.name,
      type: place.type,
      database: place.database,
      labels: objectOf(Object.entries(labels)),
    },
    session: { id, client: { address, application }, started: nanoseconds(started) },
  };
}

/** How a command came: prepared statements are decided at `prepare`, and again at each `execute`. */
export type Phase = 'query' | 'prepare' | 'execute';

export interface DescribedCommand {
  /** The protocol that it came over, `command.protocol`. */
  readonly protocol: string;
  readonly text: string;
  readonly phase: Phase;
  /** What the protocol adds, by root. */
  readonly roots: ValueObject;
}

export function commandFacts(session: SessionFacts, command: DescribedCommand, now: Date): ValueObject {
  return { ...session, ...commandRoots(command), now: nanoseconds(now) };
}

/** What a command adds to the facts of its session: itself, and the roots of its protocol. */
export function commandRoots({ protocol, text, phase, roots }: DescribedCommand): ValueObject {
  return { command: { protocol, text, phase }, ...roots };
}

/** Nanoseconds since 1970, as Rego counts time. */
export function nanoseconds(date: Date): Value {
  return normalizeNumber(BigInt(date.getTime()) * 1_000_000n);
}
