/** What the process that `policy serve` starts and its workers tell one another. */
import type { Address } from '../src/gateway/config.js';

export type ToWorker =
  /** Hexadecimal. Hash masks are the same in every worker. */
  | { readonly kind: 'start'; readonly maskingKey: string }
  /** A client asks to cancel what another worker may be running. */
  | CancelMessage
  | { readonly kind: 'stop' };

export type FromWorker =
  /** It hears what it is told from now on; what was said before is lost. */
  | { readonly kind: 'up' }
  | { readonly kind: 'listening'; readonly address: Address; readonly targets: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | CancelMessage;

export interface CancelMessage {
  readonly kind: 'cancel';
  readonly processId: number;
  /** Hexadecimal. */
  readonly secret: string;
}
