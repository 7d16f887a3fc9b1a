/** GitHub Actions: a job with the permission asks for as many tokens as it wants, for any audience. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isSecureUrl } from '../../src/config/secure-url.js';
import { UsageError } from '../output/outcome.js';
import { readBounded } from './answer.js';
import { DEFAULT_AUDIENCE, type TokenRequest, type TokenSource } from './source.js';

const TIMEOUT_MS = 10_000;
const TRIES = 4;
const PAUSE_MS = 500;
const VARIABLES = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
const PERMISSION =
  'add `permissions: {id-token: write, contents: read}` to the job; pull requests from forks cannot have it';

export function githubSource({ audience, env }: TokenRequest): TokenSource {
  return {
    name: 'GitHub Actions',
    variables: VARIABLES,
    read: async () => {
      const [location, bearer] = VARIABLES.map((name) => env[name]);
      if (location === undefined || location === '' || bearer === undefined || bearer === '') {
        const missing = VARIABLES.find((name) => (env[name] ?? '') === '')!;
        throw new UsageError(
          `this job may not request a token from GitHub: \`${missing}\` is not set`,
          PERMISSION,
        );
      }
      if (!URL.canParse(location) || !isSecureUrl(new URL(location)))
        throw new UsageError('`ACTIONS_ID_TOKEN_REQUEST_URL` is not an https URL');
      const url = new URL(location);
      url.searchParams.set('audience', audience ?? DEFAULT_AUDIENCE);
      return ask(url, bearer);
    },
  };
}

/** GitHub is busy at times: errors that may be temporary are retried. */
async function ask(url: URL, bearer: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const answer = await request(url, bearer);
    if (answer.kind === 'token') return answer.token;
    if (!answer.again || tries === TRIES)
      throw new UsageError(`GitHub did not return a token: ${answer.problem}`, answer.help);
    await sleep(PAUSE_MS * tries);
  }
}

type Answer =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'none';
      readonly problem: string;
      readonly help: string | null;
      readonly again: boolean;
    };

async function request(url: URL, bearer: string): Promise<Answer> {
  const none = (problem: string, again: boolean, help: string | null = null): Answer => {
    return { kind: 'none', problem, help, again };
  };
  let response: Response;
  let text: string;
  try {
    const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' };
    response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    text = await readBounded(response);
  } catch (error) {
    return none(`${url.host} cannot be reached (${reasonOf(error)})`, true);
  }
  const { status } = response;
  if (status === 401 || status === 403) return none(`it answered with status ${status}`, false, PERMISSION);
  if (status !== 200) return none(`it answered with status ${status}`, status === 429 || status >= 500);
  const token = tokenIn(text);
  return token === null ? none('its answer has no token', false) : { kind: 'token', token };
}

function tokenIn(text: string): string | null {
  try {
    const { value } = JSON.parse(text) as { readonly value?: unknown };
    return typeof value === 'string' && value !== '' ? value : null;
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return (cause instanceof Error && (cause as NodeJS.ErrnoException).code) || message;
}
