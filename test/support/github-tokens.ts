/** What GitHub Actions gives a job: a place to ask for tokens, which this one has signed by a provider of the tests. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OidcProvider } from './oidc.js';

export interface GithubTokens {
  /** The variables of a job that may ask. */
  readonly env: Readonly<Record<string, string>>;
  /** Every token that was given out. */
  readonly given: readonly string[];
  /** Of the tokens from now on; one less at times, since tokens count whole seconds. */
  lifetimeSeconds: number;
  close(): Promise<void>;
}

const SECRET = 'the secret of the job';

export async function githubTokens(oidc: OidcProvider, group: string): Promise<GithubTokens> {
  const given: string[] = [];
  const server = createServer((request, response) => {
    const audience = new URL(request.url!, 'http://localhost').searchParams.get('audience');
    if (request.headers.authorization !== `Bearer ${SECRET}` || audience === null) {
      response.writeHead(401).end();
      return;
    }
    const exp = Math.floor(Date.now() / 1000) + tokens.lifetimeSeconds;
    // As GitHub does, each is another one: `jti`.
    const claims = { sub: 'ci-test', groups: [group], aud: audience, exp, jti: String(given.length) };
    void oidc.sign({ claims }).then((value) => {
      given.push(value);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ count: 1, value }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const tokens: GithubTokens = {
    env: {
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: SECRET,
    },
    given,
    lifetimeSeconds: 300,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return tokens;
}
