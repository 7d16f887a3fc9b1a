/**
 * The pipeline's local relay to the gateway: a listener on this machine that accepts a client by its own password and sends the gateway a fresh token instead. After that every byte passes unchanged, both ways.
 *
 *   client                    token relay                                  gateway
 *     │── StartupMessage ────────▶│                                           │
 *     │── PasswordMessage ───────▶│ the password of this run?                 │
 *     │                           │── TLS, StartupMessage ───────────────────▶│
 *     │                           │── PasswordMessage (token) ───────────────▶│
 *     │◀─ AuthenticationOk, and all that follows ─────────────────────────────│
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpstreamTls } from '../../src/targets/upstream-tls.js';
import { KEEPALIVE_MS } from '../relay.js';
import { EndOfStream, SocketReader } from '../socket-reader.js';
import { receive } from './login/arrival.js';
import { askForToken } from './login/authentication.js';
import { INVALID_PASSWORD } from './login/not-admitted.js';
import { Fatal } from './wire/fatal.js';
import { encode } from './wire/frontend-codec.js';
import { BACKEND, FRONTEND } from './wire/messages.js';
import { Rate } from './login/rate.js';
import { linger, turnAway } from './session.js';
import { encodeStartupMessage } from './wire/startup.js';
import type { StartupMessage } from './wire/startup.js';
import { cancelUpstream, openTarget, reasonOf } from './login/upstream.js';
import { readStartupMessage } from './login/upstream-login.js';

const NOT_THE_PASSWORD = new Fatal(
  INVALID_PASSWORD,
  'this is not the password that `policy connect` has given out',
  'refused',
);

export interface TokenRelayOptions {
  readonly gateway: { readonly host: string; readonly port: number; readonly tls: UpstreamTls };
  /** The password that a client on this machine must send, so that no other local user can connect under this identity. */
  readonly password: string;
  /** Called for each login. */
  readonly token: () => Promise<string>;
  /** 0 takes a free one. */
  readonly port: number;
  /** Called with the reason why a client was refused. */
  readonly onError: (error: Error) => void;
}

export interface TokenRelay {
  readonly host: string;
  readonly port: number;
  /** Takes no more connections. What clients sent before they left reaches the gateway, then all connections are closed. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Time for a client to authenticate. */
const CLIENT_MS = 20_000;
/** Time for the gateway to admit it: the gateway connects to its target first. */
const GATEWAY_MS = 60_000;
const LAST_WORDS_MS = 2000;
const CONNECTIONS_MAX = 2000;
/** Per second. Keys are unknown here, and guessing them must not keep the gateway busy. */
const CANCELS_MAX = 20;

export async function startTokenRelay(options: TokenRelayOptions): Promise<TokenRelay> {
  return new Relay(options).listen();
}

class Relay {
  readonly #options: TokenRelayOptions;
  readonly #sockets = new Set<Duplex>();
  readonly #cancels = new Rate(CANCELS_MAX);
  readonly #server: Server;

  constructor(options: TokenRelayOptions) {
    this.#options = options;
    this.#server = createServer(
      { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_MS },
      (socket) => void this.#accept(socket),
    );
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  async listen(): Promise<TokenRelay> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#options.port, HOST, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    this.#server.on('error', this.#options.onError);
    const { port } = this.#server.address() as AddressInfo;
    return { host: HOST, port, close: () => this.#close() };
  }

  async #close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await Promise.race([closed, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    for (const socket of this.#sockets) socket.destroy();
  }

  #keep<S extends Duplex>(socket: S): S {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  async #accept(client: Socket): Promise<void> {
    this.#keep(client);
    try {
      const startup = await this.#letIn(client);
      if (startup === null) return;
      const [gateway, welcome] = await this.#logIn(startup);
      client.write(welcome);
      if (gateway === null) linger(client);
      else join(client, this.#keep(gateway));
    } catch (error) {
      turnAway(client, error);
      if (error instanceof Error && !(error instanceof EndOfStream)) this.#options.onError(error);
    }
  }

