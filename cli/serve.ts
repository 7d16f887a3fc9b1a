/** `policy serve`: the gateway, until it is told to stop. */
import cluster from 'node:cluster';
import { destination, pino, type Logger } from 'pino';
import type { Address, GatewayConfig } from '../src/gateway/config.js';
import { startGateway } from './gateway-process.js';
import { requireConfig } from './config.js';
import { YES, type ExitCode } from './outcome.js';
import { automaticWorkers } from './worker-count.js';
import { WorkerPool } from './worker-pool.js';
import { runWorker } from './worker.js';

export interface ServeOptions {
  readonly config: string;
}

/** Running commands may end for so long after the first signal. */
const DRAIN_MS = 10_000;

/** The log is JSON lines on stderr: stdout stays free. Resolves when the gateway has closed. */
export async function serve(options: ServeOptions): Promise<ExitCode> {
  const config = await requireConfig(options.config);
  const base = cluster.isWorker ? { worker: cluster.worker!.id } : null;
  const log = pino({ base, timestamp: pino.stdTimeFunctions.isoTime }, destination({ dest: 2, sync: true }));
  const count = config.workers === 'auto' ? automaticWorkers() : config.workers;
  if (cluster.isWorker) return runWorker(shareOf(config, count), log, DRAIN_MS);
  return count === 1 ? serveAlone(config, log) : servePool(log, count);
}

async function serveAlone(config: GatewayConfig, log: Logger): Promise<ExitCode> {
  const gateway = await startGateway(config, log);
  sayListening(log, gateway.address, [...config.targets.keys()], 1);
  await stopSignal(log);
  await gateway.stop(DRAIN_MS);
  log.info({}, 'stopped');
  return YES;
}

async function servePool(log: Logger, count: number): Promise<ExitCode> {
  const pool = new WorkerPool(log);
  // The first worker serves before the last one is up: a signal that comes between must not end what runs there.
  const stopped = stopSignal(log);
  const started = pool.start(count).then(({ address, targets }) => {
    sayListening(log, address, targets, count);
    return stopped;
  });
  await Promise.race([started, stopped]);
  await pool.stop();
  log.info({}, 'stopped');
  return YES;
}

/** Bounds are of the whole gateway; connections are dealt out to its workers in turn. */
function shareOf(config: GatewayConfig, workers: number): GatewayConfig {
  const connections = Math.ceil(config.limits.connections / workers);
  return { ...config, limits: { ...config.limits, connections } };
}

function sayListening(
  log: Logger,
  { host, port }: Address,
  targets: readonly string[],
  workers: number,
): void {
  log.info({ postgres: `${host}:${port}`, targets, workers }, 'listening');
}

async function stopSignal(log: Logger): Promise<void> {
  const signal = await firstSignal();
  log.info({ signal }, 'stopping');
}

/** A second signal ends the process at once, as its default is. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((done) => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const stop = (signal: NodeJS.Signals): void => {
      for (const one of signals) process.off(one, stop);
      done(signal);
    };
    for (const one of signals) process.on(one, stop);
  });
}
