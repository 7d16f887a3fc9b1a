/** Where pipelines get their tokens: each source as its provider behaves, and what is said when something is missing. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { decodeJwt } from 'jose';
import { UsageError } from '../../cli/output/outcome.js';
import { chooseSource, type TokenOptions } from '../../cli/token-sources/choose.js';
import { kubernetesSource } from '../../cli/token-sources/file.js';
import { FreshTokens } from '../../cli/token-sources/fresh-tokens.js';
import { inspectToken } from '../../cli/token-sources/inspect.js';
import type { TokenSource } from '../../cli/token-sources/source.js';
import { bootOidc, type OidcProvider } from '../support/oidc.js';

type Env = Record<string, string | undefined>;

let provider: OidcProvider;
let folder: string;
let token: string;

beforeAll(async () => {
  provider = await bootOidc({ clients: {}, deviceClient: 'policy' });
  folder = mkdtempSync(join(tmpdir(), 'sallyport-tokens-'));
  token = await provider.sign();
}, 60_000);
afterAll(async () => {
  await provider.stop();
  rmSync(folder, { recursive: true });
});

async function read(options: Partial<TokenOptions>, env: Env): Promise<string> {
  const source = await chooseSource({ scope: 'openid', ...options }, env);
  const given = await source.read();
  return inspectToken(given, source.name, options.audience ?? null).token;
}

/** What went wrong, as the user sees it; a failure of another kind fails the test. */
async function problem(reading: Promise<unknown>): Promise<string> {
  try {
    await reading;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const text = `${error.message}\n${error.help}`;
    expect(text).not.toContain(token);
    return text;
  }
  throw new Error('it went well');
}

/** A program of this name in a folder of its own, which is put before `PATH`. */
function program(name: string, script: string): Env {
  const bin = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
  return { PATH: [bin, process.env['PATH']].join(delimiter) };
}

describe('GitHub Actions', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let requests: IncomingMessage[];
  const env = (): Env => ({
    GITHUB_ACTIONS: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'the secret of the job',
  });
  const json = (status: number, body: unknown) => (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request);
      answer(request, response);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });
  afterAll(() => void server.close());

  test('is asked for the audience, with the secret of the job', async () => {
    requests = [];
    answer = json(200, { count: 1, value: token });
    expect(await read({}, env())).toBe(token);
    expect(await read({ audience: 'sallyport', from: 'github' }, env())).toBe(token);
    expect(requests.map(({ url }) => url)).toEqual(
      Array(2).fill('/token?api-version=2.0&audience=sallyport'),
    );
    expect(requests[0]!.headers.authorization).toBe('Bearer the secret of the job');
  });

  test('that is busy is asked again, and not for ever', async () => {
    requests = [];
    answer = (request, response) =>
      json(requests.length < 3 ? 503 : 200, { value: token })(request, response);
    expect(await read({}, env())).toBe(token);
    expect(requests.length).toBe(3);
    requests = [];
    answer = json(500, {});
    expect(await problem(read({}, env()))).toMatch(
      /^GitHub did not return a token: it answered with status 500\n/,
    );
    expect(requests.length).toBe(4);
  }, 20_000);

  test('that refuses is a missing permission, and what it answers is not repeated', async () => {
    requests = [];
    answer = json(403, { message: token });
    expect(await problem(read({}, env()))).toMatch(/status 403\nadd `permissions: {id-token: write/);
    expect(requests.length).toBe(1);
    answer = json(200, { message: token });
    expect(await problem(read({}, env()))).toMatch(
      /^GitHub did not return a token: its answer has no token\n/,
    );
    answer = (_, response) => response.end(`"${'x'.repeat(300_000)}"`);
    expect(await problem(read({}, env()))).toContain('cannot be reached (the answer is too long)');
  }, 20_000);

  test('without its variables says which is missing, and the permission that brings it', async () => {
    for (const name of ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'])
      for (const value of [undefined, ''])
        expect(await problem(read({}, { ...env(), [name]: value }))).toBe(
          `this job may not request a token from GitHub: \`${name}\` is not set\n` +
            'add `permissions: {id-token: write, contents: read}` to the job; pull requests from forks cannot have it',
        );
  });

  test('sends the secret of the job nowhere without TLS', async () => {
    const elsewhere = { ...env(), ACTIONS_ID_TOKEN_REQUEST_URL: 'http://tokens.example/token' };
    expect(await problem(read({}, elsewhere))).toMatch(
      /^`ACTIONS_ID_TOKEN_REQUEST_URL` is not an https URL\n/,
    );
    requests = [];
    answer = (_, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' });
      response.end();
    };
    expect(await problem(read({}, env()))).toContain('cannot be reached');
  }, 20_000);
});

