/** One client and its target: two sockets, the two directions between them, and how the session ends. */
import type { Duplex } from 'node:stream';
import { GatewayError } from '../../src/errors.js';
import { noChange } from '../../src/facts/sql/catalogue/schema-change.js';
import type { SessionClosed } from '../../src/audit/event.js';
import type { SqlSession } from './state/sql-session.js';
import type { MaskKey } from '../../src/masking/methods.js';
import { Replacements } from '../../src/masking/sql/replacements.js';
import { Outlet } from '../relay.js';
import { EndOfStream } from '../socket-reader.js';
import { encodeError, encodeOldError } from './wire/backend-codec.js';
import { Attempts } from './state/attempts.js';
import { Conversation } from './state/conversation.js';
import { Expiry } from './state/expiry.js';
import { Fatal } from './wire/fatal.js';
import { TERMINATE } from './wire/frontend-codec.js';
import { stopClock } from './state/limits.js';
import type { Holds, Link, SessionLimits } from './state/link.js';
import { NotPostgres, ProtocolViolation } from './wire/messages.js';
import { OwnQuestion } from './state/own-question.js';
import { Pipeline } from './state/pipeline.js';
import { JustBound } from './state/portal.js';
import { SecretNames } from './state/refusal.js';
import { Requests } from './commands/requests.js';
import { Responses } from './responses/responses.js';
import { resultOf } from './state/run.js';
import { ServerState } from './state/server-state.js';
import { PathReader } from './state/session-path.js';
import { underWay } from './state/under-way.js';

/** How long an end may take to read its last message before it is closed. */
const LINGER_MS = 2000;

export interface SessionParts {
  readonly client: Duplex;
  readonly upstream: Duplex;
  readonly session: SqlSession;
  readonly maskingKey: MaskKey;
  readonly limits: SessionLimits;
  /** How long the target may work on for a client that has closed its side without Terminate. */
  readonly silentMs: number;
  /** Asks the target, over a separate connection, to cancel the session's running command. */
  readonly cancel: () => Promise<unknown>;
  /** Called once, with the failure if there was one. */
  readonly ended: (error: unknown) => void;
}

