/** Everything that the demonstration runs on, in one temporary folder, booted and taken down again. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import type { GatewayConfig } from '../../src/gateway/config/config.js';
import type { Log } from '../../src/gateway/gateway.js';
import { requireConfig } from '../input/config.js';
import { startGateway, type RunningGateway } from '../workers/gateway-process.js';
import { UsageError } from '../output/outcome.js';
import type { Cleanup } from './cleanup.js';
import { bootDatabase, type Database } from './database.js';
import { bootIdentityProvider, type IdentityProvider } from './identity-provider.js';
import { freePort } from './port.js';
import { CLIENTS, type ClientName } from './steps.js';
import { SHOP } from './shop.js';

/** Used if it is free, so that the line to paste is the same every time. */
const LISTEN_PORT = 15432;

/** The screen belongs to the pipeline; failures are in the records and in the clients' output. */
const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface House {
  readonly folder: string;
  readonly config: GatewayConfig;
  readonly configFile: string;
  readonly rules: string;
  /** The same, as somebody in this folder would write it. */
  readonly rulesShown: string;
  readonly stricterRules: string;
  readonly recordings: string;
  readonly address: { readonly host: string; readonly port: number };
  readonly database: Database;
  token(client: ClientName): string;
  /** The file that holds the token: a line to paste stays readable. */
  tokenFile(client: ClientName): string;
}

export async function bootHouse(cleanup: Cleanup, progress: (what: string) => void): Promise<House> {
  const root = packageFolder();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-demo-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  // The user that PostgreSQL runs as passes through to its own folder; it has no access to the gateway's files here.
  chmodSync(folder, 0o711);
  progress('starting PostgreSQL');
  const database = await bootShop(join(folder, 'postgres'), cleanup);
  progress('starting the identity provider');
  const provider = await bootIdentityProvider(CLIENTS);
  cleanup.add(() => provider.stop());
  const tokens = await writeTokens(join(folder, 'tokens'), provider);
  progress('starting the gateway');
  const rules = join(root, 'rules');
  const configFile = await writeConfig(folder, rules, database, provider);
  const config = await requireConfig(configFile);
  mkdirSync(config.recordings.folder, { mode: 0o700 });
  const gateway: RunningGateway = await startGateway(config, quiet);
  cleanup.add(() => gateway.stop());
  return {
    folder,
    config,
    configFile,
    rules,
    rulesShown: relative(process.cwd(), rules) || '.',
    stricterRules: join(root, 'cli', 'demo', 'stricter.rules'),
    recordings: config.recordings.folder,
    address: gateway.listening['postgres']!,
    database,
    token: (client) => tokens.get(client)!,
    tokenFile: (client) => join(folder, 'tokens', client),
  };
}

/** The folder with `rules/`: above `dist/policy.mjs`. */
function packageFolder(): string {
  const folder = dirname(dirname(fileURLToPath(import.meta.url)));
  if (existsSync(join(folder, 'rules')) && existsSync(join(folder, 'cli', 'demo', 'stricter.rules')))
    return folder;
  throw new UsageError('the demonstration needs the repository', 'clone it and run `npm run demo`');
}

async function bootShop(folder: string, cleanup: Cleanup): Promise<Database> {
  const database = await bootDatabase(folder, randomBytes(18).toString('base64url'), cleanup);
  const server = await database.connect('postgres');
  await server.query('CREATE DATABASE shop');
  await server.end();
  const shop = await database.connect('shop');
  await shop.query(SHOP);
  await shop.end();
  return database;
}

async function writeTokens(
  folder: string,
  provider: IdentityProvider,
): Promise<ReadonlyMap<ClientName, string>> {
  mkdirSync(folder, { mode: 0o700 });
  const tokens = new Map<ClientName, string>();
  for (const client of Object.keys(CLIENTS) as ClientName[]) {
    const token = await provider.tokenFor(client);
    writeFileSync(join(folder, client), token, { mode: 0o600 });
    tokens.set(client, token);
  }
  return tokens;
}

async function writeConfig(
  folder: string,
  rules: string,
  database: Database,
  provider: IdentityProvider,
): Promise<string> {
  const file = join(folder, 'sallyport.yaml');
  writeFileSync(join(folder, 'password'), database.password, { mode: 0o600 });
  const port = await freePort(LISTEN_PORT);
  writeFileSync(
    file,
    `rules: ${JSON.stringify(rules)}
identity:
  issuers:
    - issuer: ${provider.issuer}
      audience: ${provider.audience}
      kind: service
      groups: ["{groups}"]
targets:
  orders:
    type: postgres
    address: ${database.host}:${database.port}
    database: shop
    user: ${database.user}
    password: {file: ./password}
    tls: off
    labels: {env: prod, team: shop}
listen:
  postgres: 127.0.0.1:${port}
recordings: ./recordings
`,
  );
  return file;
}
