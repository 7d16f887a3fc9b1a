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
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Admission, Knock, Session } from '../../src/gateway/session.js';
import type { MaskKey } from '../../src/masking/methods.js';
import { KEEPALIVE_MS } from '../relay.js';
import { contextSource } from '../certificate.js';
import type { CertificateSource } from '../certificate.js';
import { Newcomers, type Newcomer } from '../newcomers.js';
import { EndOfStream } from '../socket-reader.js';
import { receive } from './login/arrival.js';
import type { Arrival, ClientLegOptions } from './login/arrival.js';
import { askForToken } from './login/authentication.js';
import type { Credential } from './login/authentication.js';
import { encodeAuthentication, encodeBackendKeyData, encodeReadyForQuery } from './wire/backend-codec.js';
import { CancelKeys } from './login/cancel.js';
import { isAboutToken, refusedAs, unavailable } from './login/door.js';
import { Fatal } from './wire/fatal.js';
import { judgeStartup } from './login/judge-startup.js';
import type { OAuthOffer } from './login/oauth.js';
import { takeOwnSettings } from './login/own-settings.js';
import { Rate } from './login/rate.js';
import { asFatal, linger, PostgresSession, turnAway } from './session.js';
import { objectionToStatus } from './state/session-settings.js';
import { encodeStartupMessage, spokenVersion, STARTUP_BYTES_MAX } from './wire/startup.js';
import type { StartupMessage } from './wire/startup.js';
import { cancelUpstream, connectUpstream } from './login/upstream.js';
import type { Upstream } from './login/upstream.js';

/** Who decides who comes in; the gateway. */
export interface Door {
  admit(knock: Knock): Promise<Admission>;
  readonly maskingKey: MaskKey;
}

export interface CertificateEvents {
  readonly failed: (error: unknown) => void;
  readonly renewed: (validTo: Date) => void;
}

export interface PostgresProxyOptions {
  readonly gateway: Door;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Asked at each handshake. Null offers no TLS. */
  readonly tls: CertificateSource | null;
  /** Lets clients that are not on this machine in without TLS. */
  readonly plaintext?: boolean;
  /** Where clients that speak OAUTHBEARER get their tokens. Null or left out: it is not offered. */
  readonly oauth?: OAuthOffer | null;
  readonly limits?: Partial<PostgresProxyLimits>;
  /** As `contextSource` tells it. */
  readonly onCertificate?: CertificateEvents;
  /** Told of a cancel key that no session here has: another process behind the same port may. */
  readonly cancelElsewhere?: (processId: number, secret: Buffer) => void;
  /** Told of connections that ended by a failure. Never holds a token or a credential. */
  readonly onError?: (
    error: unknown,
    client: { readonly address: string; readonly session: string | null },
  ) => void;
}

export interface PostgresProxyLimits {
  /** Connections that have not logged in yet. How many sessions there may be is for the gateway to say. */
  readonly unauthenticated: number;
  /** From the first byte to being let in. */
  readonly loginMs: number;
  /** From the token to the target's ReadyForQuery. */
  readonly upstreamMs: number;
  /** For a client that has closed its side without a goodbye. */
  readonly silentMs: number;
  readonly messageBytes: number;
  readonly rowBytes: number;
}

/** How often the certificate is looked at, so that one that cannot be used is noticed before a client comes. */
const CERTIFICATE_MS = 500;

/** In one second. */
const CANCELS_ELSEWHERE_MAX = 1000;

const TOO_SLOW = new Fatal('57014', 'canceling authentication due to timeout', 'refused');

/** How long targets may take to hear what is to be cancelled when the gateway closes. */
const FAREWELL_MS = 2000;

/** Who has been let in. */
interface Guest {
  readonly session: Session;
  readonly startup: StartupMessage;
}

const LIMITS: PostgresProxyLimits = {
  unauthenticated: 100,
  loginMs: 20_000,
  upstreamMs: 15_000,
  silentMs: KEEPALIVE_MS,
  messageBytes: 64 * 1024 * 1024,
  rowBytes: 64 * 1024 * 1024,
};

export interface PostgresProxy {
  readonly address: string;
  readonly port: number;
  /** Cancels what runs in the session with this key, where there is one. */
  cancel(processId: number, secret: Buffer): void;
  /** What new connections are bound by from now on. */
  reload(options: Pick<PostgresProxyOptions, 'limits' | 'oauth'>): void;
  /**
   * Takes no more connections, ends idle sessions at once and the others after `drainMs` at the latest. A second call with less
   * time shortens the first.
   */
  close(drainMs?: number): Promise<void>;
}

export async function startPostgresProxy(options: PostgresProxyOptions): Promise<PostgresProxy> {
  const listener = new Listener(options);
  return listener.listen();
}

