/** One of several processes that serve one port. It lives as long as the process that started it. */
import process from 'node:process';
import type { Logger } from 'pino';
import { GatewayError } from '../src/errors.js';
import type { GatewayConfig } from '../src/gateway/config.js';
import { startGateway, type RunningGateway } from './gateway-process.js';
import { FINDING, YES, type ExitCode } from './outcome.js';
import { fromMessage, toMessage } from '../src/facts/sql/schema-change.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

/** Resolves when the gateway has closed. */
export async function runWorker(config: GatewayConfig, log: Logger, drainMs: number): Promise<ExitCode> {
  // Whoever started this process says when to stop; a terminal sends its signals to all of them.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  const send = (sent: FromWorker): void => void process.send?.(sent);
  const start = message('start');
  const stop = message('stop');
  send({ kind: 'up' });
  const { maskingKey } = await start;
  let gateway: RunningGateway;
  try {
    gateway = await startGateway(config, log, {
      generatedKey: Buffer.from(maskingKey, 'hex'),
      cancelElsewhere: (processId, secret) =>
        send({ kind: 'cancel', processId, secret: secret.toString('hex') }),
      schemaChanged: (target, database, change) =>
        send({ kind: 'schema-changed', target, database, change: toMessage(change) }),
    });
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    send({ kind: 'failed', code: error.code, message: error.message });
    await gone();
    return FINDING;
  }
  process.on('message', (received: ToWorker) => {
    if (received.kind === 'cancel') gateway.cancel(received.processId, Buffer.from(received.secret, 'hex'));
    if (received.kind === 'schema-changed')
      gateway.schemaChanged(received.target, received.database, fromMessage(received.change));
  });
  send({ kind: 'listening', address: gateway.address, targets: [...config.targets.keys()] });
  await Promise.race([stop, gone()]);
  // A second signal ends the process that started this one at once, and this one with it.
  const abandoned = (): never => process.exit(FINDING);
  if (process.connected) process.once('disconnect', abandoned);
  await gateway.stop(drainMs);
  process.off('disconnect', abandoned);
  // The channel would keep the process alive.
  if (process.connected) process.disconnect();
  return YES;
}

function message<K extends ToWorker['kind']>(kind: K): Promise<Extract<ToWorker, { kind: K }>> {
  return new Promise((done) => {
    const take = (received: ToWorker): void => {
      if (received.kind !== kind) return;
      process.off('message', take);
      done(received as Extract<ToWorker, { kind: K }>);
    };
    process.on('message', take);
  });
}

function gone(): Promise<void> {
  return new Promise((done) => process.once('disconnect', done));
}
