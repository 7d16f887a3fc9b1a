/** The configuration of a gateway in front of one server, for tests and benchmarks. */
import type { OidcProvider } from './oidc.js';
import type { PostgresServer } from './postgres.js';

export interface ConfigurationParts {
  readonly server: Pick<PostgresServer, 'host' | 'port' | 'user'>;
  readonly oidc: Pick<OidcProvider, 'issuer' | 'audience'>;
  /** Where it listens. */
  readonly port: number;
  /** The database that each target is, by the target's name. */
  readonly targets: Readonly<Record<string, string>>;
  /** Towards the server: `off` where left out. */
  readonly tls?: string;
  /** Lines beside those below, of each target and of the whole file. */
  readonly ofTarget?: readonly string[];
  readonly ofGateway?: readonly string[];
}

/** Rules, recordings and the target's password lie beside the file: `rules`, `recordings`, `password`. */
export function configurationOf(parts: ConfigurationParts): string {
  const { server, oidc, port, targets, tls = 'off', ofTarget = [], ofGateway = [] } = parts;
  const described = Object.entries(targets).flatMap(([name, database]) => [
    `  ${name}:`,
    ...[
      'type: postgres',
      `address: ${server.host}:${server.port}`,
      `database: ${database}`,
      `user: ${server.user}`,
      'password: {file: ./password}',
      `tls: ${tls}`,
      ...ofTarget,
    ].map((line) => `    ${line}`),
  ]);
  const lines = [
    'rules: ./rules',
    'identity:',
    '  issuers:',
    `    - issuer: ${oidc.issuer}`,
    `      audience: ${oidc.audience}`,
    '      groups: ["{groups}"]',
    'targets:',
    ...described,
    'listen:',
    `  postgres: 127.0.0.1:${port}`,
    'recordings: ./recordings',
    ...ofGateway,
  ];
  return `${lines.join('\n')}\n`;
}
