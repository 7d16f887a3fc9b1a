/** The gateway with its listeners, in this process: for `policy serve` and for the demonstration. */
import { readFileSync } from 'node:fs';
import { startPostgresProxy, type PostgresProxyOptions } from '../proxy/postgres/proxy.js';
import { GatewayError } from '../src/errors.js';
import type { Address, GatewayConfig } from '../src/gateway/config.js';
import { createGateway, type Log } from '../src/gateway/gateway.js';

export interface RunningGateway {
  /** Where PostgreSQL clients connect. */
  readonly address: Address;
  /** Takes no more connections, lets running commands end for so long, and closes. */
  stop(drainMs?: number): Promise<void>;
}

export async function startGateway(config: GatewayConfig, log: Log): Promise<RunningGateway> {
  const gateway = await createGateway(config, log);
  try {
    const proxy = await startPostgresProxy({
      gateway,
      ...config.listen.postgres,
      tls: readTls(config.tls),
      limits: { connections: config.limits.connections, loginMs: config.limits.loginSeconds * 1000 },
      onError: (error, client) => log.warn({ ...client, error: messageOf(error) }, 'a connection failed'),
    } satisfies PostgresProxyOptions);
    return {
      address: { host: proxy.address, port: proxy.port },
      stop: async (drainMs) => {
        await proxy.close(drainMs);
        gateway.close();
      },
    };
  } catch (error) {
    gateway.close();
    throw listenFailed(config.listen.postgres, error);
  }
}

function readTls(tls: GatewayConfig['tls']): { readonly cert: string; readonly key: string } | null {
  if (tls === null) return null;
  try {
    return { cert: readFileSync(tls.cert, 'utf8'), key: readFileSync(tls.key, 'utf8') };
  } catch (cause) {
    throw new GatewayError(
      'tls-unreadable',
      `the certificate or its key cannot be read: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function listenFailed({ host, port }: Address, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code;
  const why =
    code === 'EADDRINUSE' ? 'the port is taken' : code === 'EACCES' ? 'the port is not allowed' : null;
  if (why === null && (cause as NodeJS.ErrnoException).syscall !== 'listen') return cause;
  return new GatewayError('listen-failed', `cannot listen on ${host}:${port}: ${why ?? messageOf(cause)}`, {
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
