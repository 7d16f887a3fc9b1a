/** `policy serve`: the gateway, until it is told to stop. */
import cluster from 'node:cluster';
import process from 'node:process';
import { destination, pino, type Logger } from 'pino';
import { causeOf } from '../../src/errors.js';
import type { GatewayConfig } from '../../src/gateway/config/config.js';
import type { Listening } from '../workers/worker-messages.js';
import { placeProblems } from '../../src/gateway/preflight.js';
import { startGateway } from '../workers/gateway-process.js';
import { YES, type ExitCode } from '../output/outcome.js';
import { configOf, needsRestart, readServedText } from '../workers/served-config.js';
import { handleSignals, ignoreSignals } from '../workers/signals.js';
import { automaticWorkers } from '../workers/worker-count.js';
import { WorkerPool } from '../workers/worker-pool.js';
import { runWorker } from '../workers/worker.js';

export interface ServeOptions {
  readonly config: string;
}

/** A gateway, in this process or in several. */
interface Served {
  readonly start: () => Promise<{ readonly listening: Listening; readonly targets: readonly string[] }>;
  /** Throws if it cannot be applied, with nothing changed. */
  readonly reload: (config: GatewayConfig, text: string) => Promise<void>;
  /** A second call may shorten the first. */
  readonly stop: (drainMs: number) => Promise<void>;
}

/** The log is JSON lines on stderr: stdout stays free. Resolves when the gateway has closed. */
export async function serve({ config: path }: ServeOptions): Promise<ExitCode> {
  ignoreSignals();
  if (cluster.isWorker) return runWorker(path, Number(process.env[WORKERS]), makeLog);
  const text = readServedText(path);
  const config = configOf(path, text);
  const log = makeLog(config);
  tellProblems(path, text, config, log);
  const count = config.workers === 'auto' ? automaticWorkers() : config.workers;
  process.env[WORKERS] = String(count);
  const served = count === 1 ? alone(config, log) : pool(config, text, log);
  return run(served, config, path, count, log);
}

/** The number of workers, sent to them by the process that starts them. */
const WORKERS = 'SALLYPORT_WORKERS';

function makeLog({ log: { level } }: GatewayConfig): Logger {
  const base = cluster.isWorker ? { worker: cluster.worker!.id } : null;
  const options = {
    base,
    level: level === 'off' ? 'silent' : level,
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(options, destination({ dest: 2, sync: true }));
}

/** What will fail later: a missing secret does not affect the other targets, and may still appear. */
function tellProblems(path: string, text: string, config: GatewayConfig, log: Logger): void {
  for (const { message, help } of placeProblems(path, text, config, new Date()))
    log.warn(
      { code: 'config-problem', file: path, problem: message, help },
      'the configuration names something that cannot be used',
    );
}

function alone(config: GatewayConfig, log: Logger): Served {
  const started = startGateway(config, log);
  return {
    start: async () => ({ listening: (await started).listening, targets: [...config.targets.keys()] }),
    reload: async (next) => (await started).reload(next),
    stop: async (drainMs) => (await started).stop(drainMs),
  };
}

function pool(config: GatewayConfig, text: string, log: Logger): Served {
  const textOf = ({ limits }: GatewayConfig, configuration: string) => ({
    configuration,
    connections: limits.connections,
  });
  const workers = new WorkerPool(log, textOf(config, text));
  return {
    start: () => workers.start(config.workers === 'auto' ? automaticWorkers() : config.workers),
    reload: async (next, configuration) => {
      const problem = await workers.reload(textOf(next, configuration));
      if (problem !== null) throw new Error(problem);
    },
    stop: (drainMs) => workers.stop(drainMs),
  };
}

async function run(
  served: Served,
  first: GatewayConfig,
  path: string,
  workers: number,
  log: Logger,
): Promise<ExitCode> {
  let config = first;
  let reloading = Promise.resolve();
  const reload = async (): Promise<void> => {
    try {
      const text = readServedText(path);
      const next = configOf(path, text);
      const restart = needsRestart(first, next);
      await served.reload(next, text);
      config = next;
      tellProblems(path, text, next, log);
      log.info(
        { code: 'config-reloaded', targets: [...next.targets.keys()] },
        'the configuration was reloaded',
      );
      if (restart.length > 0)
        log.warn({ code: 'config-needs-restart', keys: restart }, 'these keys take effect after a restart');
    } catch (error) {
      const fields = { code: 'config-rejected', problem: causeOf(error) };
      log.error(fields, 'the configuration cannot be used; nothing has changed');
    }
  };
  // The first worker serves before the last one is up: a signal in between must not end its sessions.
  const stopped = new Promise<void>((done, fail) => {
    handleSignals({
      reload: () => void (reloading = reloading.then(reload)),
      stop: (signal) => {
        log.info({ code: 'stopping', signal, seconds: config.limits.drainSeconds }, 'stopping');
        served.stop(config.limits.drainSeconds * 1000).then(done, fail);
      },
      hurry: (signal) => {
        log.warn(
          { code: 'stopping', signal, seconds: 0 },
          'stopping at once: running commands are cancelled at their targets',
        );
        const ended = served.stop(0);
        // The process then reports how it ended as it would without this handler.
        void ended.finally(() => process.kill(process.pid, signal));
      },
    });
  });
  const listening = served.start().then(({ listening: places, targets }) => {
    const where = Object.fromEntries(
      Object.entries(places).map(([type, { host, port }]) => [type, `${host}:${port}`]),
    );
    log.info({ code: 'listening', ...where, targets, workers }, 'listening');
    return stopped;
  });
  await Promise.race([listening, stopped]);
  log.info({ code: 'stopped' }, 'stopped');
  return YES;
}
