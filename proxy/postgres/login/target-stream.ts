/**
 * A target's connection for node-postgres, with the gateway's own login: TLS, channel binding, certificates and the bounds on
 * what a target may ask for are the same for the gateway's own queries as for sessions.
 */
import { Duplex } from 'node:stream';
import { GatewayError } from '../../../src/errors.js';
import type { UpstreamLogin } from '../../../src/targets/postgres/upstream-login.js';
import { encodeAuthentication, encodeBackendKeyData, encodeReadyForQuery } from '../wire/backend-codec.js';
import { Fatal } from '../wire/fatal.js';
import { connectUpstream } from './upstream.js';
import type { Upstream } from './upstream.js';

const PARAMETERS = new Map([
  ['application_name', 'sallyport'],
  ['client_encoding', 'UTF8'],
]);

/** To be given to one Client as its `stream`. Its start-up message is not forwarded: the login sends its own. */
export function targetStream(login: UpstreamLogin, timeoutMs = 15_000): Duplex {
  return new TargetStream(login, timeoutMs);
}

class TargetStream extends Duplex {
  readonly #login: UpstreamLogin;
  readonly #timeoutMs: number;
  #upstream: Duplex | null = null;

  constructor(login: UpstreamLogin, timeoutMs: number) {
    super();
    this.#login = login;
    this.#timeoutMs = timeoutMs;
  }

  /** The socket interface that node-postgres uses. Connecting waits for the start-up message, which comes first. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#upstream !== null) {
      this.#upstream.write(chunk, done);
      return;
    }
    connectUpstream(this.#login, PARAMETERS, this.#timeoutMs).then(
      (upstream) => {
        this.#begin(upstream);
        done();
      },
      (error: unknown) => done(asGatewayError(error)),
    );
  }

  #begin(upstream: Upstream): void {
    const { socket, greeting, processId, status } = upstream;
    if (this.destroyed) {
      socket.destroy();
      return;
    }
    this.#upstream = socket;
    // The target's secret is not passed on: nobody cancels these queries.
    const key = encodeBackendKeyData(processId, Buffer.alloc(4));
    this.push(Buffer.concat([encodeAuthentication(0), greeting, key, encodeReadyForQuery(status)]));
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    this.#upstream?.resume();
  }

  override _final(done: () => void): void {
    this.#upstream?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#upstream?.destroy();
    done(error);
  }
}

/** The full reason is wanted here: it goes to the operator's log or terminal, not to a client. */
function asGatewayError(error: unknown): GatewayError {
  const reason = error instanceof Fatal ? error.detail : 'the target cannot be reached';
  const code =
    error instanceof Fatal && error.sqlstate === '3D000'
      ? 'target-database-missing'
      : error instanceof Fatal && error.loginRefused
        ? 'target-login-refused'
        : 'target-unreachable';
  return new GatewayError(code, reason);
}
