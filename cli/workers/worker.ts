/** One of several processes that serve one port. It lives as long as the process that started it. */
import process from 'node:process';
import type { Logger } from 'pino';
import { causeOf, GatewayError } from '../../src/errors.js';
import type { GatewayConfig } from '../../src/gateway/config/config.js';
import type { Seats } from '../../src/gateway/gateway.js';
import { configOf } from './served-config.js';
import { startGateway, type Peers, type RunningGateway } from './gateway-process.js';
import { FINDING, YES, type ExitCode } from '../output/outcome.js';
import type { FromWorker, ToWorker } from './worker-messages.js';

const send = (sent: FromWorker): void => void process.send?.(sent);

/**
 * Resolves when the gateway has closed. `path` is for messages only: the text of the file comes from the process that started
 * this one.
 */
export async function runWorker(path: string, workers: number, makeLog: LogMaker): Promise<ExitCode> {
  // The parent process says when to stop; a terminal sends its signals to all of them.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const start = message('start');
  const stop = message('stop');
  send({ kind: 'up' });
  const { maskingKey, configuration } = await start;
  const config = shareOf(configOf(path, configuration), workers);
  let gateway: RunningGateway;
  try {
    gateway = await startGateway(config, makeLog(config), peersOf(maskingKey));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    send({ kind: 'failed', code: error.code, message: error.message });
    await gone();
    return FINDING;
  }
  process.on('message', (received: ToWorker) => {
    if (received.kind === 'reload')
      void reload(gateway, shareOf(configOf(path, received.configuration), workers));
    else hear(gateway, received);
  });
  send({ kind: 'listening', listening: gateway.listening, targets: [...config.targets.keys()] });
  const told = await Promise.race([stop, gone()]);
  // The process that started this one is gone, so nobody can ask for more time.
  const abandoned = (): never => process.exit(FINDING);
  if (process.connected) process.once('disconnect', abandoned);
  await gateway.stop(told?.drainMs ?? config.limits.drainSeconds * 1000);
  process.off('disconnect', abandoned);
  // The channel would keep the process alive.
  if (process.connected) process.disconnect();
  return YES;
}

export type LogMaker = (config: GatewayConfig) => Logger;

/**
 * Connections that have not logged in are distributed in turn, like all others. Sessions are counted for all workers together.
 */
function shareOf(config: GatewayConfig, workers: number): GatewayConfig {
  const unauthenticated = Math.ceil(config.limits.unauthenticated / workers);
  return { ...config, limits: { ...config.limits, unauthenticated } };
}

function peersOf(maskingKey: string): Peers {
  return {
    generatedKey: Buffer.from(maskingKey, 'hex'),
    tell: (among, type, news) => send({ kind: 'news', among, type, news }),
    loginFailed: (address) => send({ kind: 'login-failed', address }),
    seats: sharedSeats(),
  };
}

/** The parent process assigns seats. */
function sharedSeats(): Seats {
  const waiting = new Map<number, (granted: boolean) => void>();
  let last = 0;
  process.on('message', (received: ToWorker) => {
    if (received.kind !== 'seat') return;
    waiting.get(received.request)?.(received.granted);
    waiting.delete(received.request);
  });
  return {
    take: () =>
      new Promise((done) => {
        const request = ++last;
        waiting.set(request, done);
        send({ kind: 'take-seat', request });
      }),
    free: () => send({ kind: 'free-seat' }),
  };
}

async function reload(gateway: RunningGateway, config: GatewayConfig): Promise<void> {
  try {
    await gateway.reload(config);
    send({ kind: 'reloaded', problem: null });
  } catch (error) {
    send({ kind: 'reloaded', problem: causeOf(error) });
  }
}

function hear(gateway: RunningGateway, received: ToWorker): void {
  switch (received.kind) {
    case 'news':
      gateway.told(received.among, received.type, received.news);
      break;
    case 'login-failed':
      gateway.loginFailed(received.address);
      break;
    case 'stop':
      // The second request: the first is waited for.
      void gateway.stop(received.drainMs);
      break;
    case 'start':
    case 'reload':
    case 'seat':
      break;
  }
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

function gone(): Promise<undefined> {
  return new Promise((done) => process.once('disconnect', () => done(undefined)));
}
