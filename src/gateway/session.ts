/**
 * One client's connection, as every proxy sees it: who, to what, and the one way to have a command judged.
 * The proxies know this interface and nothing of rules, records or tokens.
 */
import type { Duplex } from 'node:stream';
import type { Decision, Limits } from '../engine/decision.js';
import type { SqlAnalysis, SqlContext } from '../facts/sql/scope/analysis.js';
import type { CatalogueDelta } from '../facts/sql/catalogue/delta.js';
import type { Catalogue } from '../facts/sql/catalogue/catalogue.js';
import type { SchemaChange } from '../facts/sql/catalogue/schema-change.js';
import type { Identity } from '../identity/identity.js';
import type { CommandResult, SessionClosed } from '../audit/event.js';
import type { MaskedWrite } from '../masking/sql/masked-write.js';
import type { MaskPlan } from '../masking/sql/plan.js';
import type { Lifetime } from './config/lifetime.js';
import type { SampleBounds } from './recorded-result.js';

/** What a client said on its way in, before anything of it is verified. */
export interface Knock {
  readonly protocol: 'postgres';
  /** As database-name.ts reads it: `orders`, or `orders.reporting` for another database of that target. */
  readonly target: string;
  /** The user name the client gave: recorded, not trusted. */
  readonly user: string;
  readonly token: string;
  readonly client: { readonly address: string; readonly port: number; readonly application: string };
}

/** Either a session, or a refusal that is already recorded. */
export type Admission =
  | { readonly kind: 'admitted'; readonly session: Session }
  /** What is said here the client may know. */
  | {
      readonly kind: 'refused';
      readonly why: Refused;
      readonly message: string;
      readonly hint: string | null;
    }
  /** Who it is would be let in, but the gateway cannot: a failure of the gateway's, which says so. Recorded too. */
  | { readonly kind: 'unavailable'; readonly why: Unavailable };

/**
 * `unproven`: nobody knows who it is, and all of them are told the same. `token`: its issuer has signed it, and it is not taken.
 * The others are about the database that was asked for, by somebody whose token is good.
 */
export type Refused = 'unproven' | 'token' | 'unknown-database' | 'closed-database' | 'ambiguous-database';

/**
 * The target's credential cannot be read; there are as many sessions as may be; the disk has no room for another record; the
 * gateway is closing.
 */
export type Unavailable = 'credential' | 'crowded' | 'no-room' | 'closing';

/** How to reach the target, with its own credential. Never shown, never logged. */
export interface UpstreamLogin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
  readonly tls: UpstreamTls;
}
export type UpstreamTls =
  /** `cleartextPassword`: the password may go to another machine as it is, where that asks for it. */
  | { readonly kind: 'off'; readonly cleartextPassword?: boolean }
  | {
      readonly kind: 'verify';
      /** PEM; null: the public authorities that Node.js knows. */
      readonly ca: string | null;
      /** The gateway's own certificate, PEM. */
      readonly client: { readonly cert: string; readonly key: string } | null;
      /** Whose certificate it must be; null: the host's. */
      readonly serverName: string | null;
      /** `require` takes no login that is not bound to the target's certificate. */
      readonly channelBinding: 'prefer' | 'require';
    };

/**
 * A connection to the target for node-postgres, as its `stream`: whoever reaches targets for sessions does it for the
 * gateway's own questions, too, with the same care.
 */
export type TargetStream = (login: UpstreamLogin) => Duplex;