describe('GitLab', () => {
  test('has the token in a variable of the job', async () => {
    expect(await read({}, { GITLAB_CI: 'true', SALLYPORT_ID_TOKEN: token })).toBe(token);
    expect(await read({ from: 'env:OTHER' }, { GITLAB_CI: 'true', OTHER: `${token}\n` })).toBe(token);
  });

  test('without it says what to write into the job', async () => {
    expect(await problem(read({ audience: 'db' }, { GITLAB_CI: 'true' }))).toBe(
      'no token: `SALLYPORT_ID_TOKEN` is not set\n' +
        'add `id_tokens: {SALLYPORT_ID_TOKEN: {aud: db}}` to the job, or name your variable with `--from env:NAME`',
    );
    expect(await problem(read({ from: 'env:NONE' }, {}))).toMatch(/^no token: `NONE` is not set\n/);
  });
});

describe('Buildkite', () => {
  test('is asked by its agent, for the audience', async () => {
    const env = program(
      'buildkite-agent',
      `[ "$*" = "oidc request-token --audience sallyport" ] && echo ${token} || exit 9`,
    );
    expect(await read({}, { ...env, BUILDKITE: 'true' })).toBe(token);
    expect(await problem(read({ audience: 'other' }, { ...env, BUILDKITE: 'true' }))).toMatch(
      /^`buildkite-agent oidc request-token` did not return a token: it exited with 9\n/,
    );
  });

  test('without its agent says so', async () => {
    expect(await problem(read({ from: 'buildkite' }, { PATH: folder }))).toMatch(
      /: no such command\nrun this in a Buildkite job/,
    );
  });
});

describe('CircleCI', () => {
  test('is asked by its own command for another audience than the organisation', async () => {
    const ours = await provider.sign({ claims: { aud: 'the organisation' } });
    const env = program(
      'circleci',
      `[ "$*" = 'run oidc get --claims {"aud":"sallyport"}' ] && echo ${token} || exit 9`,
    );
    expect(await read({}, { ...env, CIRCLECI: 'true', CIRCLE_OIDC_TOKEN_V2: ours })).toBe(token);
  });

  test('has one in the environment that serves if it is for the audience', async () => {
    const env = { CIRCLECI: 'true', PATH: folder };
    const old = await provider.sign({ claims: { exp: 1 } });
    expect(await read({}, { ...env, CIRCLE_OIDC_TOKEN_V2: token })).toBe(token);
    expect(await read({}, { ...env, CIRCLE_OIDC_TOKEN_V2: old, CIRCLE_OIDC_TOKEN: token })).toBe(token);
    expect(await problem(read({ audience: 'db' }, { ...env, CIRCLE_OIDC_TOKEN_V2: token }))).toMatch(
      /^`circleci run oidc get` did not return a token: no such command\n.*your organisation's id/,
    );
  });
});

