/** How PostgreSQL targets are reached, by sessions and by the gateway's own questions. */
import type { Duplex } from 'node:stream';
import type { UpstreamTls } from '../upstream-tls.js';

export type { UpstreamTls } from '../upstream-tls.js';

/** How to reach the target, with its own credential. Never shown, never logged. */
export interface UpstreamLogin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
  readonly tls: UpstreamTls;
}

/**
 * A connection to the target for node-postgres, as its `stream`: whoever reaches targets for sessions does it for the
 * gateway's own questions, too, with the same care.
 */
export type TargetStream = (login: UpstreamLogin) => Duplex;

/** Asks one question, of one value in JSON, in the client's own session at the target. */
export type Ask = (query: string) => Promise<string>;
