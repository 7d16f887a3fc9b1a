/** The targets' addresses and credentials, as they are at the moment: both may be rotated while the gateway runs. */
import type { PostgresSettings } from './settings.js';
import { secretReader, type SecretReader } from '../../config/secrets.js';
import type { UpstreamLogin, UpstreamTls } from './upstream-login.js';

export interface Target {
  readonly config: PostgresSettings;
  /** Throws GatewayError `secret-unreadable`. */
  login(database: string): Promise<UpstreamLogin>;
  /**
   * The target has refused this login. Asks for the credential again, if there is no notification of its changes, and returns the
   * new login; null if it is the same. Throws as `login` does.
   */
  renew(refused: UpstreamLogin): Promise<UpstreamLogin | null>;
}

export function createTarget(config: PostgresSettings, clock: () => Date): Target {
  const { address, user } = config;
  const password: SecretReader | null = config.password && secretReader(config.password, clock);
  const tls = tlsReader(config.tls, clock);
  const login = async (database: string): Promise<UpstreamLogin> => ({
    host: address.host,
    port: address.port,
    database,
    user,
    password: (await password?.()) ?? null,
    tls: await tls.read(),
  });
  return {
    config,
    login,
    renew: async (refused) => {
      await Promise.all([password, ...tls.secrets].map(async (secret) => secret?.renew?.()));
      const fresh = await login(refused.database);
      return fresh.password === refused.password && fresh.tls === refused.tls ? null : fresh;
    },
  };
}

/** Gives the same object until one of its parts changes, so that what is made of it can be kept. */
function tlsReader(
  config: PostgresSettings['tls'],
  clock: () => Date,
): { readonly read: () => Promise<UpstreamTls>; readonly secrets: readonly (SecretReader | null)[] } {
  if (config.kind === 'off') return { read: () => Promise.resolve(config), secrets: [] };
  const { kind, serverName, channelBinding } = config;
  const read = async (reference: SecretReader | null): Promise<string | null> =>
    (await reference?.()) ?? null;
  const ca = config.ca && secretReader(config.ca, clock);
  const cert = config.client && secretReader(config.client.cert, clock);
  const key = config.client && secretReader(config.client.key, clock);
  let known: { readonly tls: UpstreamTls; readonly parts: string } | null = null;
  const current = async (): Promise<UpstreamTls> => {
    const [authority, ...own] = [await read(ca), await read(cert), await read(key)];
    const parts = JSON.stringify([authority, own]);
    if (known?.parts !== parts) {
      const client = own[0] === null ? null : { cert: own[0], key: own[1]! };
      known = { tls: { kind, ca: authority!, client, serverName, channelBinding }, parts };
    }
    return known.tls;
  };
  return { read: current, secrets: [ca, cert, key] };
}
