/** What the two directions of one session share. */
import type { Catalogue } from '../../../src/facts/sql/catalogue/catalogue.js';
import type { Session } from '../../../src/gateway/session.js';
import type { MaskKey } from '../../../src/masking/methods.js';
import type { Replacements } from '../../../src/masking/sql/replacements.js';
import type { Outlet } from '../../relay.js';
import type { Conversation } from './conversation.js';
import type { Expiry } from './expiry.js';
import type { FrameReader } from '../wire/frame-reader.js';
import type { BindRequest, Pipeline } from './pipeline.js';
import type { SecretNames } from './refusal.js';
import type { Portal, ServerState } from './server-state.js';
import type { PathQuery, PathReader } from './session-path.js';

export interface Link {
  readonly session: Session;
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
  readonly flow: Flow;
  readonly expiry: Expiry;
  /** Holds commands back until the promise is settled: `flow.refreshing`. */
  wait(promise: Promise<void>): void;
  /** Reads what is new in the catalogue; false where that was done a moment ago. `flow.refreshing` until it is there. */
  renew(): boolean;
  /** Reads the catalogue anew if it is of another database than the one at this path; `flow.refreshing` until it is there. */
  confirm(path: string): void;
  /** Reads what is new in the catalogue, whenever that was done before; `flow.refreshing` until it is there. */
  reread(): void;
  /**
   * Asks whether these names stand for what they stood for in that catalogue, when the target has answered: it is held back
   * meanwhile (`flow.confirming`).
   */
  confirmNames(names: ReadonlySet<string>, judgedBy: Catalogue | null, told: (same: boolean) => void): void;
  /** Asks the target to cancel what it works on; `flow.cancelling` until it has heard. */
  cancel(): void;
}

/** The message at hand, or the part of it, as it came. */
export function passUpstream({ toUpstream }: Link, { bytes, start, end }: FrameReader): void {
  toUpstream.pass(bytes, start, end);
}

export interface SessionLimits {
  /** Of one message from the client that is read as a whole: Bind is the only large one. */
  readonly messageBytesMax: number;
  /** Of one message from the target that is read as a whole: a masked row is the only large one. */
  readonly rowBytesMax: number;
}

/** A question of the gateway's own about the schema, under way. */
export interface Reading {
  /** The one value that was answered. */
  value: string | null;
  failed: boolean;
  /** Told when the target is ready for more. */
  readonly ended: (reading: Reading) => void;
}

export interface Flow {
  /**
   * The beginning of a text over the limit, of which the rest is dropped as it comes. It is answered when it has come, as a server
   * does: some clients do not look for an answer before they have sent all.
   */
  oversized: Buffer | null;
  /** The gateway's own question under way. */
  asking: PathQuery | null;
  /** The gateway's own question about the schema under way, in the client's session. */
  reading: Reading | null;
  /** The catalogue is being read: no command is judged meanwhile. */
  refreshing: boolean;
  /** How often what was changed was read for the command that waits to be judged. */
  learned: number;
  /** The catalogue was read again for the command that waits to be judged: that is done once. */
  renewed: boolean;
  /** For that command what has changed was read after it came; `failed` if it could not be. */
  reread: 'no' | 'done' | 'failed';
  /** What the target has sent waits until it is known what it rests on. */
  confirming: boolean;
  /** A cancel request is on its way: what is sent meanwhile might be what it hits. */
  cancelling: boolean;
  /** What the message before has bound: an Execute that comes with its Bind is decided with it. */
  bound: { readonly portal: Portal; readonly request: BindRequest } | null;
  /** The client wants the command cancelled that waits to be judged. */
  interrupted: boolean;
  /** How often in a row the question of the path came back without an answer. */
  unanswered: number;
}

export function newFlow(): Flow {
  return {
    oversized: null,
    asking: null,
    reading: null,
    refreshing: false,
    learned: 0,
    renewed: false,
    reread: 'no',
    confirming: false,
    cancelling: false,
    bound: null,
    interrupted: false,
    unanswered: 0,
  };
}
