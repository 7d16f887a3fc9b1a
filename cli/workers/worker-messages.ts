/** What the process that `policy serve` starts and its workers tell one another. */
import type { Address } from '../../src/gateway/config/config.js';

export type ToWorker =
  /**
   * `maskingKey` is hexadecimal: hash masks are the same in every worker. `configuration` is the text of the file as it was when the
   * first of them started, so that one that takes the place of another serves the same.
   */
  | { readonly kind: 'start'; readonly maskingKey: string; readonly configuration: string }
  /** The file as it is now. */
  | { readonly kind: 'reload'; readonly configuration: string }
  /** Whether there is a seat for the session that asked. */
  | { readonly kind: 'seat'; readonly request: number; readonly granted: boolean }
  /** What a session of another worker asks of all. */
  | PeerMessage
  /** Sent a second time, with less time, it shortens the first. */
  | { readonly kind: 'stop'; readonly drainMs: number };

export type FromWorker =
  /** It hears what it is told from now on; what was said before is lost. */
  | { readonly kind: 'up' }
  | { readonly kind: 'listening'; readonly listening: Listening; readonly targets: readonly string[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  /** A session is to begin, and has ended. */
  | { readonly kind: 'take-seat'; readonly request: number }
  | { readonly kind: 'free-seat' }
  /** Whether the worker has taken over the configuration; null if it has. */
  | { readonly kind: 'reloaded'; readonly problem: string | null }
  | PeerMessage;

/** Where the gateway listens, by type of target. */
export type Listening = Readonly<Record<string, Address>>;

export type PeerMessage =
  /** A login has failed and counts against its address. */
  | { readonly kind: 'login-failed'; readonly address: string }
  /** News among targets of a type, or among its proxies: plain JSON that they alone understand. */
  | {
      readonly kind: 'news';
      readonly among: 'targets' | 'proxies';
      readonly type: string;
      readonly news: unknown;
    };