  /** Null for a client that only cancels. */
  async #letIn(client: Socket): Promise<StartupMessage | null> {
    const deadline = setTimeout(() => client.destroy(), CLIENT_MS);
    try {
      const arrival = await receive(client, { tls: null, plaintext: false }, () => undefined);
      if (arrival.kind === 'cancel') {
        if (this.#cancels.take())
          await cancelUpstream(this.#loginOf('', ''), arrival.processId, arrival.secret, GATEWAY_MS);
        linger(client);
        return null;
      }
      const credential = await askForToken(arrival, null, null);
      if (credential.kind === 'none') throw credential.lastWord;
      if (!isSame(credential.token, this.#options.password)) throw await credential.decline(NOT_THE_PASSWORD);
      return arrival.startup;
    } finally {
      clearTimeout(deadline);
    }
  }

  #loginOf(user: string, database: string): Parameters<typeof openTarget>[0] {
    return { ...this.#options.gateway, user, database, password: null };
  }

  /** The connection and the first message for the client; without a connection that is the gateway's refusal. */
  async #logIn(startup: StartupMessage): Promise<readonly [Duplex | null, Buffer]> {
    const token = await this.#token();
    const sockets: Socket[] = [];
    const deadline = setTimeout(() => {
      for (const socket of sockets) socket.destroy(new Error('it took too long'));
    }, GATEWAY_MS);
    try {
      const gateway = await openTarget(this.#loginOf(startup.user, startup.database), sockets);
      return await showToken(gateway, startup, token);
    } catch (error) {
      for (const socket of sockets) socket.destroy();
      const { host, port } = this.#options.gateway;
      const cause = sockets[0]?.errored ?? error;
      // OpenSSL's reason for a failed handshake.
      const why = reasonOf((cause as Error).cause ?? cause) || 'the connection failed';
      const message = `the gateway ${host}:${port} cannot be reached: ${why}`;
      throw new Fatal('08006', message, 'error', { cause: error });
    } finally {
      clearTimeout(deadline);
    }
  }

  async #token(): Promise<string> {
    try {
      return await this.#options.token();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : 'it cannot be had';
      throw new Fatal('28000', `there is no token for the gateway: ${why}`, 'error', { cause });
    }
  }
}

async function showToken(
  gateway: Duplex,
  { user, database, parameters }: StartupMessage,
  token: string,
): Promise<readonly [Duplex | null, Buffer]> {
  const reader = new SocketReader(gateway);
  // A gateway may be configured to ask all clients for a token in another way.
  const asked = new Map([...parameters, ['sallyport.auth', 'password']]);
  gateway.write(encodeStartupMessage(user, database, asked));
  const request = await readStartupMessage(reader);
  if (isAuthentication(request, 3)) gateway.write(encode(FRONTEND.PasswordMessage, token));
  else if (request[0] !== BACKEND.ErrorResponse) throw new Error('it is no gateway that takes tokens');
  const answer = request[0] === BACKEND.ErrorResponse ? request : await readStartupMessage(reader);
  if (answer[0] === BACKEND.ErrorResponse) {
    gateway.destroy();
    return [null, answer];
  }
  if (!isAuthentication(answer, 0)) throw new Error('it is no gateway that takes tokens');
  reader.release();
  return [gateway, answer];
}

function isAuthentication(message: Buffer, kind: number): boolean {
  return message[0] === BACKEND.Authentication && message.length >= 9 && message.readInt32BE(5) === kind;
}

function isSame(given: string, password: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(password)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Neither end is read faster than the other accepts; what one end sent before it left still reaches the other. */
function join(client: Duplex, gateway: Duplex): void {
  client.pipe(gateway);
  gateway.pipe(client);
  client.once('close', () => gateway.destroy());
  gateway.once('close', () => linger(client));
  if (client.destroyed) gateway.destroy();
  if (gateway.destroyed) linger(client);
}
