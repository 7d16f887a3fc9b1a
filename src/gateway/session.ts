/**
 * One client's session, as every proxy sees it: who, on what, and the one way to have a command decided.
 * The proxies know this interface and nothing of rules, records or tokens.
 */
import type { CommandResult, SessionClosed, TerminalFrame } from '../audit/event.js';
import type { Lifetime } from '../config/lifetime.js';
import type { Decision, Limits, ReviewRequirement } from '../engine/decision.js';
import type { FixedRule } from '../engine/fixed-rule.js';
import type { Phase } from '../facts/command.js';
import type { Identity } from '../identity/identity.js';
import type { Meaning } from '../protocols/meaning.js';
import type { SampleBounds } from '../protocols/sample.js';
import type { Value } from '../values/value.js';

/** What a client said at login, before any of it is verified. */
export interface AccessRequest {
  /** As src/protocols names it. */
  readonly protocol: string;
  /** In the notation of the kind of target: `orders`, or `orders.reporting` for another database of that target. */
  readonly target: string;
  /** The user name the client gave: recorded, not trusted. */
  readonly user: string;
  readonly token: string;
  readonly client: { readonly address: string; readonly port: number; readonly application: string };
}

/** Either a session, or a refusal that is already recorded. */
export type Admission<Access> =
  | { readonly kind: 'admitted'; readonly session: Session; readonly access: Access }
  /** The client may be told this. */
  | {
      readonly kind: 'refused';
      readonly why: Refused;
      readonly message: string;
      readonly hint: string | null;
    }
  /** The identity would be admitted, but the gateway cannot: a failure of the gateway's, which says so. Recorded too. */
  | { readonly kind: 'unavailable'; readonly why: Unavailable };

/**
 * `unproven`: the identity is unknown, and every such client gets the same answer. `token`: its issuer signed it, but
 * it is not accepted. The others concern the requested target; the token is valid.
 */
export type Refused = 'unproven' | 'token' | 'unknown-database' | 'closed-database' | 'ambiguous-database';

/**
 * The target's credential cannot be read; the gateway is at its limit of sessions; the disk has no room for another
 * record; the gateway is closing.
 */
export type Unavailable = 'credential' | 'at-capacity' | 'no-room' | 'closing';

export interface Session {
  readonly id: string;
  readonly identity: Identity;
  readonly target: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  /** `decide` enforces it; the proxy notifies the client and ends an idle session. */
  readonly lifetime: Lifetime;
  readonly commandBytesMax: number;
  /** How much of a result to hand to `finish`. */
  readonly sample: SampleBounds;
  /** Whether the rules in force can read what stands at this path: `['sql', 'parameters']`. */
  reads(path: readonly string[]): boolean;
  /** Whether any rule in force is a mask: what comes before a command, which rules cannot be asked about, may then be masked. */
  hasMasks(): boolean;
  /**
   * Decides one command and records it, durably, before it returns. Throws GatewayError if the record cannot be written, if
   * the session is closed, and if deciding failed by a fault of ours: nothing may be forwarded then.
   */
  decide<Plan>(command: Command<Plan>): Verdict<Plan>;
  /**
   * Decides a harmless setting that was given with the connection. Null if it is accepted: it needs no rule that allows it,
   * and only a rule against it, which is recorded, keeps it from the target. Throws as `decide` does.
   */
  decideSetting<Plan>(command: Command<Plan>): Verdict<Plan> | null;
  /**
   * Whether `decide` would let the command pass now. Nothing is recorded. Throws as `decide` does; false for an expired
   * session.
   */
  passes(command: Command<unknown>): boolean;
  /** Whether it would pass without a mask, whatever its unknown parts are. Nothing is recorded. */
  passesAnyway(command: Command<unknown>): boolean;
  /**
   * The command cannot be read, by a fault of ours: it is recorded as refused, and the session is closed. Returns the
   * GatewayError `internal-error` to throw.
   */
  fail(error: unknown, command: Pick<Command<unknown>, 'phase' | 'text' | 'context'>): Error;
  /**
   * Records how a forwarded command ended: in the file with the next `flush`, at the latest before the next decision. Never
   * throws: a session whose record fails is closed.
   */
  finish(result: CommandResult): void;
  /** Records a frame of a terminal session. False if it cannot be recorded; the session is closed then. */
  show(frame: TerminalFrame): boolean;
  /** Writes pending results; to be called when the client has been answered. Never throws. */
  flush(): void;
  /** Never throws; every later `decide` does. */
  close(reason: SessionClosed['reason'], detail?: string): void;
}

export interface Command<Plan> {
  readonly phase: Phase;
  readonly text: string;
  readonly meaning: Meaning<Plan>;
  /** Bound values, for the recording. */
  readonly parameters?: readonly Value[] | null | undefined;
  /** What else replay needs to read the text in the same way: plain JSON. */
  readonly context: () => object;
  /**
   * What the protocol itself refuses, whatever the rules say (a setting that would change how text is read, a text over
   * the limit): the verdict is then `refuse` with a decision that has this as its one deny rule.
   */
  readonly objection?: Objection | undefined;
  /** It belongs to work under way, which may finish after the session's time is over. */
  readonly continues?: boolean | undefined;
  /**
   * The limits of a decision that the proxy itself carries out while the result streams. A command under a limit that is
   * not among them is refused: a limit is never dropped silently.
   */
  readonly enforces?: readonly (keyof Limits)[] | undefined;
  /** The proxy can keep the client waiting while people review the command. Otherwise a review refuses it. */
  readonly waits?: boolean | undefined;
}

/** A refusal by a fixed rule of the gateway: `gateway.session_state`. */
export interface Objection extends FixedRule {
  readonly hint: string | null;
}

export type Verdict<Plan> = Decided<Plan> | Held<Plan>;

export type Decided<Plan> =
  | {
      readonly kind: 'forward';
      readonly command: number;
      readonly decision: Decision;
      readonly plan: Plan;
    }
  | {
      readonly kind: 'refuse';
      readonly command: number;
      readonly decision: Decision;
      readonly refusal: Refusal;
    }
  /** The session's time is over: say so and close. Recorded. */
  | { readonly kind: 'expired'; readonly message: string };

/** Reviewers have to agree first. Nothing is forwarded until `answered` says so. */
export interface Held<Plan> {
  readonly kind: 'held';
  readonly command: number;
  readonly reviews: readonly ReviewRequirement[];
  /** Never rejects. */
  readonly answered: Promise<Decided<Plan>>;
  /** For a client that has disconnected: the command never runs. */
  withdraw(): void;
}

/** What the client is told. */
export interface Refusal {
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
}
