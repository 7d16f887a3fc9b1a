/** State shared by the two directions of one session. */
import type { Catalogue } from '../../../src/facts/sql/catalogue/catalogue.js';
import type { SqlSession } from './sql-session.js';
import type { MaskKey } from '../../../src/masking/methods.js';
import type { Replacements } from '../../../src/masking/sql/replacements.js';
import type { Outlet } from '../../relay.js';
import type { Attempts } from './attempts.js';
import type { Conversation } from './conversation.js';
import type { Expiry } from './expiry.js';
import type { OwnQuestion } from './own-question.js';
import type { Pipeline } from './pipeline.js';
import type { JustBound } from './portal.js';
import type { SecretNames } from './refusal.js';
import type { ServerState } from './server-state.js';
import type { PathReader } from './session-path.js';
import type { Message } from '../wire/messages.js';

export interface Link {
  readonly session: SqlSession;
  readonly maskingKey: MaskKey;
  readonly limits: SessionLimits;
  readonly state: ServerState;
  readonly pipeline: Pipeline;
  readonly names: SecretNames;
  readonly path: PathReader;
  /** Replacements of masked values that the client was shown. */
  readonly replacements: Replacements;
  readonly toClient: Outlet;
  readonly toUpstream: Outlet;
  readonly conversation: Conversation;
  readonly question: OwnQuestion;
  readonly attempts: Attempts;
  readonly justBound: JustBound;
  /** Changed only by the session. */
  readonly holds: Readonly<Holds>;
  readonly expiry: Expiry;
  /** Holds commands back until the promise settles. */
  wait(promise: Promise<void>): void;
  /** Reads catalogue changes and holds commands back meanwhile; false if that was done a moment ago. */
  renew(): boolean;
  /**
   * Reads the catalogue again if it belongs to another database than the one at this path, and holds commands back meanwhile.
   */
  confirm(path: string): void;
  /** Reads catalogue changes, however recently that was done, and holds commands back meanwhile. */
  reread(): void;
  /**
   * Checks, once the target has answered, whether these names still resolve as in that catalogue. The target's messages are
   * held back meanwhile.
   */
  confirmNames(names: ReadonlySet<string>, judgedBy: Catalogue | null, told: (same: boolean) => void): void;
  /** Asks the target to cancel its current command, and holds commands back until the request is delivered. */
  cancel(): void;
}

/** The current message, or the current part of it, as received. */
export function passUpstream({ toUpstream }: Link, { bytes, start, end }: Message): void {
  toUpstream.pass(bytes, start, end);
}

export interface SessionLimits {
  /** Limit for one client message that is read as a whole: only Bind is large. */
  readonly messageBytesMax: number;
  /** Limit for one target message that is read as a whole: only a masked row is large. */
  readonly rowBytesMax: number;
}

/** What is awaited beside the target's answers: three independent facts. */
export interface Holds {
  /** The catalogue is being read: no command is decided meanwhile. */
  catalogue: boolean;
  /** A cancel request is on its way: it could hit whatever is sent meanwhile. */
  cancel: boolean;
  /** The target's messages wait until it is known what they depend on. */
  confirmation: boolean;
}
