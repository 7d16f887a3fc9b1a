/** An OpenID provider on loopback, in the role of a CI system's token service. */
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../output/outcome.js';

export interface IdentityProvider {
  readonly issuer: string;
  readonly audience: string;
  /** A token for one of the pipelines, by the client-credentials grant. */
  tokenFor(client: string): Promise<string>;
  stop(): Promise<void>;
}

const AUDIENCE = 'sallyport';
const LIFETIME_SECONDS = 12 * 3600;

/** What this file needs of oidc-provider, which comes without types. */
type ProviderClass = new (issuer: string, configuration: object) => { callback(): RequestListener };

/** `clients` are the names of the pipelines and the groups that their tokens claim. */
export async function bootIdentityProvider(
  clients: Readonly<Record<string, readonly string[]>>,
): Promise<IdentityProvider> {
  const Provider = await loadProvider();
  const secret = randomBytes(24).toString('base64url');
  let answer: RequestListener = (_request, response) => response.end();
  const server = createServer((request, response) => answer(request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answer = await quietly(() =>
    Promise.resolve(new Provider(issuer, configuration(clients, secret)).callback()),
  );
  return {
    issuer,
    audience: AUDIENCE,
    tokenFor: (client) => requestToken(issuer, client, secret),
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

async function loadProvider(): Promise<ProviderClass> {
  const name: string = 'oidc-provider';
  try {
    const loaded = await quietly(() => import(name) as Promise<{ default: ProviderClass }>);
    return loaded.default;
  } catch {
    throw new UsageError(
      'the local identity provider (`oidc-provider`) is not installed',
      'run `npm run demo`, which installs it',
    );
  }
}

/** The provider warns of settings that are acceptable in a demonstration: memory as its store, development keys. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

function configuration(clients: Readonly<Record<string, readonly string[]>>, secret: string): object {
  // Read from PEM: Node.js can deadlock if a key is exported while the job that generated it is collected.
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const jwk = createPrivateKey(privateKey).export({ format: 'jwk' });
  return {
    clients: Object.keys(clients).map((id) => ({
      client_id: id,
      client_secret: secret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
    })),
    jwks: { keys: [{ ...jwk, kid: 'demo', use: 'sig', alg: 'ES256' }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    ttl: { ClientCredentials: LIFETIME_SECONDS },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `urn:${AUDIENCE}`,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: LIFETIME_SECONDS,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    extraTokenClaims: (_context: unknown, token: { readonly clientId: string }) => ({
      groups: clients[token.clientId],
    }),
  };
}

async function requestToken(issuer: string, client: string, secret: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: `urn:${AUDIENCE}` }),
  });
  const answer = (await response.json()) as { readonly access_token?: string; readonly error?: string };
  if (answer.access_token === undefined) throw new Error(`no token for ${client}: ${answer.error}`);
  return answer.access_token;
}