describe('a file', () => {
  test('is read anew each time, as Kubernetes renews it', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${token}\n`);
    const source = kubernetesSource({ audience: null, env: {} }, file);
    expect((await source.read()).trim()).toBe(token);
    const next = await provider.sign({ claims: { jti: 'the next one' } });
    writeFileSync(file, next);
    expect(await source.read()).toBe(next);
    expect(await read({ from: `file:${file}` }, {})).toBe(next);
  });

  test('that is not there, is none, or has no end is a problem with a name', async () => {
    expect(await problem(read({}, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }))).toBe(
      'the token file `/var/run/secrets/sallyport/token` cannot be read: it does not exist\n' +
        'mount a projected volume with `serviceAccountToken: {audience: sallyport, path: token}` there, ' +
        'or name the file with `--from file:PATH`',
    );
    mkdirSync(join(folder, 'a folder'), { recursive: true });
    expect(await problem(read({ from: `file:${folder}/a folder` }, {}))).toContain('cannot be read: EISDIR');
    expect(await problem(read({ from: 'file:/dev/zero' }, {}))).toContain('it is too long to be a token');
  });
});

describe('a command', () => {
  const env = { PATH: process.env['PATH'], TOKEN: '' };

  test('is one for the shell', async () => {
    expect(await read({ from: 'exec:printf %s "$TOKEN"' }, { ...env, TOKEN: token })).toBe(token);
  });

  test.each([
    ['exit 3', 'it exited with 3'],
    ['kill -9 $$', 'it was killed by SIGKILL'],
    ['yes', 'it printed more than a token'],
  ])('that does not give one: %s', async (text, why) => {
    expect(await problem(read({ from: `exec:${text}` }, env))).toMatch(
      `the command of \`--from exec:\` did not return a token: ${why}\n`,
    );
  });
});

describe('the device flow', () => {
  const options = (): Partial<TokenOptions> => ({
    issuer: provider.issuer,
    clientId: 'policy',
    scope: 'openid offline_access',
  });

  /** What is said on stderr is the code to confirm. */
  async function confirming(work: () => Promise<string>): Promise<readonly [string, string]> {
    let said = '';
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said += String(text);
      const [, code] = /confirm the code ([A-Z-]+)/.exec(String(text)) ?? [];
      if (code !== undefined) void provider.confirmDevice(code, 'ada');
      return true;
    });
    try {
      return [await work(), said];
    } finally {
      write.mockRestore();
    }
  }

  test('asks somebody to confirm a code, and takes the token that is for the audience', async () => {
    const [forGateway, said] = await confirming(() => read({ ...options(), audience: 'sallyport' }, {}));
    expect(said).toMatch(/^open http:\S+ and confirm the code [A-Z]{4}-[A-Z]{4}\n$/);
    expect(decodeJwt(forGateway)).toMatchObject({ sub: 'ada', aud: 'sallyport' });
    const [forClient] = await confirming(() => read({ ...options(), audience: 'policy' }, {}));
    expect(decodeJwt(forClient)).toMatchObject({ sub: 'ada', aud: 'policy' });
  }, 60_000);

  test('is confirmed once for a process that needs many', async () => {
    const source = await chooseSource(
      { ...options(), audience: 'sallyport', scope: 'openid offline_access' },
      {},
    );
    const [first] = await confirming(() => source.read());
    const [second, said] = await confirming(() => source.read());
    expect([said, second === first]).toEqual(['', false]);
    expect(decodeJwt(second)).toMatchObject({ sub: 'ada', aud: 'sallyport' });
  }, 60_000);

  test('without its parts says which', async () => {
    expect(await problem(read({ from: 'device' }, {}))).toMatch(/^the device flow needs an issuer\n/);
    expect(await problem(read({ issuer: provider.issuer }, {}))).toMatch(/^the device flow needs a client\n/);
    const unknown = { ...options(), clientId: 'nobody' };
    expect(await problem(read(unknown, {}))).toMatch(/did not return a token: .*\n.*must be a public one/);
    const remote = { ...options(), issuer: 'http://login.example' };
    expect(await problem(read(remote, {}))).toContain('is not an https URL of an issuer');
    const gone = { ...options(), issuer: 'http://127.0.0.1:1' };
    expect(await problem(read(gone, {}))).toContain('`http://127.0.0.1:1` did not return a token');
  }, 60_000);
});

