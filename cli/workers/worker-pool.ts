/**
 * `policy serve` on several cores: workers share a port, each a gateway with its own sessions and records. This process only
 * restarts crashed workers, and passes on what concerns another worker's sessions.
 */
import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { GatewayError } from '../../src/errors.js';
import type { FromWorker, PeerMessage, ToWorker } from './worker-messages.js';

/** In addition to the time in which commands may end and targets are told to cancel them. */
const STOP_MS = 5_000;
/** A worker that crashes right after its start must not keep the machine busy. */
const RESTART_MS = 1_000;

type Listening = Extract<FromWorker, { readonly kind: 'listening' }>;

/** The workers' start data, and what was read since. */
export interface ServedText {
  readonly configuration: string;
  readonly connections: number;
}

export class WorkerPool {
  readonly #log: Logger;
  readonly #maskingKey = randomBytes(32).toString('hex');
  /** Each with its sessions. */
  readonly #workers = new Map<Worker, number>();
  readonly #first: ServedText;
  #now: ServedText;
  #stopping = false;

  constructor(log: Logger, first: ServedText) {
    this.#log = log;
    this.#first = first;
    this.#now = first;
  }

  /** Resolves when all of them listen. If one cannot, stops all and throws GatewayError. */
  async start(count: number): Promise<Listening> {
    try {
      const started = await Promise.all(Array.from({ length: count }, () => this.#startOne()));
      return started[0]!;
    } catch (error) {
      // A worker that is told to stop while it starts ends as it was told.
      if (this.#stopping) return new Promise(() => undefined);
      this.#stopping = true;
      for (const worker of this.#workers.keys()) worker.process.kill('SIGKILL');
      throw error;
    }
  }

  /** Running commands may continue for this long. A second call may shorten the first. Resolves when all have ended. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    const workers = [...this.#workers.keys()];
    const ended = Promise.all(workers.map((worker) => new Promise((done) => worker.once('exit', done))));
    for (const worker of workers) tell(worker, { kind: 'stop', drainMs });
    // A worker that does not end must not keep the others from ending.
    const late = setTimeout(() => {
      for (const worker of this.#workers.keys()) worker.process.kill('SIGKILL');
    }, drainMs + STOP_MS);
    await ended;
    clearTimeout(late);
  }

  /** Resolves when all workers have answered: to the reason if one could not apply it, or null. */
  async reload(next: ServedText): Promise<string | null> {
    this.#now = next;
    const { configuration } = next;
    const answers = await Promise.all(
      [...this.#workers.keys()].map((worker) => {
        const answered = reloadedBy(worker);
        tell(worker, { kind: 'reload', configuration });
        return answered;
      }),
    );
    return answers.find((problem) => problem !== null) ?? null;
  }

  async #startOne(): Promise<Listening> {
    const worker = cluster.fork();
    this.#workers.set(worker, 0);
    worker.once('exit', () => this.#workers.delete(worker));
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'up') this.#begin(worker);
      if (message.kind === 'take-seat') this.#giveSeat(worker, message.request);
      if (message.kind === 'free-seat') this.#count(worker, -1);
      if (isForPeers(message)) this.#passOn(worker, message);
    });
    try {
      const message = await listeningOf(worker);
      // It starts with the first worker's start data, so that all are alike.
      if (this.#now !== this.#first) tell(worker, { kind: 'reload', configuration: this.#now.configuration });
      worker.once('exit', (code: number, signal: string | null) => void this.#fallen(worker, signal ?? code));
      return message;
    } catch (error) {
      worker.process.kill('SIGKILL');
      throw error;
    }
  }

  #begin(worker: Worker): void {
    // It has not begun anything that needs an orderly end.
    if (this.#stopping) worker.process.kill('SIGKILL');
    else
      tell(worker, { kind: 'start', maskingKey: this.#maskingKey, configuration: this.#first.configuration });
  }

  #giveSeat(worker: Worker, request: number): void {
    const taken = [...this.#workers.values()].reduce((sum, count) => sum + count, 0);
    const granted = taken < this.#now.connections;
    if (granted) this.#count(worker, 1);
    tell(worker, { kind: 'seat', request, granted });
  }

  #count(worker: Worker, change: number): void {
    const count = this.#workers.get(worker);
    if (count !== undefined) this.#workers.set(worker, count + change);
  }

  /** A cancel key does not tell which worker has its session, and every worker has its own catalogues. */
  #passOn(from: Worker, message: PeerMessage): void {
    for (const worker of this.#workers.keys()) if (worker !== from) tell(worker, message);
  }

  async #fallen(worker: Worker, how: string | number): Promise<void> {
    if (this.#stopping) return;
    this.#log.error(
      { code: 'worker-ended', pid: worker.process.pid, how },
      'a worker has ended, and its sessions with it',
    );
    do await sleep(RESTART_MS);
    while (!(await this.#replaced()));
  }

  /** Also if there is nothing left to replace. */
  async #replaced(): Promise<boolean> {
    if (this.#stopping) return true;
    try {
      await this.#startOne();
      return true;
    } catch (error) {
      this.#log.error({ code: 'worker-failed', error: (error as Error).message }, 'a worker does not start');
      return false;
    }
  }
}

/** Throws GatewayError if the worker reports a failure, or ends silently. */
function listeningOf(worker: Worker): Promise<Listening> {
  return new Promise((done, fail) => {
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'listening') done(message);
      if (message.kind === 'failed') fail(new GatewayError(message.code, message.message));
    });
    worker.once('exit', (code: number, signal: string | null) =>
      fail(new GatewayError('worker-failed', `a worker ended while it started: ${signal ?? code}`)),
    );
  });
}

/** A worker that ends meanwhile is replaced by one that starts with the new configuration. */
function reloadedBy(worker: Worker): Promise<string | null> {
  return new Promise((done) => {
    const take = (message: FromWorker): void => {
      if (message.kind !== 'reloaded') return;
      worker.off('message', take);
      done(message.problem);
    };
    worker.on('message', take);
    worker.once('exit', () => done(null));
  });
}

function isForPeers(message: FromWorker): message is PeerMessage {
  return ['news', 'login-failed'].includes(message.kind);
}

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
