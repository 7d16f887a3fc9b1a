/**
 * The messages of PostgreSQL's protocol 3.0 by name. PostgreSQL documentation, "Frontend/Backend Protocol", section
 * "Message Formats". Names are PostgreSQL's to the letter.
 */

/** A message as received, including its header. Valid until the next one is read. */
export interface Message {
  readonly type: number;
  /** It lies from `start` to `end` of these bytes. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A message, or a part of one that is passed on as it arrives. */
export interface MessagePart extends Message {
  /** Whether this part begins and ends the message; both true for a whole one. */
  readonly first: boolean;
  readonly last: boolean;
}

/** Type bytes of client messages after authentication. */
export const FRONTEND = {
  Bind: 0x42, // B
  Close: 0x43, // C
  CopyData: 0x64, // d
  CopyDone: 0x63, // c
  CopyFail: 0x66, // f
  Describe: 0x44, // D
  Execute: 0x45, // E
  Flush: 0x48, // H
  FunctionCall: 0x46, // F
  Parse: 0x50, // P
  PasswordMessage: 0x70, // p
  Query: 0x51, // Q
  Sync: 0x53, // S
  Terminate: 0x58, // X
} as const;
export type FrontendType = (typeof FRONTEND)[keyof typeof FRONTEND];

/** Type bytes of server messages. */
export const BACKEND = {
  Authentication: 0x52, // R
  BackendKeyData: 0x4b, // K
  BindComplete: 0x32, // 2
  CloseComplete: 0x33, // 3
  CommandComplete: 0x43, // C
  CopyBothResponse: 0x57, // W
  CopyData: 0x64, // d
  CopyDone: 0x63, // c
  CopyInResponse: 0x47, // G
  CopyOutResponse: 0x48, // H
  DataRow: 0x44, // D
  EmptyQueryResponse: 0x49, // I
  ErrorResponse: 0x45, // E
  FunctionCallResponse: 0x56, // V
  NegotiateProtocolVersion: 0x76, // v
  NoData: 0x6e, // n
  NoticeResponse: 0x4e, // N
  NotificationResponse: 0x41, // A
  ParameterDescription: 0x74, // t
  ParameterStatus: 0x53, // S
  ParseComplete: 0x31, // 1
  PortalSuspended: 0x73, // s
  ReadyForQuery: 0x5a, // Z
  RowDescription: 0x54, // T
} as const;
export type BackendType = (typeof BACKEND)[keyof typeof BACKEND];

const frontendTypes: ReadonlySet<number> = new Set(Object.values(FRONTEND));
const backendTypes: ReadonlySet<number> = new Set(Object.values(BACKEND));

export function isFrontendType(type: number): type is FrontendType {
  return frontendTypes.has(type);
}

export function isBackendType(type: number): type is BackendType {
  return backendTypes.has(type);
}

/** The status in ReadyForQuery: not in a transaction block, in one, or in a failed one. */
export type TransactionStatus = 'idle' | 'open' | 'failed';

export interface Parse {
  readonly name: string;
  readonly text: string;
  /** Type oids that the client gave; 0 leaves the choice to the server. */
  readonly parameterTypes: readonly number[];
}

export interface Bind {
  readonly portal: string;
  readonly statement: string;
  /** None (all text), one for all, or one each. 0 is text, 1 is binary. */
  readonly parameterFormats: readonly number[];
  readonly parameters: readonly (Buffer | null)[];
  readonly resultFormats: readonly number[];
}

export interface FunctionCall {
  readonly functionOid: number;
  /** As in Bind. */
  readonly parameterFormats: readonly number[];
  readonly parameters: readonly (Buffer | null)[];
  readonly resultFormat: number;
}

/** For Describe and Close. */
export interface Naming {
  readonly of: 'statement' | 'portal';
  readonly name: string;
}

export interface Execute {
  readonly portal: string;
  /** 0 is no limit. */
  readonly rowsMax: number;
}

/** A field of RowDescription. */
export interface FieldDescription {
  readonly name: string;
  readonly tableOid: number;
  readonly attributeNumber: number;
  readonly typeOid: number;
  /** 0 is text, 1 is binary. */
  readonly format: number;
}

/** The fields of ErrorResponse and NoticeResponse by their letter: S, V, C, M, D, H, W … */
export type ReportFields = ReadonlyMap<string, string>;

/** The other end violates the protocol: nothing after it can be trusted, so the connection ends. */
export class ProtocolViolation extends Error {
  override readonly name: string = 'ProtocolViolation';
}

/**
 * A body that does not match its type, in an intact frame: the position of the next message is still known. A client's is
 * refused and the session goes on, as with a server; a target's ends the session.
 */
export class MalformedMessage extends ProtocolViolation {
  override readonly name = 'MalformedMessage';
  readonly fault: 'structure' | 'encoding';

  constructor(message: string, fault: MalformedMessage['fault'] = 'structure') {
    super(message);
    this.fault = fault;
  }
}

/** The bytes are not a start-up of this protocol: like the server, the gateway closes the connection silently. */
export class NotPostgres extends Error {
  override readonly name = 'NotPostgres';
}

/** Messages that may follow a Sync under way: its answer, and asynchronous messages, which answer nothing. */
export const ANSWERS_SYNC: ReadonlySet<BackendType> = new Set([
  BACKEND.NoticeResponse,
  BACKEND.NotificationResponse,
  BACKEND.ParameterStatus,
  BACKEND.ReadyForQuery,
  BACKEND.ErrorResponse,
]);
