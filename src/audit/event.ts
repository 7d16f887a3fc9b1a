/**
 * The events of a session's record, one JSON object a line. This list is the format: a reader refuses other kinds.
 * Every event carries `seq` (from 0, no gaps), `at` (RFC 3339, UTC, milliseconds) and `prev` (the `hash` of the line
 * before; 64 zeros for the first). The last member of a line is `hash`, the hex SHA-256 of the line's bytes before
 * `,"hash":`, so that the last line, which has no successor, is verified too.
 *
 * The chain proves that no line was changed, moved or removed, unless the rest of the file was rewritten. It does not
 * prove completeness: whole lines can be removed from the end.
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

/** The version written. Version 1 stays readable: see version-1.ts. */
export const VERSION = 2;
/** The version of the format, given in the first event of a file. */
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
 * A connection that was refused. The reason is never shown to the client. A file that begins with one holds nothing
 * else until it is `closed`: refused logins share one file, which continues in another when it is full. Older records
 * have one file per login.
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
  /** How many more logins came while the address was locked out and were not recorded individually. */
  readonly unrecorded?: number;
  /** Set on the first event of a file. */
  readonly part?: RefusalsPart;
}

/** The position of a file among those of one process. */
export interface RefusalsPart {
  /** The same in all files of the process. */
  readonly log: string;
  /** From 1. The oldest files may have been removed to bound their total size. */
  readonly number: number;
  /** The hash of the last line of the previous file, so that nothing can be removed in between. Null for the first file. */
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
  /** The client's own name: `psql`. */
  readonly application: string;
}

/** Written, with its decision, before any byte of the command is sent to the target. */
export interface CommandDecided {
  readonly kind: 'command';
  /** Counts the commands of the session from 1; results refer to it. */
  readonly command: number;
  /** The phase of the command, which replay needs to derive its facts again. */
  readonly phase: 'query' | 'prepare' | 'execute';
  readonly text: string;
  /** For an `execute`: the bound values as text, null for NULL, `{"$unknown": why}` if a value was not decoded. */
  readonly parameters?: readonly unknown[] | undefined;
  /** Session state that changes the meaning of the text, and the SQL-level prepared statements that it names. */
  readonly context: object;
  /**
   * Over the facts of the session, of the SQL and of the bound values (src/gateway/digest.ts); empty if deriving them
   * failed.
   */
  readonly factsDigest: string;
  /** In the file possibly `{"as": N}`: the same decision as on the earlier command N. */
  readonly decision: Decision;
  /** False if the decision kept the bytes from being sent. */
  readonly forwarded: boolean;
}

/** How a command ended. */
export interface CommandResult {
  readonly kind: 'result';
  readonly command: number;
  readonly outcome: 'completed' | 'error' | 'skipped' | 'lost';
  /** The size of the result as received from the target. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** The SQLSTATE, HTTP status or exit code of an error. */
  readonly code?: string | undefined;
  /** Details in the protocol's own shape, which its entry in src/protocols checks. Values are as the client saw them. */
  readonly detail?: object | undefined;
}

/** A frame of a terminal session, as in asciicast v2. */
export interface TerminalFrame {
  readonly kind: 'frame';
  readonly channel: number;
  readonly stream: 'output' | 'input' | 'resize';
  /** Text; for `resize`, columns and rows: `80x24`. */
  readonly data: string;
}

/** A step in the review of a command. */
export interface ReviewEvent {
  readonly kind: 'review';
  readonly command: number;
  readonly review: string;
  readonly state: 'requested' | 'approved' | 'declined' | 'expired' | 'withdrawn';
  /** Who approved or declined. */
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
}

/** A channel within a connection was opened or closed. */
export interface ChannelEvent {
  readonly kind: 'channel';
  readonly channel: number;
  readonly state: 'opened' | 'closed';
  /** `exec`, `shell`, `sftp`, `direct-tcpip`. */
  readonly type: string;
  /** Exit code or signal of a closed channel. */
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
  /** Hex digest of the whole file, up to a size limit. */
  readonly sha256?: string | undefined;
}

export interface SessionClosed {
  readonly kind: 'closed';
  /**
   * `interrupted`: the gateway ended without writing this event, and a later one wrote it at start. `rolled`: the log
   * continues in another file.
   */
  readonly reason:
    'client' | 'upstream' | 'idle' | 'expired' | 'refused' | 'shutdown' | 'error' | 'interrupted' | 'rolled';
  readonly detail?: string;
  readonly commands: number;
}
