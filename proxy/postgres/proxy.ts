/**
 * The PostgreSQL enforcement point: a listener, and for each connection the way from the first byte to a session.
 *
 *   client                       gateway                                   target
 *     │── SSLRequest ──────────────▶│                                         │
 *     │◀─ S, TLS handshake ─────────│                                         │
 *     │── StartupMessage ──────────▶│                                         │
 *     │◀─ AuthenticationCleartext ──│                                         │
 *     │── PasswordMessage (token) ─▶│ admit: who, to what                     │
 *     │                             │── SSLRequest, TLS, StartupMessage ─────▶│
 *     │                             │◀─ SCRAM with the target's credential ──▶│
 *     │◀─ AuthenticationOk, ParameterStatus, BackendKeyData, ReadyForQuery ───│
 *     │── Query ───────────────────▶│ judge, record                           │
 *     │                             │── the same bytes ──────────────────────▶│
 *     │◀─ rows, masked ─────────────│◀─ rows ─────────────────────────────────│
 *     │── Query ───────────────────▶│ judge: refused                          │
 *     │◀─ ErrorResponse 42501 ──────│   in a transaction: Describe of nothing ▶│
 */
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import type { Admission, Knock, Session } from '../../src/gateway/session.js';
import type { MaskKey } from '../../src/masking/methods.js';
import { EndOfStream } from '../socket-reader.js';
import { askForToken, receive } from './authentication.js';
import type { ClientLegOptions } from './authentication.js';
import {
  encodeAuthentication,
  encodeBackendKeyData,
  encodeError,
  encodeReadyForQuery,
} from './backend-codec.js';
import { CancelKeys } from './cancel.js';
import { Fatal } from './fatal.js';
import { asFatal, linger, PostgresSession } from './session.js';
import { objectionToStartup, objectionToStatus } from './session-settings.js';
import type { StartupMessage } from './startup.js';
import { cancelUpstream, connectUpstream } from './upstream.js';
import type { Upstream } from './upstream.js';

/** Who decides who comes in; the gateway. */
export interface Door {
  admit(knock: Knock): Promise<Admission>;
  readonly maskingKey: MaskKey;
}

export interface PostgresProxyOptions {
  readonly gateway: Door;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** PEM. Null offers no TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Lets clients that are not on this machine in without TLS. */
  readonly plaintext?: boolean;
  readonly limits?: Partial<PostgresProxyLimits>;
  /** Told of a cancel key that no session here has: another process behind the same port may. */
  readonly cancelElsewhere?: (processId: number, secret: Buffer) => void;
  /** Told of connections that ended by a failure. Never holds a token or a credential. */
  readonly onError?: (
    error: unknown,
    client: { readonly address: string; readonly session: string | null },
  ) => void;
}

export interface PostgresProxyLimits {
  readonly connections: number;
  /** From the first byte to the token. */
  readonly loginMs: number;
  /** From the token to the target's ReadyForQuery. */
  readonly upstreamMs: number;
  readonly messageBytes: number;
  readonly rowBytes: number;
}

const LIMITS: PostgresProxyLimits = {
  connections: 10_000,
  loginMs: 20_000,
  upstreamMs: 15_000,
  messageBytes: 64 * 1024 * 1024,
  rowBytes: 64 * 1024 * 1024,
};

export interface PostgresProxy {
  readonly address: string;
  readonly port: number;
  /** Cancels what runs in the session with this key, where there is one. */
  cancel(processId: number, secret: Buffer): void;
  /** Takes no more connections, ends idle sessions at once and the others after `drainMs` at the latest. */
  close(drainMs?: number): Promise<void>;
}

export async function startPostgresProxy(options: PostgresProxyOptions): Promise<PostgresProxy> {
  const listener = new Listener(options);
  return listener.listen();
}

class Listener {
  readonly #options: PostgresProxyOptions;
  readonly #limits: PostgresProxyLimits;
  readonly #clientLeg: ClientLegOptions;
  readonly #cancelKeys = new CancelKeys();
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<PostgresSession>();
  readonly #server: Server;

