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
 *     │── Query ───────────────────▶│ decide, record                          │
 *     │                             │── the same bytes ──────────────────────▶│
 *     │◀─ rows, masked ─────────────│◀─ rows ─────────────────────────────────│
 *     │── Query ───────────────────▶│ decide: refused                         │
 *     │◀─ ErrorResponse 42501 ──────│   in a transaction: Describe of nothing ▶│
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AccessRequest, Admission } from '../../src/gateway/session.js';
import type { MaskKey } from '../../src/masking/methods.js';
import {
  Listener,
  type Connection,
  type ListenerLimits,
  type ListenerOptions,
  type ProtocolServer,
} from '../listener.js';
import { KEEPALIVE_MS } from '../relay.js';
import { receive } from './login/arrival.js';
import type { Arrival, ClientLegOptions } from './login/arrival.js';
import { askForToken } from './login/authentication.js';
import type { Credential } from './login/authentication.js';
import { encodeAuthentication, encodeBackendKeyData, encodeReadyForQuery } from './wire/backend-codec.js';
import { CancelKeys } from './login/cancel.js';
import { isAboutToken, refusedAs, unavailable } from './login/not-admitted.js';
import { Fatal } from './wire/fatal.js';
import { decideStartup } from './login/decide-startup.js';
import type { OAuthOffer } from './login/oauth.js';
import { takeOwnSettings } from './login/own-settings.js';
import { Rate } from './login/rate.js';
import { asFatal, linger, PostgresSession, turnAway } from './session.js';
import type { SqlSession } from './state/sql-session.js';
import { objectionToStatus } from './state/session-settings.js';
import { withheldNotice } from './responses/withheld.js';
import { encodeStartupMessage, spokenVersion, STARTUP_BYTES_MAX } from './wire/startup.js';
import type { StartupMessage } from './wire/startup.js';
import { cancelUpstream, connectUpstream } from './login/upstream.js';
import type { Upstream } from './login/upstream.js';

/** The gateway, which admits clients. */
export interface SqlGateway {
  admit(request: AccessRequest): Promise<SqlAdmission>;
  readonly maskingKey: MaskKey;
}

export type SqlAdmission =
  | { readonly kind: 'admitted'; readonly session: SqlSession }
  | Exclude<Admission<never>, { readonly kind: 'admitted' }>;

export interface PostgresProxyOptions extends ListenerOptions {
  readonly gateway: SqlGateway;
  /** Admits clients on other machines without TLS. */
  readonly plaintext?: boolean;
  /** Where clients that support OAUTHBEARER get their tokens. Null or left out: it is not offered. */
  readonly oauth?: OAuthOffer | null;
  readonly limits?: Partial<PostgresProxyLimits>;
  /** Called with a cancel key that no session here has: another process on the same port may. */
  readonly cancelElsewhere?: (processId: number, secret: Buffer) => void;
}

export interface PostgresProxyLimits extends ListenerLimits {
  /** From the token to the target's ReadyForQuery. */
  readonly upstreamMs: number;
  /** For a client that has closed its side without Terminate. */
  readonly silentMs: number;
  readonly messageBytes: number;
  readonly rowBytes: number;
}

/** In one second. */
const CANCELS_ELSEWHERE_MAX = 1000;

const TOO_SLOW = new Fatal('57014', 'canceling authentication due to timeout', 'refused');

/** A client that was admitted. */
interface Client {
  readonly session: SqlSession;
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
  /** Cancels the running command of the session with this key, if there is one. */
  cancel(processId: number, secret: Buffer): void;
  /** Limits for new connections. */
  reload(options: Pick<PostgresProxyOptions, 'limits' | 'oauth'>): void;
  /**
   * Takes no more connections, ends idle sessions at once and the others after `drainMs` at the latest. A second call with less
   * time shortens the first.
   */
  close(drainMs?: number): Promise<void>;
}

export async function startPostgresProxy(options: PostgresProxyOptions): Promise<PostgresProxy> {
  return new Server(options).listen();
}

class Server implements ProtocolServer {
  readonly turnAway = turnAway;
  readonly tooSlow = TOO_SLOW;
  limits: PostgresProxyLimits;
  readonly #options: PostgresProxyOptions;
  #oauth: OAuthOffer | null;
  readonly #listener: Listener;
  readonly #clientLeg: ClientLegOptions;
  readonly #cancelKeys = new CancelKeys();
  /** Unknown keys are passed on, and guessing must not keep the other processes busy. */
  readonly #elsewhere = new Rate(CANCELS_ELSEWHERE_MAX);
  /** Cancel requests to targets that are under way. */
  readonly #asking = new Set<Promise<void>>();

  constructor(options: PostgresProxyOptions) {
    this.#options = options;
    this.limits = { ...LIMITS, ...options.limits };
    this.#oauth = options.oauth ?? null;
    this.#listener = new Listener(options, this);
    this.#clientLeg = { tls: this.#listener.tls, plaintext: options.plaintext ?? false };
  }

