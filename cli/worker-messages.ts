/** What the process that `policy serve` starts and its workers tell one another. */
import type { ChangeMessage } from '../src/facts/sql/schema-change.js';
import type { Address } from '../src/gateway/config.js';

export type ToWorker =
  /** Hexadecimal. Hash masks are the same in every worker. */
  | { readonly kind: 'start'; readonly maskingKey: string }
  /** What a session of another worker asks of all. */
  | PeerMessage
  | { readonly kind: 'stop' };

export type FromWorker =
  /** It hears what it is told from now on; what was said before is lost. */
  | { readonly kind: 'up' }
  | { readonly kind: 'listening'; readonly address: Address; readonly targets: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | PeerMessage;

export type PeerMessage =
  /** A client wants to cancel what another worker may be running. The secret is in hexadecimal. */
  | { readonly kind: 'cancel'; readonly processId: number; readonly secret: string }
  /** This of the database's catalogue is outdated. */
  | {
      readonly kind: 'schema-changed';
      readonly target: string;
      readonly database: string;
      readonly change: ChangeMessage;
    };