class Listener {
  readonly #options: PostgresProxyOptions;
  readonly #newcomers = new Newcomers(() => this.#limits.unauthenticated);
  #limits: PostgresProxyLimits;
  #oauth: OAuthOffer | null;
  #look: NodeJS.Timeout | undefined;
  #deadline = Infinity;
  #closed: Promise<void> | null = null;
  readonly #clientLeg: ClientLegOptions;
  readonly #cancelKeys = new CancelKeys();
  /** Keys that are not known here are passed on, and guessing must not keep the other processes busy. */
  readonly #elsewhere = new Rate(CANCELS_ELSEWHERE_MAX);
  readonly #sockets = new Set<Socket>();
  /** Requests to targets to cancel something that are under way. */
  readonly #asking = new Set<Promise<void>>();
  readonly #sessions = new Set<PostgresSession>();
  readonly #server: Server;

  constructor(options: PostgresProxyOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#oauth = options.oauth ?? null;
    const failed = options.onCertificate?.failed ?? ((error: unknown) => this.#report(error));
    this.#clientLeg = {
      tls: options.tls === null ? null : contextSource(options.tls, failed, options.onCertificate?.renewed),
      plaintext: options.plaintext ?? false,
    };
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS },
      (socket) => void this.#accept(socket),
    );
  }

  /** Of nobody's connection. */
  #report(error: unknown): void {
    this.#options.onError?.(error, { address: '', session: null });
  }

  /** Throws where the certificate is none, or the port cannot be had. */
  async listen(): Promise<PostgresProxy> {
    const { host, port } = this.#options;
    await this.#clientLeg.tls?.();
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#look = setInterval(() => void this.#clientLeg.tls?.(), CERTIFICATE_MS);
    this.#look.unref();
    // A connection that fails while it is accepted is that client's trouble.
    this.#server.on('error', (error) => this.#report(error));
    const bound = this.#server.address() as AddressInfo;
    return {
      address: bound.address,
      port: bound.port,
      cancel: (processId, secret) =>
        void this.#cancelKeys
          .cancel(processId, secret, this.#limits.upstreamMs)
          .catch((error: unknown) => this.#report(error)),
      reload: ({ limits, oauth = null }) => {
        this.#limits = { ...LIMITS, ...limits };
        this.#oauth = oauth;
      },
      close: (drainMs = 0) => {
        this.#deadline = Math.min(this.#deadline, performance.now() + drainMs);
        return (this.#closed ??= this.#close());
      },
    };
  }

  async #close(): Promise<void> {
    clearInterval(this.#look);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    while (this.#sessions.size > 0) {
      const late = performance.now() >= this.#deadline;
      for (const session of this.#sessions) if (late || !session.busy) session.shutDown();
      if (late) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
    // What was still at work has been asked to stop: a target that does not hear it now would work on for nobody.
    await Promise.race([Promise.all(this.#asking), sleep(FAREWELL_MS, undefined, { ref: false })]);
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
    const ends = { client: socket as Duplex };
    try {
      await this.#serve(socket, ends, newcomer);
    } catch (error) {
      turnAway(ends.client, error);
      if (!(error instanceof EndOfStream)) this.#options.onError?.(error, { address, session: null });
    }
  }

  async #serve(socket: Socket, ends: { client: Duplex }, newcomer: Newcomer): Promise<void> {
    let known = false;
    // As a server does: who has said what it wants is told that it took too long, anybody else is cut off.
    const deadline = setTimeout(
      () => (known ? turnAway(ends.client, TOO_SLOW) : socket.destroy()),
      this.#limits.loginMs,
    );
    let guest: Guest | null;
    try {
      const arrival = await receive(socket, this.#clientLeg, (secured) => {
        secured.on('error', () => undefined);
        ends.client = secured;
      });
      known = true;
      guest = await this.#letIn(socket, arrival, newcomer);
    } finally {
      clearTimeout(deadline);
    }
    if (guest === null) return;
    const { session, startup } = guest;
    if (!ends.client.writable) {
      // Gone, or turned away, while it was verified.
      session.close('client');
      return;
    }
    try {
      this.#begin(ends.client, guest, await this.#reach(session, startup));
    } catch (error) {
      const fatal = asFatal(error);
      session.close(fatal.reason, fatal.detail);
      throw error;
    }
  }

  /** Null where the client did not come for a session, or not with a token. */
  async #letIn(socket: Socket, arrival: Arrival, newcomer: Newcomer): Promise<Guest | null> {
    if (arrival.kind === 'cancel') {
      await this.#cancel(arrival.socket, arrival.processId, arrival.secret);
      return null;
    }
    const own = takeOwnSettings(arrival.startup.parameters);
    const startup = { ...arrival.startup, parameters: own.parameters };
    const credential = await askForToken(arrival, own.auth, this.#oauth);
    if (credential.kind === 'none') {
      turnAway(arrival.socket, credential.lastWord);
      return null;
    }
    newcomer.busy = true;
    const session = await this.#admit(socket, startup, credential).finally(() => (newcomer.busy = false));
    newcomer.leave();
    return { session, startup };
  }

  async #cancel(client: Duplex, processId: number, secret: Buffer): Promise<void> {
    const known = await this.#cancelKeys.cancel(processId, secret, this.#limits.upstreamMs);
    if (!known && this.#elsewhere.take()) this.#options.cancelElsewhere?.(processId, secret);
    linger(client);
  }

  async #admit(
    socket: Socket,
    startup: StartupMessage,
    credential: Credential & { kind: 'token' },
  ): Promise<Session> {
    const admission = await this.#options.gateway.admit({
      protocol: 'postgres',
      target: startup.database,
      user: startup.user,
      token: credential.token,
      client: {
        address: socket.remoteAddress ?? '',
        port: socket.remotePort ?? 0,
        application: startup.parameters.get('application_name') ?? '',
      },
    });
    if (admission.kind === 'refused') {
      const refusal = refusedAs(admission);
      throw isAboutToken(admission.why) ? await credential.decline(refusal) : refusal;
    }
    if (admission.kind === 'unavailable') throw unavailable(admission.why);
    return admission.session;
  }

  async #reach(session: Session, startup: StartupMessage): Promise<Upstream> {
    const settings = judgeStartup(session, startup.parameters);
    const { user, database } = session.upstream;
    if (encodeStartupMessage(user, database, startup.parameters).length > STARTUP_BYTES_MAX + 4)
      throw new Fatal('54000', 'the start-up settings are too long for the target', 'refused');
    // Both ask the target: who waits for one after the other would wait twice for a target that does not answer.
    const ready = session.ready();
    const upstream = await this.#connect(session, startup);
    await ready;
    for (const [name, value] of upstream.settings) {
      const complaint = objectionToStatus(name, value, session.sessionState);
      if (complaint === null) continue;
      upstream.socket.destroy();
      const hint = name === 'client_encoding' ? 'set PGCLIENTENCODING=UTF8 for the client' : null;
      throw new Fatal('42501', `denied by gateway.session_state: ${complaint}`, 'refused', { hint });
    }
    const done = { outcome: 'completed', tags: ['SET'], rows: 0, bytes: 0, milliseconds: 0 } as const;
    for (const command of settings) session.finish({ kind: 'result', command, ...done });
    session.flush();
    return upstream;
  }

  /** A target that refuses the credential is tried once more if that has changed since it was asked for. */
  async #connect(session: Session, { parameters }: StartupMessage): Promise<Upstream> {
    try {
      return await connectUpstream(session.upstream, parameters, this.#limits.upstreamMs);
    } catch (error) {
      const refused = error instanceof Fatal && error.loginRefused;
      if (!refused || !(await session.renewLogin())) throw error;
      return connectUpstream(session.upstream, parameters, this.#limits.upstreamMs);
    }
  }

  async #askToCancel({ upstream: login }: Session, { processId, secret }: Upstream): Promise<void> {
    const asking = cancelUpstream(login, processId, secret, this.#limits.upstreamMs);
    this.#asking.add(asking);
    await asking;
    this.#asking.delete(asking);
  }

  #begin(client: Duplex, { session, startup }: Guest, upstream: Upstream): void {
    const running = new PostgresSession({
      client,
      upstream: upstream.socket,
      session,
      maskingKey: this.#options.gateway.maskingKey,
      silentMs: this.#limits.silentMs,
      limits: { messageBytesMax: this.#limits.messageBytes, rowBytesMax: this.#limits.rowBytes },
      cancel: () => this.#askToCancel(session, upstream),
      ended: (error) => {
        key.release();
        this.#sessions.delete(running);
        if (error !== undefined) this.#options.onError?.(error, { address: '', session: session.id });
      },
    });
    const { processId, secret } = upstream;
    const cancellable = { login: session.upstream, processId, secret, interrupt: () => running.interrupt() };
    const key = this.#cancelKeys.register(cancellable, spokenVersion(startup));
    this.#sessions.add(running);
    // A target that cannot cancel gives no key, and the client then gets none.
    const keyData = secret.length === 0 ? [] : [encodeBackendKeyData(processId, key.secret)];
    const ready = encodeReadyForQuery(upstream.status);
    client.write(Buffer.concat([encodeAuthentication(0), upstream.greeting, ...keyData, ready]));
    running.start();
  }
}