describe('a token', () => {
  test('is one that is signed, not expired, and for the audience that was asked for', async () => {
    const file = join(folder, 'inspected');
    const of = async (text: string, audience?: string): Promise<string> => {
      writeFileSync(file, text);
      return problem(read({ from: `file:${file}`, ...(audience === undefined ? {} : { audience }) }, {}));
    };
    for (const text of ['', 'a password', 'a.b.c', `${token} ${token}`, 'x'.repeat(60_000)])
      expect(await of(text)).toMatch(/^what the file `[^`]+` returned is not a signed token \(JWT\)\n/);
    expect(await of(await provider.sign({ claims: { exp: 1_700_000_000 } }))).toMatch(
      /has expired \(at 2023-11-14T22:13:20.000Z\)\n/,
    );
    expect(await of(token, 'other')).toMatch(/is for `sallyport` and not for `other`\n/);
    expect(await of(await provider.sign({ claims: { aud: undefined } }), 'other')).toContain('is for nobody');
  });

  test('comes from the pipeline, also in a pod, and from nowhere that nobody knows', async () => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', GITLAB_CI: 'true', SALLYPORT_ID_TOKEN: token };
    expect(await read({}, env)).toBe(token);
    expect(await problem(read({}, {}))).toMatch(/^no known CI system was detected.*\n`--from` takes github,/);
    expect(await problem(read({ from: 'jenkins' }, {}))).toMatch(/^`jenkins` is not a token source\n/);
  });
});

describe('tokens for many logins', () => {
  const counted = (seconds: number, interactive = false): { source: TokenSource; count: () => number } => {
    let count = 0;
    const read = async (): Promise<string> => {
      count++;
      const exp = Math.floor(Date.now() / 1000) + seconds;
      return provider.sign({ claims: { exp, jti: String(count) } });
    };
    return { source: { name: 'a test', variables: [], interactive, read }, count: () => count };
  };

  afterAll(() => void jest.restoreAllMocks());
  const at = (milliseconds: number): void => void jest.spyOn(Date, 'now').mockReturnValue(milliseconds);

  test('are asked for once by those who come together, and again before the first has lived for long', async () => {
    const start = Math.ceil(Date.now() / 1000) * 1000;
    at(start);
    const { source, count } = counted(300);
    const tokens = new FreshTokens(source, null);
    const first = await Promise.all(Array.from({ length: 100 }, () => tokens.get()));
    expect([new Set(first).size, count()]).toEqual([1, 1]);
    at(start + 59_000);
    await tokens.get();
    expect(count()).toBe(1);
    at(start + 60_000);
    await tokens.get();
    expect(count()).toBe(2);
  });

  test('that live for seconds are renewed within these', async () => {
    const start = Math.ceil(Date.now() / 1000) * 1000;
    at(start);
    const { source, count } = counted(4);
    const tokens = new FreshTokens(source, null);
    await tokens.get();
    at(start + 999);
    await tokens.get();
    expect(count()).toBe(1);
    at(start + 1000);
    await tokens.get();
    expect(count()).toBe(2);
  });

  test('for which somebody must do something serve for longer', async () => {
    const start = Math.ceil(Date.now() / 1000) * 1000;
    at(start);
    const { source, count } = counted(3600, true);
    const tokens = new FreshTokens(source, null);
    await tokens.get();
    at(start + 3_569_000);
    await tokens.get();
    expect(count()).toBe(1);
    at(start + 3_571_000);
    await tokens.get();
    expect(count()).toBe(2);
  });

  test('are asked for again after a failure', async () => {
    let fails = true;
    const source = {
      name: 'a test',
      variables: [],
      read: () => (fails ? Promise.reject(new UsageError('not now')) : Promise.resolve(token)),
    };
    jest.restoreAllMocks();
    const tokens = new FreshTokens(source, null);
    await expect(tokens.get()).rejects.toThrow('not now');
    fails = false;
    expect(await tokens.get()).toBe(token);
  });
});