export interface Session {
  readonly id: string;
  readonly identity: Identity;
  readonly target: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly upstream: UpstreamLogin;
  /** Clients may change the role and `standard_conforming_strings`; otherwise that is refused. */
  readonly sessionState: 'fixed' | 'followed';
  /** `judge` holds to it; the proxy tells the client and ends what only waits. */
  readonly lifetime: Lifetime;
  /** Settings the proxy forces on the target's session at start-up, beside the client's own parameters. */
  readonly commandBytesMax: number;
  /** What of a result is worth being handed to `finish`. */
  readonly sample: SampleBounds;
  /** The target's catalogue as last read; null where it could not be read yet. */
  catalogue(): Catalogue | null;
  /** Resolves when a catalogue is there or reading it has failed: before that no command can be decided well. */
  ready(): Promise<void>;
  /**
   * Facts of a text, from the gateway's cache where text and context are the same. Pure otherwise. Throws GatewayError
   * `internal-error` and closes the session where a fault of ours makes it impossible; that is recorded.
   */
  analyse(text: string, context: Omit<SqlContext, 'catalogue'>, catalogue?: Catalogue | null): SqlAnalysis;
  /** Whether the rules in force can read bound values, so that the types of these must be known. */
  readsValues(): boolean;
  /**
   * Decides one command and records it, durably, before it returns. Throws GatewayError where the record cannot be
   * written, where the session is closed, and where deciding failed by a fault of ours: nothing may be forwarded then.
   */
  judge(command: Command): Verdict;
  /**
   * Decides a harmless setting that was given at start-up, as the SET that it is. Null where it is taken: it comes with the
   * connection, and only a rule against it, which is recorded, keeps it from the target. Throws as `judge` does.
   */
  judgeSetting(command: Command): Verdict | null;
  /** Whether `judge` would let the command pass now. Nothing is recorded. Throws as `judge` does; false of a session that has expired. */
  passes(command: Command): boolean;
  /** Whether it would, whatever the parts of it are that are not known, and without a mask. Records nothing. */
  passesAnyway(command: Command): boolean;
  /**
   * Records how a forwarded command ended: in the file with the next `flush`, at the latest before the next decision. Never
   * throws: a session whose record fails is closed.
   */
  finish(result: CommandResult): void;
  /** Writes what is left of results: to be called when the client has been answered. Never throws. */
  flush(): void;
  /** DDL of this session has come into force for others: what it names is read again, for all sessions. */
  schemaChanged(change: SchemaChange): void;
  /** What DDL has changed since the catalogue was read, in this session or another. */
  changing(): SchemaChange;
  /** Resolves, and never rejects, when that was read, or reading it has failed; null if there is nothing. */
  settled(): Promise<void> | null;
  /**
   * Reads what the session itself has changed and others do not see yet, of some names, by asking in the client's own session.
   * Rejects if asking does.
   */
  readChanged(names: readonly string[], ask: Ask): Promise<CatalogueDelta>;
  /**
   * A command names what the catalogue does not have, which may be new. Resolves, and never rejects, when what has changed was
   * read; null where that was done a moment ago.
   */
  renewCatalogue(): Promise<void> | null;
  /**
   * Where the server keeps the database that the session is connected to, as `pg_relation_filepath` says of `pg_class`. Null where
   * the catalogue is of that one; otherwise another has taken its name since, and it resolves when the catalogue was read again.
   */
  confirmDatabase(path: string): Promise<void> | null;
  /**
   * What has changed is read whenever that was done before: a command depends on what is not there. Resolves, and never rejects, to
   * whether that went well.
   */
  rereadCatalogue(): Promise<boolean>;
  /**
   * The target has refused the login: asks for the credential again, which becomes `upstream` if it is another. Rejects with
   * GatewayError `secret-unreadable`.
   */
  renewLogin(): Promise<boolean>;
  /**
   * Whether these names stand now, to whoever sees what is committed, for what they stood for in that catalogue. Never rejects:
   * false where they cannot be read.
   */
  confirmNames(names: ReadonlySet<string>, judgedBy: Catalogue | null): Promise<boolean>;
  /** Never throws; every later `judge` does. */
  close(reason: SessionClosed['reason'], detail?: string): void;
}

/** Asks one question, of one value in JSON, in the client's own session at the target. */
export type Ask = (query: string) => Promise<string>;

export interface Command {
  /** The catalogue with what the session has changed itself; left out where that is nothing. */
  readonly catalogue?: Catalogue | null;
  readonly phase: 'query' | 'prepare' | 'execute';
  readonly text: string;
  readonly analysis: SqlAnalysis;
  readonly context: Omit<SqlContext, 'catalogue'>;
  /**
   * What the protocol itself refuses, whatever the rules say (a setting that would change how text is read, a text over
   * the limit, a function call): the verdict is then `refuse` with a decision that has this as its one deny rule.
   */
  readonly objection?: Objection;
  /** It belongs to a transaction that is under way, which may end when the session's time is over. */
  readonly continues?: boolean;
  /** It would store what the session was shown in place of masked values, or nobody knows yet whether it will. */
  readonly maskedWrite?: MaskedWrite;
  /**
   * The limits of a decision that the proxy itself carries out while the result streams. A command under a limit that is
   * not among them is refused: a limit is never dropped silently.
   */
  readonly enforces?: readonly (keyof Limits)[];
}

/** A refusal by a fixed rule of the gateway: `gateway.session_state`. */
export interface Objection {
  readonly rule: string;
  readonly reason: string;
  readonly hint: string | null;
}

/** `masks` has one plan for each top-level statement of the command, none of kind `refuse`. */
export type Verdict =
  | {
      readonly kind: 'forward';
      readonly command: number;
      readonly decision: Decision;
      readonly masks: readonly MaskPlan[];
      /** Of COPY FROM STDIN in a session that was shown masked values: what becomes of rows that hold some. */
      readonly maskedRows?: 'pass' | 'refuse';
    }
  | {
      readonly kind: 'refuse';
      readonly command: number;
      readonly decision: Decision;
      readonly refusal: Refusal;
    }
  /** The session's time is over: say so and close. Recorded. */
  | { readonly kind: 'expired'; readonly message: string };

/** What the client is told: for PostgreSQL the M, D and H fields of an ErrorResponse with SQLSTATE 42501. */
export interface Refusal {
  readonly message: string;
  readonly detail: string | null;
  readonly hint: string | null;
}
