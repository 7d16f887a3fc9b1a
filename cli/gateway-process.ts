/** The gateway with its listeners, in this process: for `policy serve` and for the demonstration. */
import type { CertificateSource } from '../proxy/certificate.js';
import { startPostgresProxy, type PostgresProxyOptions } from '../proxy/postgres/proxy.js';
import { targetStream } from '../proxy/postgres/target-stream.js';
import { GatewayError } from '../src/errors.js';
import type { SchemaChange } from '../src/facts/sql/schema-change.js';
import type { Address, GatewayConfig } from '../src/gateway/config.js';
import { createGateway, type GatewayPeers, type Log } from '../src/gateway/gateway.js';
import { fileReader } from '../src/gateway/secrets.js';
import type { TargetStream } from '../src/gateway/session.js';

export interface RunningGateway {
  /** Where PostgreSQL clients connect. */
  readonly address: Address;
  /** Cancels a command of a session in this process, where the key is that of one. */
  cancel(processId: number, secret: Buffer): void;
  /** A session in another process has changed the schema of a database. */
  schemaChanged(target: string, database: string, change: SchemaChange): void;
  /** Takes no more connections, lets running commands end for so long, and closes. */
  stop(drainMs?: number): Promise<void>;
}

/** What one of several gateways behind a port has in common with the others. */
export interface Peers extends GatewayPeers {
  /** Told of a cancel key that no session of this process has. */
  readonly cancelElsewhere: (processId: number, secret: Buffer) => void;
}

export async function startGateway(config: GatewayConfig, log: Log, peers?: Peers): Promise<RunningGateway> {
  const { connections, loginSeconds, targetSeconds } = config.limits;
  const upstreamMs = targetSeconds * 1000;
  const stream: TargetStream = (login) => targetStream(login, upstreamMs);
  const gateway = await createGateway(config, log, stream, () => new Date(), peers);
  try {
    const proxy = await startPostgresProxy({
      gateway,
      ...config.listen.postgres,
      tls: certificateOf(config.tls),
      oauth: config.oauth,
      limits: { connections, loginMs: loginSeconds * 1000, upstreamMs },
      ...(peers === undefined ? {} : { cancelElsewhere: peers.cancelElsewhere }),
      onError: (error, client) => log.warn({ ...client, error: messageOf(error) }, 'a connection failed'),
    } satisfies PostgresProxyOptions);
    return {
      address: { host: proxy.address, port: proxy.port },
      cancel: (processId, secret) => proxy.cancel(processId, secret),
      schemaChanged: (target, database, change) => gateway.schemaChanged(target, database, change),
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

/** Certificates are renewed every few weeks: the files are looked at again for each handshake. */
function certificateOf(tls: GatewayConfig['tls']): CertificateSource | null {
  if (tls === null) return null;
  const [cert, key] = [fileReader(tls.cert), fileReader(tls.key)];
  return async () => {
    try {
      return { cert: await cert(), key: await key() };
    } catch (cause) {
      const message = `the certificate or its key cannot be read: ${messageOf(cause)}`;
      throw new GatewayError('tls-unreadable', message, { cause });
    }
  };
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
