/** What every protocol's listener does: a bound on connections without a login, a deadline for that, certificates, draining. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { contextSource, type CertificateSource } from './certificate.js';
import { Newcomers, type Newcomer } from './newcomers.js';
import { KEEPALIVE_MS } from './relay.js';
import { EndOfStream } from './socket-reader.js';

/** How often the certificate is looked at, so that one that cannot be used is noticed before a client comes. */
const CERTIFICATE_MS = 500;
/** How long targets may take to hear what is to be cancelled when the gateway closes. */
const PENDING_MS = 2000;
/** How often sessions are looked at while the listener drains. */
const DRAIN_STEP_MS = 20;

export interface CertificateEvents {
  readonly failed: (error: unknown) => void;
  readonly renewed: (validTo: Date) => void;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Asked at each handshake. Null offers no TLS. */
  readonly tls: CertificateSource | null;
  readonly onCertificate?: CertificateEvents | undefined;
  /** Told of connections that ended by a failure. Never holds a token or a credential. */
  readonly onError?:
    | ((error: unknown, client: { readonly address: string; readonly session: string | null }) => void)
    | undefined;
}

export interface ListenerLimits {
  /** Connections that have not logged in yet. The gateway itself bounds the number of sessions. */
  readonly unauthenticated: number;
  /** From the first byte to being admitted. */
  readonly loginMs: number;
}

/** What a protocol adds. */
export interface ProtocolServer {
  readonly limits: ListenerLimits;
  /** Leads a connection from its first byte to a session, and calls `admitted` on the way. What it throws ends the connection. */
  serve(connection: Connection): Promise<void>;
  /** The last word to a client, in the protocol's own form. */
  turnAway(client: Duplex, error: unknown): void;
  /** The message to a client that has sent its start-up and took too long. */
  readonly tooSlow: Error;
  /** Cancel requests to targets that are still pending when the listener closes. */
  pending(): Promise<unknown>;
}

/** A session as the listener sees it. */
export interface RunningSession {
  readonly busy: boolean;
  shutDown(): void;
}

export class Connection {
  /** The socket, or the TLS socket once TLS is on. */
  client: Duplex;
  /** The client has sent its start-up. */
  known = false;
  readonly socket: Socket;
  readonly newcomer: Newcomer;
  readonly #deadline: NodeJS.Timeout;

  constructor(socket: Socket, newcomer: Newcomer, loginMs: number, late: (connection: Connection) => void) {
    this.socket = socket;
    this.client = socket;
    this.newcomer = newcomer;
    this.#deadline = setTimeout(() => late(this), loginMs);
  }

  /** The deadline no longer applies. */
  admitted(): void {
    clearTimeout(this.#deadline);
  }
}

export class Listener {
  readonly sessions = new Set<RunningSession>();
  /** The current certificate; null if TLS is not offered. */
  readonly tls: (() => Promise<SecureContext>) | null;
  readonly #options: ListenerOptions;
  readonly #protocol: ProtocolServer;
  readonly #newcomers = new Newcomers(() => this.#protocol.limits.unauthenticated);
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #look: NodeJS.Timeout | undefined;
  #deadline = Infinity;
  #closed: Promise<void> | null = null;

  constructor(options: ListenerOptions, protocol: ProtocolServer) {
    this.#options = options;
    this.#protocol = protocol;
    const { tls, onCertificate } = options;
    const failed = onCertificate?.failed ?? ((error: unknown) => this.report(error));
    this.tls = tls === null ? null : contextSource(tls, failed, onCertificate?.renewed);
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS },
      (socket) => void this.#accept(socket),
    );
  }

  /** Reports an error that belongs to no connection. */
  report(error: unknown): void {
    this.#options.onError?.(error, { address: '', session: null });
  }

  /** Throws if the certificate is invalid or the port is unavailable. */
  async listen(): Promise<AddressInfo> {
    const { host, port } = this.#options;
    await this.tls?.();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#look = setInterval(() => void this.tls?.(), CERTIFICATE_MS);
    this.#look.unref();
    // A connection that fails while it is accepted affects only that client.
    this.#server.on('error', (error) => this.report(error));
    return this.#server.address() as AddressInfo;
  }

  /**
   * Takes no more connections, ends idle sessions at once and the others after `drainMs` at the latest. A second call with less
   * time shortens the first.
   */
  close(drainMs = 0): Promise<void> {
    this.#deadline = Math.min(this.#deadline, performance.now() + drainMs);
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    clearInterval(this.#look);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    while (this.sessions.size > 0) {
      const late = performance.now() >= this.#deadline;
      for (const session of this.sessions) if (late || !session.busy) session.shutDown();
      if (late) break;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
    }
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
    // Commands still running were asked to stop: a target that does not hear it now would work on for nobody.
    await Promise.race([this.#protocol.pending(), sleep(PENDING_MS, undefined, { ref: false })]);
  }

  async #accept(socket: Socket): Promise<void> {
    const address = socket.remoteAddress ?? '';
    socket.on('error', () => undefined);
    const newcomer = this.#newcomers.enter(socket);
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      newcomer.leave();
    });
    const protocol = this.#protocol;
    // As a server does: a client that has sent its start-up is told that it took too long, any other is closed.
    const connection = new Connection(socket, newcomer, protocol.limits.loginMs, ({ known, client }) =>
      known ? protocol.turnAway(client, protocol.tooSlow) : socket.destroy(),
    );
    try {
      await protocol.serve(connection);
    } catch (error) {
      protocol.turnAway(connection.client, error);
      if (!(error instanceof EndOfStream)) this.#options.onError?.(error, { address, session: null });
    } finally {
      connection.admitted();
    }
  }
}
