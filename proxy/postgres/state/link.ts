/** What the two directions of one session share. */
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
  /** What the client was shown in place of masked values. */
  readonly replacements: Replacements;
  readonly toClient: Outlet;
  readonly toUpstream: Outlet;
  readonly conversation: Conversation;
  readonly question: OwnQuestion;
  readonly attempts: Attempts;
  readonly justBound: JustBound;
  /** Changed by the session alone. */
  readonly holds: Readonly<Holds>;
  readonly expiry: Expiry;
  /** Holds commands back until the promise is settled. */
  wait(promise: Promise<void>): void;
  /** Reads what is new in the catalogue, and holds commands back until it is there; false if that was done a moment ago. */
  renew(): boolean;
  /** Reads the catalogue anew if it is of another database than the one at this path, and holds commands back meanwhile. */
  confirm(path: string): void;
  /** Reads what is new in the catalogue, whenever that was done before, and holds commands back until it is there. */
  reread(): void;
  /**
   * Asks whether these names stand for what they stood for in that catalogue, when the target has answered: what it sends is
   * held back meanwhile.
   */
  confirmNames(names: ReadonlySet<string>, judgedBy: Catalogue | null, told: (same: boolean) => void): void;
  /** Asks the target to cancel what it works on, and holds commands back until it has heard. */
  cancel(): void;
}

/** The message at hand, or the part of it, as it came. */
export function passUpstream({ toUpstream }: Link, { bytes, start, end }: Message): void {
  toUpstream.pass(bytes, start, end);
}

export interface SessionLimits {
  /** Of one message from the client that is read as a whole: Bind is the only large one. */
  readonly messageBytesMax: number;
  /** Of one message from the target that is read as a whole: a masked row is the only large one. */
  readonly rowBytesMax: number;
}

/** What is waited for beside the target's answers: three facts that know nothing of each other. */
export interface Holds {
  /** The catalogue is being read: no command is decided meanwhile. */
  catalogue: boolean;
  /** A cancel request is on its way: what is sent meanwhile might be what it hits. */
  cancel: boolean;
  /** What the target has sent waits until it is known what it rests on. */
  confirmation: boolean;
}
