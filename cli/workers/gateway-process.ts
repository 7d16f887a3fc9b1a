/** The gateway with its listeners, in this process: for `policy serve` and for the demonstration. */
import { createSecureContext } from 'node:tls';
import type { CertificateSource } from '../../proxy/certificate.js';
import type { OpenType, ProxyOptions, ProxySettings, RunningProxy } from '../../proxy/contract.js';
import { servedTypes } from '../../proxy/list.js';
import type { CertificateEvents } from '../../proxy/listener.js';
import type { Address } from '../../src/config/pieces.js';
import { fileReader } from '../../src/config/secrets.js';
import { causeOf, GatewayError } from '../../src/errors.js';
import type { GatewayConfig } from '../../src/gateway/config/config.js';
import {
  createGateway,
  targetsOf,
  type Gateway,
  type GatewayPeers,
  type Log,
} from '../../src/gateway/gateway.js';
import type { Listening, PeerMessage } from './worker-messages.js';

type Among = Extract<PeerMessage, { kind: 'news' }>['among'];

export interface RunningGateway {
  /** Where clients connect, by type of target. */
  readonly listening: Listening;
  /** News from another process on the same ports. */
  told(among: Among, type: string, news: unknown): void;
  /** A login has failed in another process. */
  loginFailed(address: string): void;
  /** Applies what can change without a restart; sessions stay. If it cannot, throws GatewayError, with nothing applied. */
  reload(config: GatewayConfig): Promise<void>;
  /**
   * Takes no more connections, lets running commands finish within this time, and closes. A second call may shorten the first.
   */
  stop(drainMs?: number): Promise<void>;
}

/** State that one of several gateways on a port shares with the others. */
export interface Peers extends GatewayPeers {
  readonly tell: (among: Among, type: string, news: unknown) => void;
}

export async function startGateway(
  started: GatewayConfig,
  log: Log,
  peers: Peers | null = null,
): Promise<RunningGateway> {
  let config = started;
  const clock = (): Date => new Date();
  const open = await Promise.all(
    servedTypes.map(async ({ type, open: openType }) => ({
      type,
      served: await openType({
        targets: targetsOf(config, type),
        log,
        clock,
        upstreamMs: () => config.limits.targetSeconds * 1000,
        tell: (news) => peers?.tell('targets', type, news),
      }),
    })),
  );
  const kinds = open.map(({ served }) => served.kind);
  const gateway = await createGateway(config, log, kinds, clock, peers);
  const proxies = new Map<string, RunningProxy>();
  const certificate = certificateOf(config.tls);
  let read = certificate;
  const close = async (drainMs?: number): Promise<void> => {
    await Promise.all([...proxies.values()].map((proxy) => proxy.close(drainMs)));
  };
  try {
    for (const { type, served } of open) {
      const address = config.listen.get(type);
      if (address === undefined) continue;
      const tls = certificate === null ? null : () => read!();
      proxies.set(type, await startProxy(served, gateway, { type, address, tls, config, log, peers }));
    }
  } catch (error) {
    await close();
    gateway.close();
    throw error;
  }
  let stopped: Promise<void> | null = null;
  return {
    listening: Object.fromEntries([...proxies].map(([type, { address }]) => [type, address])),
    told: (among, type, news) =>
      among === 'targets' ? gateway.told(type, news) : proxies.get(type)?.told(news),
    loginFailed: (address) => gateway.loginFailed(address),
    reload: async (next) => {
      const renewed = certificateOf(next.tls);
      if (renewed !== null) createSecureContext(await renewed());
      config = next;
      read = renewed ?? read;
      gateway.reload(next);
      for (const proxy of proxies.values()) proxy.reload(proxySettings(next));
    },
    stop: (drainMs) => {
      const closed = close(drainMs);
      return (stopped ??= closed.then(() => gateway.close()));
    },
  };
}

interface ProxyParts {
  readonly type: string;
  readonly address: Address;
  readonly tls: CertificateSource | null;
  readonly config: GatewayConfig;
  readonly log: Log;
  readonly peers: Peers | null;
}

async function startProxy(
  served: OpenType,
  gateway: Gateway,
  { type, address, tls, config, log, peers }: ProxyParts,
): Promise<RunningProxy> {
  const options: ProxyOptions = {
    ...address,
    tls,
    ...proxySettings(config),
    ...(peers === null ? {} : { tell: (news) => peers.tell('proxies', type, news) }),
    onError: (error, client) =>
      log.warn({ code: 'connection-failed', ...client, error: reasonOf(error) }, 'a connection failed'),
    onCertificate: certificateEvents(log),
  };
  try {
    return await served.start(gateway, options);
  } catch (error) {
    throw listenFailed(address, error);
  }
}

function proxySettings({ limits, oauth }: GatewayConfig): ProxySettings {
  const { unauthenticated, loginSeconds, targetSeconds } = limits;
  const milliseconds = { loginMs: loginSeconds * 1000, upstreamMs: targetSeconds * 1000 };
  return { oauth, limits: { unauthenticated, ...milliseconds } };
}

/** The two files are replaced one after the other: for this long they need not match. */
const SETTLE_MS = 1000;

function certificateEvents(log: Log): CertificateEvents {
  let complaint: NodeJS.Timeout | undefined;
  return {
    failed: (error) => {
      clearTimeout(complaint);
      const fields = { code: 'certificate-rejected', problem: causeOf(error) } as const;
      const message = 'the certificate and its key cannot be used; the previous ones stay in use';
      complaint = setTimeout(() => log.error(fields, message), SETTLE_MS);
      complaint.unref();
    },
    renewed: (validTo) => {
      clearTimeout(complaint);
      const fields = { code: 'certificate-renewed', validTo: validTo.toISOString() } as const;
      if (validTo.getTime() < Date.now()) log.error(fields, 'the certificate in use has expired');
      else log.info(fields, 'a new certificate is in use');
    },
  };
}

/** The message to the client, and the details for operators only. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || !('detail' in error)) return causeOf(error);
  const because = error.cause === undefined ? '' : causeOf(error.cause);
  return [error.message, String(error.detail), because]
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
  EADDRINUSE: 'the port is in use',
  EACCES: 'the port is not allowed; ports below 1024 need a privilege',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'the name does not resolve',
  EAI_AGAIN: 'the name cannot be resolved at the moment',
};

/** Also OpenSSL's message about an invalid certificate, or a key that does not match. */
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
    ? 'the certificate does not match the key'
    : 'the certificate or its key is not PEM';
}
