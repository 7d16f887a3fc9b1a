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
export type EventBody =
  | SessionOpened
  | SessionRefused
  | CommandDecided
  | CommandResult
  | TerminalFrame
  | ReviewEvent
  | ChannelEvent
  | FileEvent
  | SessionClosed;

/** The version that is written. Version 1 is read for ever: see version-1.ts. */
export const VERSION = 2;
/** Of the format, as the first event of a file names it. */
export type Version = 1 | typeof VERSION;

/** First event of a session whose client was authenticated. */
export interface SessionOpened {
  readonly kind: 'opened';
  readonly version: Version;
  readonly session: string;
  /** As src/protocols names it. */
  readonly protocol: string;
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
  readonly version: Version;
  readonly session: string;
  readonly protocol: string;
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
  readonly context: object;
  /** Over the facts of the session, of the SQL and of the bound values (src/gateway/digest.ts); empty where deriving failed. */
  readonly factsDigest: string;
  /** In the file also `{"as": N}`: as the decision on command N, which stands before it. */
  readonly decision: Decision;
  /** False where the bytes were not sent because of the decision. */
  readonly forwarded: boolean;
}

/** How a command ended. */
export interface CommandResult {
  readonly kind: 'result';
  readonly command: number;
  readonly outcome: 'completed' | 'error' | 'skipped' | 'lost';
  /** Of the result, as they came from the target. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** Of an error: its SQLSTATE, HTTP status or exit code. */
  readonly code?: string | undefined;
  /** What the protocol says of it, in the shape that its row in src/protocols checks. Values are as the client saw them. */
  readonly detail?: object | undefined;
}

/** A part of a terminal's session, as asciicast v2 has it. */
export interface TerminalFrame {
  readonly kind: 'frame';
  readonly channel: number;
  readonly stream: 'output' | 'input' | 'resize';
  /** Text; of `resize` columns and rows, `80x24`. */
  readonly data: string;
}

/** What became of the review of a command. */
export interface ReviewEvent {
  readonly kind: 'review';
  readonly command: number;
  readonly review: string;
  readonly state: 'requested' | 'approved' | 'declined' | 'expired' | 'withdrawn';
  /** Who approved or declined. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** A channel within a connection has been opened or closed. */
export interface ChannelEvent {
  readonly kind: 'channel';
  readonly channel: number;
  readonly state: 'opened' | 'closed';
  /** `exec`, `shell`, `sftp`, `direct-tcpip`. */
  readonly type: string;
  /** Exit code or signal of a channel that is closed. */
  readonly code?: string | undefined;
  readonly bytes?: number | undefined;
}

/** A file was read, written or changed. */
export interface FileEvent {
  readonly kind: 'file';
  readonly command: number;
  readonly operation: string;
  readonly path: string;
  readonly bytes?: number | undefined;
  /** Hex, of a whole file up to a bound. */
  readonly sha256?: string | undefined;
}

export interface SessionClosed {
  readonly kind: 'closed';
  /** `interrupted`: the gateway ended without writing this; another has, when it started. `rolled`: another file goes on. */
  readonly reason:
    'client' | 'upstream' | 'idle' | 'expired' | 'refused' | 'shutdown' | 'error' | 'interrupted' | 'rolled';
  readonly detail?: string;
  readonly commands: number;
}