  async listen(): Promise<PostgresProxy> {
    const { address, port } = await this.#listener.listen();
    return {
      address,
      port,
      cancel: (processId, secret) =>
        void this.#cancelKeys
          .cancel(processId, secret, this.limits.upstreamMs)
          .catch((error: unknown) => this.#listener.report(error)),
      reload: ({ limits, oauth = null }) => {
        this.limits = { ...LIMITS, ...limits };
        this.#oauth = oauth;
      },
      close: (drainMs) => this.#listener.close(drainMs),
    };
  }

  pending(): Promise<unknown> {
    return Promise.all(this.#asking);
  }

  async serve(connection: Connection): Promise<void> {
    const { socket } = connection;
    const arrival = await receive(socket, this.#clientLeg, (secured) => {
      secured.on('error', () => undefined);
      connection.client = secured;
    });
    connection.known = true;
    const client = await this.#login(connection, arrival);
    connection.admitted();
    if (client === null) return;
    const { session, startup } = client;
    if (!connection.client.writable) {
      // It was closed, or refused, while it was verified.
      session.close('client');
      return;
    }
    try {
      this.#begin(connection.client, client, await this.#reach(session, startup));
    } catch (error) {
      const fatal = asFatal(error);
      session.close(fatal.reason, fatal.detail);
      throw error;
    }
  }

  /** Null if the client did not come for a session, or sent no token. */
  async #login({ socket, newcomer }: Connection, arrival: Arrival): Promise<Client | null> {
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
    const known = await this.#cancelKeys.cancel(processId, secret, this.limits.upstreamMs);
    if (!known && this.#elsewhere.take()) this.#options.cancelElsewhere?.(processId, secret);
    linger(client);
  }

  async #admit(
    socket: Socket,
    startup: StartupMessage,
    credential: Credential & { kind: 'token' },
  ): Promise<SqlSession> {
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

  async #reach(session: SqlSession, startup: StartupMessage): Promise<Upstream> {
    const settings = decideStartup(session, startup.parameters);
    const { user, database } = session.upstream;
    if (encodeStartupMessage(user, database, startup.parameters).length > STARTUP_BYTES_MAX + 4)
      throw new Fatal('54000', 'the start-up settings are too long for the target', 'refused');
    // Both ask the target: one after the other, a target that does not answer would cost twice the wait.
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
    const done = {
      outcome: 'completed',
      bytes: 0,
      milliseconds: 0,
      detail: { tags: ['SET'], rows: 0 },
    } as const;
    for (const command of settings) session.finish({ command, ...done });
    session.flush();
    return upstream;
  }

  /** If a target refuses the credential, the login is repeated once if the credential has changed since it was read. */
  async #connect(session: SqlSession, { parameters }: StartupMessage): Promise<Upstream> {
    try {
      return await connectUpstream(session.upstream, parameters, this.limits.upstreamMs);
    } catch (error) {
      const refused = error instanceof Fatal && error.loginRefused;
      if (!refused || !(await session.renewLogin())) throw error;
      return connectUpstream(session.upstream, parameters, this.limits.upstreamMs);
    }
  }

  async #askToCancel({ upstream: login }: SqlSession, { processId, secret }: Upstream): Promise<void> {
    const asking = cancelUpstream(login, processId, secret, this.limits.upstreamMs);
    this.#asking.add(asking);
    await asking;
    this.#asking.delete(asking);
  }

  #begin(client: Duplex, { session, startup }: Client, upstream: Upstream): void {
    const running = new PostgresSession({
      client,
      upstream: upstream.socket,
      session,
      maskingKey: this.#options.gateway.maskingKey,
      silentMs: this.limits.silentMs,
      limits: { messageBytesMax: this.limits.messageBytes, rowBytesMax: this.limits.rowBytes },
      cancel: () => this.#askToCancel(session, upstream),
      ended: (error) => {
        key.release();
        this.#listener.sessions.delete(running);
        if (error !== undefined) this.#options.onError?.(error, { address: '', session: session.id });
      },
    });
    const { processId, secret } = upstream;
    const cancellable = { login: session.upstream, processId, secret, interrupt: () => running.interrupt() };
    const key = this.#cancelKeys.register(cancellable, spokenVersion(startup));
    this.#listener.sessions.add(running);
    // A target that cannot cancel sends no key, and the client then gets none.
    const keyData = secret.length === 0 ? [] : [encodeBackendKeyData(processId, key.secret)];
    const ready = encodeReadyForQuery(upstream.status);
    const notices = session.hasMasks() ? upstream.notices.map(withheldNotice) : upstream.notices;
    client.write(Buffer.concat([encodeAuthentication(0), upstream.greeting, ...notices, ...keyData, ready]));
    running.start();
  }
}
