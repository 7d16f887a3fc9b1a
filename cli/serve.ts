/** `policy serve`: the gateway, until it is told to stop. */
import { destination, pino } from 'pino';
import { startGateway } from './gateway-process.js';
import { requireConfig } from './config.js';
import { YES, type ExitCode } from './outcome.js';

export interface ServeOptions {
  readonly config: string;
}

/** Running commands may end for so long after the first signal. */
const DRAIN_MS = 10_000;

/** The log is JSON lines on stderr: stdout stays free. Resolves when the gateway has closed. */
export async function serve(options: ServeOptions): Promise<ExitCode> {
  const config = await requireConfig(options.config);
  const log = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime },
    destination({ dest: 2, sync: true }),
  );
  const gateway = await startGateway(config, log);
  const { host, port } = gateway.address;
  log.info({ postgres: `${host}:${port}`, targets: [...config.targets.keys()] }, 'listening');
  const signal = await firstSignal();
  log.info({ signal }, 'stopping');
  await gateway.stop(DRAIN_MS);
  log.info({}, 'stopped');
  return YES;
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
