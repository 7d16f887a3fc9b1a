/** The targets' addresses and credentials, as they are at the moment: both may be rotated while the gateway runs. */
import type { TargetConfig } from './config.js';
import { fileReader, secretReader, type SecretReader } from './secrets.js';
import type { UpstreamLogin } from './session.js';

export interface Target {
  readonly config: TargetConfig;
  /** Throws GatewayError `secret-unreadable`. */
  login(database: string): Promise<UpstreamLogin>;
}

export function createTarget(config: TargetConfig, clock: () => Date): Target {
  const { address, user, tls } = config;
  const password: SecretReader | null = config.password && secretReader(config.password, clock);
  const ca: SecretReader | null = tls.kind === 'verify' && tls.ca !== null ? fileReader(tls.ca) : null;
  return {
    config,
    login: async (database) => ({
      host: address.host,
      port: address.port,
      database,
      user,
      password: (await password?.()) ?? null,
      tls: tls.kind === 'off' ? { kind: 'off' } : { kind: 'verify', ca: (await ca?.()) ?? null },
    }),
  };
}
