/** The targets' addresses and credentials, as they are at the moment: both may be rotated while the gateway runs. */
import type { TargetConfig } from './config.js';
import { secretReader, type SecretReader } from './secrets.js';
import type { UpstreamLogin, UpstreamTls } from './session.js';

export interface Target {
  readonly config: TargetConfig;
  /** Throws GatewayError `secret-unreadable`. */
  login(database: string): Promise<UpstreamLogin>;
}

export function createTarget(config: TargetConfig, clock: () => Date): Target {
  const { address, user } = config;
  const password: SecretReader | null = config.password && secretReader(config.password, clock);
  const tls = tlsReader(config.tls, clock);
  return {
    config,
    login: async (database) => ({
      host: address.host,
      port: address.port,
      database,
      user,
      password: (await password?.()) ?? null,
      tls: await tls(),
    }),
  };
}

/** Gives the same object until one of its parts changes, so that what is made of it can be kept. */
function tlsReader(config: TargetConfig['tls'], clock: () => Date): () => Promise<UpstreamTls> {
  if (config.kind === 'off') return () => Promise.resolve(config);
  const { kind, serverName, channelBinding } = config;
  const read = async (reference: SecretReader | null): Promise<string | null> =>
    (await reference?.()) ?? null;
  const ca = config.ca && secretReader(config.ca, clock);
  const cert = config.client && secretReader(config.client.cert, clock);
  const key = config.client && secretReader(config.client.key, clock);
  let known: { readonly tls: UpstreamTls; readonly parts: string } | null = null;
  return async () => {
    const [authority, ...own] = [await read(ca), await read(cert), await read(key)];
    const parts = JSON.stringify([authority, own]);
    if (known?.parts !== parts) {
      const client = own[0] === null ? null : { cert: own[0], key: own[1]! };
      known = { tls: { kind, ca: authority!, client, serverName, channelBinding }, parts };
    }
    return known.tls;
  };
}
