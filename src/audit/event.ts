/**
 * The events of a session's record, one JSON object a line. This list is the format: a reader refuses other kinds.
 * Every event carries `seq` (from 0, no gaps), `at` (RFC 3339, UTC, milliseconds) and `prev` (the `hash` of the line
 * before; 64 zeros for the first). The last member of a line is `hash`, the hex SHA-256 of the line's bytes before
 * `,"hash":`, so that the last line, which no other vouches for, is checked as well.
 *
 * What this proves: nobody changed, moved or took out a line without making the file again from there on. It does not
 * prove that the file is all there was: whole lines can be cut off its end.
 */
import type { Decision } from '../engine/decision.js';

export interface EventHead {
  readonly seq: number;
  readonly at: string;
  readonly prev: string;
}

export type AuditEvent = EventHead & EventBody;
export type EventBody = SessionOpened | SessionRefused | CommandDecided | CommandResult | SessionClosed;

/** First event of a session whose client was authenticated. */
export interface SessionOpened {
  readonly kind: 'opened';
  /** Of the format, for readers to come. */
  readonly version: 1;
  readonly session: string;
  readonly protocol: 'postgres';
  readonly identity: RecordedIdentity;
  readonly target: RecordedTarget;
  readonly client: RecordedClient;
}

/**
 * A connection that was not let in. The reason is never shown to the client. A file that begins with one holds nothing else until
 * it is `closed`: refused logins share one file, which goes on in another when it is full. Older records have a file for each.
 */
export interface SessionRefused {
  readonly kind: 'refused';
  readonly version: 1;
  readonly session: string;
  readonly protocol: 'postgres';
  readonly client: RecordedClient;
  /** What the client asked for, unverified. */
  readonly requested: { readonly target: string; readonly user: string };
  readonly reason: string;
  /** So many more came from there while its address was locked out, and were not recorded each. */
  readonly unrecorded?: number;
  /** Of the first in a file. */
  readonly part?: RefusalsPart;
}

/** Which of the files of one process it is. */
export interface RefusalsPart {
  /** The same in all of them. */
  readonly log: string;
  /** From 1. The first ones may have been removed, so that all together stay within a bound. */
  readonly number: number;
  /** The hash of the last line of the file before, so that nothing can be taken out between the two. Null for the first. */
  readonly before: string | null;
}

export interface RecordedIdentity {
  readonly subject: string;
  readonly issuer: string;
  readonly kind: 'service' | 'human';
  readonly name: string;
  readonly groups: readonly string[];
  readonly claims: unknown;
  readonly expiresAt: string;
}
export interface RecordedTarget {
  readonly name: string;
  readonly type: string;
  readonly database: string;
  readonly labels: Readonly<Record<string, string>>;
}
export interface RecordedClient {
  readonly address: string;
  readonly port: number;
  /** As the client named itself: `psql`. */
  readonly application: string;
}

/** Written, with its decision, before any byte of the command reaches the target. */
export interface CommandDecided {
  readonly kind: 'command';
  /** Counts the commands of the session from 1; results refer to it. */
  readonly command: number;
  /** How the command came: what replay needs to derive its facts again. */
  readonly phase: 'query' | 'prepare' | 'execute';
  readonly text: string;
  /** Of an `execute`: the bound values as text, null for NULL, `{"$unknown": why}` where they were not decoded. */
  readonly parameters?: readonly unknown[] | undefined;
  /** Session state that changes the text's meaning, and SQL-level prepared statements it names. */
  readonly context: CommandContext;
  /** Over the facts of the session, of the SQL and of the bound values (src/gateway/canonical.ts); empty where deriving failed. */
  readonly factsDigest: string;
  /** In the file also `{"as": N}`: as the decision on command N, which stands before it. */
  readonly decision: Decision;
  /** False where the bytes were not sent because of the decision. */
  readonly forwarded: boolean;
}

export interface CommandContext {
  readonly transaction: 'idle' | 'open' | 'failed';
  /** Null where it was not known. */
  readonly searchPath: readonly string[] | null;
  /** SQL-level `PREPARE` texts by name, those that this command refers to. */
  readonly prepared?: Readonly<Record<string, string>>;
  /** Queries of open SQL-level cursors, those that this command names; left out where cursors were not followed. */
  readonly cursors?: Readonly<Record<string, string>>;
  /** It rests on what was changed after the catalogue was read, and could not be read again. */
  readonly stale?: true;
  /** Strings were not standard or the encoding not UTF-8, or may have been; bytes beyond ASCII stand as U+0080 to U+00FF. */
  readonly plainOnly?: true;
  /** Who the session was to the server, where the command may set that. */
  readonly user?: { readonly current: string; readonly session: string; readonly schema: boolean };
  /** Relations that the session had made and the catalogue did not have. */
  readonly own?: readonly RecordedRelation[];
  /** Types of bound values that are not the server's own, by oid. */
  readonly parameterTypes?: readonly number[];
  /** It would store what the session was shown in place of masked values, and how; `unbound`: its values were still to come. */
  readonly maskedWrite?: { readonly reason: string } | 'unbound';
}

export interface RecordedRelation {
  /** `pg_temp` of a temporary one. */
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'other';
  /** Null where they were not known. */
  readonly columns: readonly string[] | null;
}

export interface CommandResult {
  readonly kind: 'result';
  readonly command: number;
  readonly outcome: 'completed' | 'error' | 'skipped' | 'lost';
  /** `SELECT 3`, one for each statement of the command. */
  readonly tags: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** Of an error: its SQLSTATE. The message may quote values and is kept only where no mask applies. */
  readonly sqlstate?: string | undefined;
  readonly message?: string | undefined;
  readonly columns?: readonly string[] | undefined;
  /** The first rows as the client saw them: masked. */
  readonly sample?: readonly (readonly (string | null)[])[] | undefined;
  readonly sampleTruncated?: true | undefined;
  /** Of COPY FROM STDIN: a row held what the session was shown in place of a masked value, and a rule allows that. */
  readonly maskedRows?: true | undefined;
  readonly milliseconds: number;
}

export interface SessionClosed {
  readonly kind: 'closed';
  /** `interrupted`: the gateway ended without writing this; another has, when it started. `rolled`: another file goes on. */
  readonly reason:
    'client' | 'upstream' | 'expired' | 'refused' | 'shutdown' | 'error' | 'interrupted' | 'rolled';
  readonly detail?: string;
  readonly commands: number;
}