  constructor(options: PostgresProxyOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#clientLeg = {
      tls: options.tls === null ? null : createSecureContext({ ...options.tls, minVersion: 'TLSv1.2' }),
      plaintext: options.plaintext ?? false,
    };
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true },
      (socket) => void this.#accept(socket),
    );
  }

  async listen(): Promise<PostgresProxy> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    // A connection that fails while it is accepted is that client's trouble.
    this.#server.on('error', (error) => this.#options.onError?.(error, { address: '', session: null }));
    const bound = this.#server.address() as AddressInfo;
    return {
      address: bound.address,
      port: bound.port,
      cancel: (processId, secret) =>
        void this.#cancelKeys.cancel(processId, secret, this.#limits.upstreamMs).catch((error: unknown) => {
          this.#options.onError?.(error, { address: '', session: null });
        }),
      close: (drainMs = 0) => this.#close(drainMs),
    };
  }

  async #close(drainMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const deadline = Date.now() + drainMs;
    while (this.#sessions.size > 0) {
      const late = Date.now() >= deadline;
      for (const session of this.#sessions) if (late || !session.busy) session.shutDown();
      if (late) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  async #accept(socket: Socket): Promise<void> {
    const address = socket.remoteAddress ?? '';
    socket.on('error', () => undefined);
    if (this.#sockets.size >= this.#limits.connections) {
      const message = 'the gateway has no more connections to give';
      linger(socket, encodeError({ severity: 'FATAL', sqlstate: '53300', message }));
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const ends = { client: socket as Duplex };
    try {
      await this.#serve(socket, ends);
    } catch (error) {
      this.#turnAway(ends.client, error);
      if (!(error instanceof EndOfStream)) this.#options.onError?.(error, { address, session: null });
    }
  }

  /** Tells the client why, where its connection still stands. */
  #turnAway(client: Duplex, error: unknown): void {
    if (client.destroyed || error instanceof EndOfStream) {
      client.destroy();
      return;
    }
    const { sqlstate, message, hint } = asFatal(error);
    linger(client, encodeError({ severity: 'FATAL', sqlstate, message, hint }));
  }

  async #serve(socket: Socket, ends: { client: Duplex }): Promise<void> {
    const deadline = setTimeout(() => socket.destroy(), this.#limits.loginMs);
    let startup: StartupMessage;
    let token: string;
    try {
      const arrival = await receive(socket, this.#clientLeg, (secured) => {
        secured.on('error', () => undefined);
        ends.client = secured;
      });
      if (arrival.kind === 'cancel') {
        await this.#cancel(arrival.socket, arrival.processId, arrival.secret);
        return;
      }
      startup = arrival.startup;
      token = await askForToken(arrival.socket, arrival.reader, startup);
    } finally {
      clearTimeout(deadline);
    }
    const session = await this.#admit(socket, startup, token);
    try {
      this.#begin(ends.client, session, await this.#reach(session, startup));
    } catch (error) {
      const fatal = asFatal(error);
      session.close(fatal.reason, fatal.detail);
      throw error;
    }
  }

  async #cancel(client: Duplex, processId: number, secret: Buffer): Promise<void> {
    const known = await this.#cancelKeys.cancel(processId, secret, this.#limits.upstreamMs);
    if (!known) this.#options.cancelElsewhere?.(processId, secret);
    linger(client);
  }

  async #admit(socket: Socket, startup: StartupMessage, token: string): Promise<Session> {
    const admission = await this.#options.gateway.admit({
      protocol: 'postgres',
      target: startup.database,
      user: startup.user,
      token,
      client: {
        address: socket.remoteAddress ?? '',
        port: socket.remotePort ?? 0,
        application: startup.parameters.get('application_name') ?? '',
      },
    });
    if (admission.kind === 'refused') throw new Fatal('28P01', admission.message, 'refused');
    return admission.session;
  }

  async #reach(session: Session, startup: StartupMessage): Promise<Upstream> {
    const objection = objectionToStartup(startup.parameters);
    if (objection !== null) {
      const message = `denied by ${objection.rule}: ${objection.reason}`;
      throw new Fatal('42501', message, 'refused', { hint: objection.hint });
    }
    const upstream = await connectUpstream(session.upstream, startup.parameters, this.#limits.upstreamMs);
    for (const [name, value] of upstream.settings) {
      const complaint = objectionToStatus(name, value);
      if (complaint === null) continue;
      upstream.socket.destroy();
      const hint = name === 'client_encoding' ? 'set PGCLIENTENCODING=UTF8 for the client' : null;
      throw new Fatal('42501', `denied by gateway.session_state: ${complaint}`, 'refused', { hint });
    }
    return upstream;
  }

  #begin(client: Duplex, session: Session, upstream: Upstream): void {
    const running = new PostgresSession({
      client,
      upstream: upstream.socket,
      session,
      maskingKey: this.#options.gateway.maskingKey,
      limits: { messageBytesMax: this.#limits.messageBytes, rowBytesMax: this.#limits.rowBytes },
      cancel: () =>
        cancelUpstream(session.upstream, upstream.processId, upstream.secret, this.#limits.upstreamMs),
      ended: (error) => {
        key.release();
        this.#sessions.delete(running);
        if (error !== undefined) this.#options.onError?.(error, { address: '', session: session.id });
      },
    });
    const key = this.#cancelKeys.register({
      login: session.upstream,
      processId: upstream.processId,
      secret: upstream.secret,
      running: () => running.cancellable,
    });
    this.#sessions.add(running);
    running.start();
    client.write(
      Buffer.concat([
        encodeAuthentication(0),
        upstream.greeting,
        encodeBackendKeyData(upstream.processId, key.secret),
        encodeReadyForQuery(upstream.status),
      ]),
    );
  }
}
