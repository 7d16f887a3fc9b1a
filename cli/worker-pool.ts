/**
 * `policy serve` on several cores: workers that share a port, each a gateway of its own with its own sessions and records.
 * This process only starts them again where they fall, and passes on what concerns the sessions of another.
 */
import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { GatewayError } from '../src/errors.js';
import type { FromWorker, PeerMessage, ToWorker } from './worker-messages.js';

/** A worker that falls as soon as it is up must not keep the machine busy. */
const RESTART_MS = 1_000;

type Listening = Extract<FromWorker, { readonly kind: 'listening' }>;

export class WorkerPool {
  readonly #log: Logger;
  readonly #maskingKey = randomBytes(32).toString('hex');
  readonly #workers = new Set<Worker>();
  #stopping = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Resolves when all of them listen. Throws GatewayError where one cannot, with none of them left. */
  async start(count: number): Promise<Listening> {
    try {
      const started = await Promise.all(Array.from({ length: count }, () => this.#startOne()));
      return started[0]!;
    } catch (error) {
      // Who is told to stop while it starts ends as it was told.
      if (this.#stopping) return new Promise(() => undefined);
      this.#stopping = true;
      for (const worker of this.#workers) worker.process.kill('SIGKILL');
      throw error;
    }
  }

  /** Running commands may end; each worker knows for how long. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const ended = [...this.#workers].map((worker) => new Promise((done) => worker.once('exit', done)));
    for (const worker of this.#workers) tell(worker, { kind: 'stop' });
    await Promise.all(ended);
  }

  async #startOne(): Promise<Listening> {
    const worker = cluster.fork();
    this.#workers.add(worker);
    worker.once('exit', () => this.#workers.delete(worker));
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'up') this.#begin(worker);
      if (message.kind === 'cancel' || message.kind === 'schema-changed') this.#passOn(worker, message);
    });
    try {
      const message = await listeningOf(worker);
      worker.once('exit', (code: number, signal: string | null) => void this.#fallen(worker, signal ?? code));
      return message;
    } catch (error) {
      worker.process.kill('SIGKILL');
      throw error;
    }
  }

  #begin(worker: Worker): void {
    // It has not begun anything that would have to end well.
    if (this.#stopping) worker.process.kill('SIGKILL');
    else tell(worker, { kind: 'start', maskingKey: this.#maskingKey });
  }

  /** A cancel key does not say which worker has its session, and every worker has catalogues of its own. */
  #passOn(from: Worker, message: PeerMessage): void {
    for (const worker of this.#workers) if (worker !== from) tell(worker, message);
  }

  async #fallen(worker: Worker, how: string | number): Promise<void> {
    if (this.#stopping) return;
    this.#log.error({ pid: worker.process.pid, how }, 'a worker has ended, and its sessions with it');
    do await sleep(RESTART_MS);
    while (!(await this.#replaced()));
  }

  /** Also where there is nothing to replace any more. */
  async #replaced(): Promise<boolean> {
    if (this.#stopping) return true;
    try {
      await this.#startOne();
      return true;
    } catch (error) {
      this.#log.error({ error: (error as Error).message }, 'a worker does not start');
      return false;
    }
  }
}

/** Throws GatewayError where the worker says that it cannot, or ends without a word. */
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

function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message);
}
