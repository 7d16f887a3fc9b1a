/** The gateway with its listeners, in this process: for `policy serve` and for the demonstration. */
import { createSecureContext } from 'node:tls';
import type { CertificateSource } from '../../proxy/certificate.js';
import { Fatal } from '../../proxy/postgres/wire/fatal.js';
import {
  startPostgresProxy,
  type CertificateEvents,
  type PostgresProxyOptions,
} from '../../proxy/postgres/proxy.js';
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import { causeOf, GatewayError } from '../../src/errors.js';
import type { SchemaChange } from '../../src/facts/sql/catalogue/schema-change.js';
import type { Address, GatewayConfig } from '../../src/gateway/config/config.js';
import { createGateway, type GatewayPeers, type Log } from '../../src/gateway/gateway.js';
import { fileReader } from '../../src/gateway/config/secrets.js';
import type { TargetStream } from '../../src/gateway/session.js';

export interface RunningGateway {
  /** Where PostgreSQL clients connect. */
  readonly address: Address;
  /** Cancels a command of a session in this process, where the key is that of one. */
  cancel(processId: number, secret: Buffer): void;
  /** A session in another process has changed the schema of a database. */
  schemaChanged(target: string, database: string, change: SchemaChange): void;
  /** A login has failed in another process. */
  loginFailed(address: string): void;
  /** Takes over what can be without a restart; sessions stay. Throws GatewayError, with nothing taken over, if it cannot. */
  reload(config: GatewayConfig): Promise<void>;
  /** Takes no more connections, lets running commands end for so long, and closes. A second call may shorten the first. */
  stop(drainMs?: number): Promise<void>;
}

/** What one of several gateways behind a port has in common with the others. */
export interface Peers extends GatewayPeers {
  /** Told of a cancel key that no session of this process has. */
  readonly cancelElsewhere: (processId: number, secret: Buffer) => void;
}

export async function startGateway(
  started: GatewayConfig,
  log: Log,
  peers: Peers | null = null,
): Promise<RunningGateway> {
  let config = started;
  const stream: TargetStream = (login) => targetStream(login, config.limits.targetSeconds * 1000);
  const gateway = await createGateway(config, log, stream, () => new Date(), peers);
  try {
    const certificate = certificateOf(config.tls);
    let read = certificate;
    const proxy = await startPostgresProxy({
      gateway,
      ...config.listen.postgres,
      tls: certificate === null ? null : () => read!(),
      ...proxyOptions(config),
      ...(peers === null ? {} : { cancelElsewhere: peers.cancelElsewhere }),
      onError: (error, client) =>
        log.warn({ code: 'connection-failed', ...client, error: reasonOf(error) }, 'a connection failed'),
      onCertificate: certificateEvents(log),
    } satisfies PostgresProxyOptions);
    let stopped: Promise<void> | null = null;
    return {
      address: { host: proxy.address, port: proxy.port },
      cancel: (processId, secret) => proxy.cancel(processId, secret),
      schemaChanged: (target, database, change) => gateway.schemaChanged(target, database, change),
      loginFailed: (address) => gateway.loginFailed(address),
      reload: async (next) => {
        const renewed = certificateOf(next.tls);
        if (renewed !== null) createSecureContext(await renewed());
        config = next;
        read = renewed ?? read;
        gateway.reload(next);
        proxy.reload(proxyOptions(next));
      },
      stop: (drainMs) => {
        const closed = proxy.close(drainMs);
        return (stopped ??= closed.then(() => gateway.close()));
      },
    };
  } catch (error) {
    gateway.close();
    throw listenFailed(config.listen.postgres, error);
  }
}

function proxyOptions({ limits, oauth }: GatewayConfig): Pick<PostgresProxyOptions, 'limits' | 'oauth'> {
  const { unauthenticated, loginSeconds, targetSeconds } = limits;
  const milliseconds = { loginMs: loginSeconds * 1000, upstreamMs: targetSeconds * 1000 };
  return { oauth, limits: { unauthenticated, ...milliseconds } };
}

/** The two files are renewed one after the other: for so long they need not fit together. */
const SETTLE_MS = 1000;

function certificateEvents(log: Log): CertificateEvents {
  let complaint: NodeJS.Timeout | undefined;
  return {
    failed: (error) => {
      clearTimeout(complaint);
      const fields = { code: 'certificate-rejected', problem: causeOf(error) } as const;
      const message = 'the certificate and its key cannot be used: the ones before stay in place';
      complaint = setTimeout(() => log.error(fields, message), SETTLE_MS);
      complaint.unref();
    },
    renewed: (validTo) => {
      clearTimeout(complaint);
      const fields = { code: 'certificate-renewed', validTo: validTo.toISOString() } as const;
      if (validTo.getTime() < Date.now()) log.error(fields, 'a certificate that has expired is in use');
      else log.info(fields, 'a new certificate is in use');
    },
  };
}

/** What the client was told, and what is only for operators. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Fatal)) return causeOf(error);
  const because = error.cause === undefined ? '' : causeOf(error.cause);
  return [error.message, error.detail, because]
    .filter((part, at, all) => part !== '' && !all.slice(0, at).some((one) => one.includes(part)))
    .join(': ');
}

/** Certificates are renewed every few weeks: the files are looked at again for each handshake. */
export function certificateOf(tls: GatewayConfig['tls']): CertificateSource | null {
  if (tls === null) return null;
  const [cert, key] = [fileReader(tls.cert), fileReader(tls.key)];
  return async () => {
    try {
      return { cert: await cert(), key: await key() };
    } catch (cause) {
      const message = `the certificate or its key cannot be read: ${causeOf(cause)}`;
      throw new GatewayError('tls-unreadable', message, { cause });
    }
  };
}

const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'the port is not allowed; those below 1024 need a privilege',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be looked up at the moment',
};

/** Also what OpenSSL says of a certificate that is none, or of another key. */
function listenFailed({ host, port }: Address, cause: unknown): unknown {
  const { code = '', syscall } = cause as NodeJS.ErrnoException;
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_OSSL'))
    return new GatewayError('tls-unusable', `\`tls\`: ${tlsProblem(code)}: ${causeOf(cause)}`, { cause });
  const why = LISTEN_PROBLEMS[code];
  if (why === undefined && syscall !== 'listen' && syscall !== 'getaddrinfo') return cause;
  const message = `cannot listen on ${host}:${port}: ${why ?? causeOf(cause)}`;
  return new GatewayError('listen-failed', message, { cause });
}

function tlsProblem(code: string): string {
  return code.endsWith('KEY_VALUES_MISMATCH')
    ? 'the certificate does not fit the key'
    : 'the certificate or its key is not PEM';
}
