/**
 * A real OpenID provider on loopback, with named clients and their claims, and a signer of its own for tokens that no
 * honest provider would issue.
 *
 *     const provider = await bootOidc({ clients: { 'ci-test': { groups: ['ci-test'] } } });
 *     const token = await provider.tokenFor('ci-test');
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK } from 'jose';
import type { JWK } from 'jose';

export type Claims = Readonly<Record<string, unknown>>;

export interface OidcOptions {
  /** Claims of the tokens by client id; the token's `sub` is the client id. */
  readonly clients: Readonly<Record<string, Claims>>;
  /** A public client by which people log in on another device (RFC 8628); none where it is left out. */
  readonly deviceClient?: string;
  /** `sallyport` where left out. */
  readonly audience?: string;
  /** Of the tokens that `tokenFor` asks for. */
  readonly lifetimeSeconds?: number;
}

export interface TokenOptions {
  /** Laid over honest claims; a claim that is undefined is left out. */
  readonly claims?: Claims;
  /** Laid over `{alg, kid, typ: 'JWT'}`. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Another key than the provider's: a forgery, or a secret for HS256. */
  readonly key?: KeyObject | Uint8Array;
  /** Changes the claims as JSON: for what no value of JavaScript is written as. */
  readonly text?: (json: string) => string;
}

export interface OidcProvider {
  readonly issuer: string;
  readonly audience: string;
  /** A token from the token endpoint, by the client-credentials grant. */
  tokenFor(client: string): Promise<string>;
  /** A token signed with the provider's current key, honest where nothing else is asked for. */
  sign(options?: TokenOptions): Promise<string>;
  /** What somebody does in a browser who confirms a device's code; the token's `sub` is that person. */
  confirmDevice(userCode: string, person: string): Promise<void>;
  /** PEM of the public key that is published now. */
  publicKey(): string;
  /** Signs with a new key from now on and publishes only that one. */
  rotate(): Promise<void>;
  /** Stops answering, and answers again on the same port. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Requests for the key set so far. */
  keyRequests(): number;
  stop(): Promise<void>;
}

interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** What this file needs of oidc-provider, which comes without types. */
type ProviderClass = new (
  issuer: string,
  configuration: object,
) => {
  callback(): RequestListener;
  readonly DeviceCode: {
    findByUserCode(code: string): Promise<{ clientId: string; save(): Promise<unknown> } | undefined>;
  };
  readonly Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<string> };
};

const clientSecret = 'a client secret for tests only';

export async function bootOidc(options: OidcOptions): Promise<OidcProvider> {
  const audience = options.audience ?? 'sallyport';
  const name: string = 'oidc-provider';
  const { default: Provider } = await quietly(async () => (await import(name)) as { default: ProviderClass });
  let key = newKey();
  let answer: RequestListener = (_request, response) => response.end();
  let provider: InstanceType<ProviderClass> | undefined;
  let keyRequests = 0;
  const server = createServer((request, response) => {
    if (request.url === '/jwks') keyRequests++;
    answer(request, response);
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const publish = async (): Promise<void> => {
    const settings = await configuration(options, audience, key);
    provider = await quietly(() => Promise.resolve(new Provider(issuer, settings)));
    answer = provider.callback();
  };
  await publish();
  return {
    issuer,
    audience,
    tokenFor: (client) => requestToken(issuer, client, audience),
    sign: (token = {}) => signToken(issuer, audience, key, token),
    confirmDevice: (userCode, person) => confirmDevice(provider!, audience, userCode, person),
    publicKey: () => key.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    rotate: async () => {
      key = newKey();
      await publish();
    },
    down: () => shut(server),
    up: () => listen(server, port),
    keyRequests: () => keyRequests,
    stop: () => shut(server),
  };
}

/** The provider warns of what is right for tests: memory as its store, the oldest Node that we support. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const warn = console.warn;
  console.warn = () => undefined;
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}

/**
 * The keys are read from PEM: Node.js can deadlock if the garbage collector finds the job that generated a key while that very
 * key is exported, since both take the lock of the key.
 */
function newKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    id: randomUUID(),
    publicKey: createPublicKey(publicKey),
    privateKey: createPrivateKey(privateKey),
  };
}

async function configuration(options: OidcOptions, audience: string, key: SigningKey): Promise<object> {
  const jwk: JWK = await exportJWK(key.privateKey);
  const lifetime = options.lifetimeSeconds ?? 3600;
  return {
    clients: [
      ...Object.keys(options.clients).map((id) => ({
        client_id: id,
        client_secret: clientSecret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      })),
      ...deviceClients(options.deviceClient),
    ],
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    jwks: { keys: [{ ...jwk, kid: key.id, use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['a cookie key for tests only'] },
    ttl: {
      ClientCredentials: lifetime,
      AccessToken: lifetime,
      IdToken: lifetime,
      RefreshToken: lifetime,
      Grant: lifetime,
      DeviceCode: 600,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: options.deviceClient !== undefined },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => `urn:${audience}`,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: '',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: lifetime,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_context: unknown, token: { clientId: string }) => options.clients[token.clientId],
  };
}

function deviceClients(id: string | undefined): object[] {
  if (id === undefined) return [];
  const grants = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'];
  const methods = { token_endpoint_auth_method: 'none', application_type: 'native' };
  return [{ client_id: id, grant_types: grants, redirect_uris: [], response_types: [], ...methods }];
}

async function confirmDevice(
  provider: InstanceType<ProviderClass>,
  audience: string,
  userCode: string,
  person: string,
): Promise<void> {
  const code = await provider.DeviceCode.findByUserCode(userCode.replaceAll('-', ''));
  if (code === undefined) throw new Error(`nobody has asked for the code ${userCode}`);
  const grant = new provider.Grant({ accountId: person, clientId: code.clientId });
  grant.addOIDCScope('openid offline_access');
  const grantId = await grant.save();
  const authTime = Math.floor(Date.now() / 1000);
  const asked = { scope: 'openid offline_access', resource: `urn:${audience}` };
  Object.assign(code, { ...asked, accountId: person, grantId, authTime });
  await code.save();
}

async function requestToken(issuer: string, client: string, audience: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${client}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: `urn:${audience}` }),
  });
  const answer = (await response.json()) as { access_token?: string };
  if (answer.access_token === undefined) throw new Error(`no token for ${client}: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

async function signToken(
  issuer: string,
  audience: string,
  key: SigningKey,
  options: TokenOptions,
): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000);
  const claims: Record<string, unknown> = {
    iss: issuer,
    aud: audience,
    sub: 'ci-test',
    iat: seconds,
    exp: seconds + 600,
    ...options.claims,
  };
  const header = { alg: 'RS256', kid: key.id, typ: 'JWT', ...options.header };
  if (header.alg === 'none') return unsigned(header, claims);
  const json = JSON.stringify(claims);
  const payload = new TextEncoder().encode(options.text?.(json) ?? json);
  return new CompactSign(payload).setProtectedHeader(header).sign(options.key ?? key.privateKey);
}

/** RFC 7515 appendix A.5: an unsecured JWS ends with an empty signature. */
function unsigned(header: object, claims: object): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(claims)}.`;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

async function shut(server: Server): Promise<void> {
  if (!server.listening) return;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
