/** Messages between the main process of `policy serve` and its workers. */
import type { Address } from '../../src/gateway/config/config.js';

export type ToWorker =
  /**
   * `maskingKey` is hexadecimal: hash masks are the same in every worker. `configuration` is the text of the file when the
   * first worker started, so that a replacement serves the same.
   */
  | { readonly kind: 'start'; readonly maskingKey: string; readonly configuration: string }
  /** The file as it is now. */
  | { readonly kind: 'reload'; readonly configuration: string }
  /** Whether there is a free seat for the session that asked. */
  | { readonly kind: 'seat'; readonly request: number; readonly granted: boolean }
  /** A request of another worker's session to all. */
  | PeerMessage
  /** If sent again with less time, it shortens the first. */
  | { readonly kind: 'stop'; readonly drainMs: number };

export type FromWorker =
  /** It receives messages from now on; earlier ones are lost. */
  | { readonly kind: 'up' }
  | { readonly kind: 'listening'; readonly listening: Listening; readonly targets: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** A session is to begin, or has ended. */
  | { readonly kind: 'take-seat'; readonly request: number }
  | { readonly kind: 'free-seat' }
  /** Why the worker could not apply the configuration; null if it has. */
  | { readonly kind: 'reloaded'; readonly problem: string | null }
  | PeerMessage;

/** Where the gateway listens, by type of target. */
export type Listening = Readonly<Record<string, Address>>;

export type PeerMessage =
  /** A login has failed and counts against its address. */
  | { readonly kind: 'login-failed'; readonly address: string }
  /** News among targets of a type, or among its proxies: plain JSON that only they interpret. */
  | {
      readonly kind: 'news';
      readonly among: 'targets' | 'proxies';
      readonly type: string;
      readonly news: unknown;
    };