export class PostgresSession {
  readonly #parts: SessionParts;
  readonly #link: Link;
  readonly #holds: Holds = { catalogue: false, cancel: false, confirmation: false };
  readonly #requests: Requests;
  readonly #responses: Responses;
  #clientPaused = false;
  #upstreamPaused = false;
  /** The client has closed its side. */
  #silent = false;
  #silence: NodeJS.Timeout | undefined;
  /** Whether everything that the client has sent was handled. */
  #idle = true;
  #over = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#link = {
      session: parts.session,
      maskingKey: parts.maskingKey,
      limits: parts.limits,
      state: new ServerState(parts.session.sessionState),
      pipeline: new Pipeline(),
      names: new SecretNames(),
      path: new PathReader(parts.session.sessionState),
      replacements: new Replacements(),
      toClient: new Outlet(parts.client),
      toUpstream: new Outlet(parts.upstream),
      conversation: new Conversation(),
      question: new OwnQuestion(),
      attempts: new Attempts(),
      justBound: new JustBound(),
      holds: this.#holds,
      expiry: new Expiry(parts.session.lifetime, () => this.#turn()),
      wait: (promise) => this.#await(promise),
      renew: () => this.#renew(),
      confirm: (path) => {
        const reading = parts.session.confirmDatabase(path);
        if (reading !== null) this.#await(reading);
      },
      reread: () => this.#await(this.#reread()),
      confirmNames: (names, judgedBy, told) => void this.#confirm(names, judgedBy, told),
      cancel: () => this.#cancel(),
    };
    this.#requests = new Requests(this.#link);
    this.#responses = new Responses(this.#link);
  }

  /** From here on the sockets belong to the session. */
  start(): void {
    const { client, upstream } = this.#parts;
    client.on('data', (chunk: Buffer) => this.#turn(() => this.#requests.reader.push(chunk)));
    upstream.on('data', (chunk: Buffer) => {
      this.#turn(() => {
        this.#responses.reader.push(chunk);
        this.#responses.pump();
      });
    });
    client.on('drain', () => this.#turn());
    upstream.on('drain', () => this.#turn());
    // A client may close its side after its last message: its messages are handled first, as by a server.
    client.on('end', () => this.#clientEnded());
    for (const event of ['close', 'error'] as const) client.on(event, () => this.#end('client'));
    for (const event of ['end', 'close', 'error'] as const) upstream.on(event, () => this.#upstreamGone());
    if (client.destroyed) this.#end('client');
    else if (client.readableEnded) this.#clientEnded();
    if (upstream.destroyed || upstream.readableEnded) this.#upstreamGone();
    client.resume();
    upstream.resume();
    this.#link.expiry.start();
  }

  /** Whether a command of the client's is under way. */
  get busy(): boolean {
    const { conversation, pipeline, state } = this.#link;
    return !pipeline.quiet || conversation.inPipeline || state.transaction.status !== 'idle';
  }

  /**
   * The client wants to cancel its current command. True if the target works on it and must be asked. During the gateway's own
   * query the target is left alone, and the client's command is refused when its turn comes.
   */
  interrupt(): boolean {
    const { attempts, pipeline } = this.#link;
    const head = pipeline.head;
    if (this.#over) return false;
    if (head !== undefined && !head.own) return true;
    if (this.#requests.commandHeld) attempts.interrupts();
    return false;
  }

  /** Ends the session like a server that shuts down. */
  shutDown(): void {
    this.#fail(new Fatal('57P01', 'terminating connection: the gateway is shutting down', 'shutdown'));
  }

  /** One turn: read what has arrived, handle it, write the results, and resume the ends that may continue. */
  #turn(read?: () => void): void {
    if (this.#over) return;
    try {
      read?.();
      const idle = (this.#idle = this.#requests.pump());
      if (!this.#responses.reader.partlyShown) this.#giveNotice();
      this.#link.toUpstream.flush();
      this.#link.toClient.flush();
      this.#link.session.flush();
      if (this.#hasLeft || (this.#silent && idle && this.#nothingToCome)) this.#end('client');
      else this.#goOn(idle);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The client has sent Terminate. */
  get #hasLeft(): boolean {
    return this.#link.conversation.client === 'ended';
  }

  /** Ends the session if its time is over. */
  #goOn(idle: boolean): void {
    const expired = this.#link.expiry.verdict(() => underWay(this.#link, !idle));
    if (expired === null) this.#regulate(idle);
    else this.#fail(expired);
  }

  #giveNotice(): void {
    const notice = this.#link.expiry.takeNotice();
    if (notice !== null) this.#link.toClient.write(notice);
  }

  /** For a client that has closed its side: it waits for nothing, or the target waits for rows from it. */
  get #nothingToCome(): boolean {
    return !this.#link.pipeline.waiting || this.#link.conversation.target === 'copying';
  }

  /** Neither end is read faster than the other accepts, and no client faster than its commands are decided. */
  #regulate(idle: boolean): void {
    const { client, upstream } = this.#parts;
    const { toClient, toUpstream } = this.#link;
    const pauseClient = !idle || toUpstream.full || toClient.full;
    if (pauseClient !== this.#clientPaused) {
      this.#clientPaused = pauseClient;
      if (pauseClient) client.pause();
      else client.resume();
    }
    const pauseUpstream = toClient.full || this.#holds.confirmation;
    if (pauseUpstream !== this.#upstreamPaused) {
      this.#upstreamPaused = pauseUpstream;
      if (pauseUpstream) upstream.pause();
      else upstream.resume();
    }
  }

  #renew(): boolean {
    const reading = this.#parts.session.renewCatalogue();
    if (reading !== null) this.#await(reading);
    return reading !== null;
  }

  async #reread(): Promise<void> {
    this.#link.attempts.rereads(await this.#parts.session.rereadCatalogue());
  }

  /** No command is decided before a catalogue is available. */
  #await(catalogue: Promise<void>): void {
    this.#holds.catalogue = true;
    catalogue.then(
      () => {
        this.#holds.catalogue = false;
        this.#turn();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** The target's messages wait meanwhile, and so does the target. */
  async #confirm(...[names, judgedBy, told]: Parameters<Link['confirmNames']>): Promise<void> {
    this.#holds.confirmation = true;
    const same = await this.#parts.session.confirmNames(names, judgedBy);
    this.#holds.confirmation = false;
    this.#turn(() => {
      told(same);
      this.#responses.pump();
    });
  }

  #cancel(): void {
    this.#holds.cancel = true;
    const heard = (): void => {
      this.#holds.cancel = false;
      this.#turn();
    };
    // If the target cannot be asked, it works on to its end, and none of its result is shown.
    this.#parts.cancel().then(heard, heard);
  }

  /**
   * A process that died has closed its side just like a client that only waits for an answer, and after that the kernel's
   * keepalive probes reveal nothing. So the wait has an end, except for a client that has sent Terminate, which waits in its
   * place.
   */
  #clientEnded(): void {
    this.#silent = true;
    this.#silence = setTimeout(() => {
      if (this.#idle) this.#end('client', 'the client closed its side and did not come back');
    }, this.#parts.silentMs);
    this.#silence.unref();
    this.#turn();
  }

  #upstreamGone(): void {
    if (this.#over) return;
    // The target has sent the reason.
    if (this.#link.conversation.target === 'closing') this.#end('upstream', 'the target ended the session');
    else this.#fail(new Fatal('08006', 'the target closed the connection', 'upstream'));
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    const fatal = asFatal(error);
    const { sqlstate, message, hint } = fatal;
    const report = encodeError({ severity: 'FATAL', sqlstate, message, hint });
    // Gathered output was handled before the failure and is recorded.
    this.#link.toUpstream.flush();
    // In the middle of a message from the target an error would be read as its rest.
    if (!this.#responses.reader.partlyShown) this.#link.toClient.write(report);
    this.#link.toClient.flush();
    this.#end(fatal.reason, fatal.detail, error);
  }

  #end(reason: SessionClosed['reason'], detail?: string, error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#silence);
    this.#link.expiry.stop();
    const { client, upstream, session, ended } = this.#parts;
    let trouble = error;
    try {
      for (const request of this.#link.pipeline.pending()) {
        if ('run' in request) stopClock(request.run);
        if ('run' in request && request.run !== null && !(request.kind === 'bind' && request.shared)) {
          session.finish(resultOf(request.run, 'lost'));
        }
      }
      // A COMMIT may have reached the target, and its answer is lost.
      const changed = this.#link.state.schema.ended();
      if (changed !== noChange) session.schemaChanged(changed);
      session.close(reason, detail);
    } catch (failure) {
      trouble ??= failure;
    }
    const { pipeline } = this.#link;
    // A server that runs a command does not check whether its client still waits.
    const atWork = [...pipeline.pending()].some(({ own }) => !own);
    if (atWork && !this.#hasLeft && reason !== 'upstream') void this.#parts.cancel().catch(() => undefined);
    if ((pipeline.quiet || this.#hasLeft) && upstream.writable) linger(upstream, TERMINATE);
    else upstream.destroy();
    linger(client);
    ended(trouble);
  }
}

/** Sends the last message, reads what still arrives so that it is not answered with a reset, and then closes. */
export function linger(socket: Duplex, last?: Buffer): void {
  socket.removeAllListeners('data');
  socket.on('error', () => undefined);
  if (last === undefined) socket.end();
  else socket.end(last);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
}

/** The message for the client. No internals of the gateway are disclosed. */
export function asFatal(error: unknown): Fatal {
  if (error instanceof Fatal) return error;
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
  if (error instanceof ProtocolViolation) {
    return new Fatal('08P01', `protocol violation: ${error.message}`, 'error', { detail, cause: error });
  }
  if (error instanceof GatewayError && error.code === 'record-failed') {
    const message = 'the record of this session cannot be written, and nothing is forwarded without it';
    return new Fatal('58030', message, 'error', { detail, cause: error });
  }
  if (error instanceof GatewayError) {
    return new Fatal('58000', 'the gateway cannot do its work at the moment', 'error', {
      detail,
      cause: error,
    });
  }
  return new Fatal('XX000', 'the gateway has ended the session', 'error', { detail, cause: error });
}

/** Tells the client why, if it is still connected and speaks the protocol. */
export function turnAway(client: Duplex, error: unknown): void {
  if (client.destroyed || error instanceof EndOfStream || error instanceof NotPostgres) {
    client.destroy();
    return;
  }
  const { sqlstate, message, hint, old } = asFatal(error);
  linger(client, old ? encodeOldError(message) : encodeError({ severity: 'FATAL', sqlstate, message, hint }));
}
