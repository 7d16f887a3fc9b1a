/**
 * `policy issuer`: an OpenID issuer on loopback for trying the gateway without one. Anybody who can read its folder can take
 * any identity, so use it only on your own machine.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, SignJWT, type JWK } from 'jose';
import { causeOf } from '../../src/errors.js';
import { UsageError, YES, type ExitCode } from '../output/outcome.js';
import { say } from '../output/terminal.js';

export interface IssuerCommandOptions {
  readonly port: string;
  readonly folder: string;
  readonly audience: string;
}

const ALGORITHM = 'ES256';
const KEY_ID = 'local';
const LIFETIME_SECONDS = 12 * 3600;

/** Writes a token into its folder and serves its key until it is told to stop. */
export async function issueTokens(subject: string, options: IssuerCommandOptions): Promise<ExitCode> {
  const { folder, audience } = options;
  const port = portOf(options.port);
  const issuer = `http://127.0.0.1:${port}`;
  const key = await keyIn(folder);
  const server = await listen(answers(issuer, await publicPart(key)), port);
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: ALGORITHM, kid: KEY_ID, typ: 'JWT' })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${LIFETIME_SECONDS}s`)
    .sign(await importPKCS8(key, ALGORITHM));
  const file = join(folder, 'token');
  // The mode applies to new files only: an existing one could be readable by anybody.
  rmSync(file, { force: true });
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  say(`token issuer at ${issuer}, for a trial on this machine only`);
  say(
    `wrote ${file}: a token for ${subject}, valid for ${LIFETIME_SECONDS / 3600} hours; press Ctrl-C to stop`,
  );
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
  server.closeAllConnections();
  server.close();
  return YES;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535)
    throw new UsageError(`\`--port ${text}\` is not a port`, 'write a number from 1 to 65535');
  return port;
}

/** The same key at the next start, so that tokens of before stay good. PKCS #8 as PEM. */
async function keyIn(folder: string): Promise<string> {
  const file = join(folder, 'key.pem');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
    writeFileSync(file, await exportPKCS8(privateKey), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new UsageError(`\`${file}\` cannot be written: ${causeOf(error)}`);
  }
  return readFileSync(file, 'utf8');
}

async function publicPart(pem: string): Promise<JWK> {
  const { kty, crv, x, y } = await exportJWK(await importPKCS8(pem, ALGORITHM, { extractable: true }));
  return { kty: kty!, crv: crv!, x: x!, y: y!, kid: KEY_ID, use: 'sig', alg: ALGORITHM };
}

/** By path: OpenID Connect Discovery 1.0 section 4, and a JWK set (RFC 7517 section 5). */
function answers(issuer: string, key: JWK): ReadonlyMap<string, string> {
  const discovery = {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [ALGORITHM],
  };
  return new Map([
    ['/.well-known/openid-configuration', JSON.stringify(discovery)],
    ['/jwks', JSON.stringify({ keys: [key] })],
  ]);
}

function listen(pages: ReadonlyMap<string, string>, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const page = pages.get(request.url ?? '');
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(page);
  });
  return new Promise((done, fail) => {
    server.once('error', (error) =>
      fail(
        new UsageError(`cannot listen on port ${port}: ${causeOf(error)}`, 'choose another with `--port`'),
      ),
    );
    server.listen(port, '127.0.0.1', () => done(server));
  });
}
