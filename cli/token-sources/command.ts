/** A program that prints a token: the agents of Buildkite and CircleCI, or whatever `--from exec:` names. */
import { spawn, type ChildProcess } from 'node:child_process';
import { UsageError } from '../output/outcome.js';
import { inspectToken } from './inspect.js';
import { DEFAULT_AUDIENCE, type TokenRequest, type TokenSource } from './source.js';

const TIMEOUT_MS = 60_000;
const OUTPUT_LENGTH_MAX = 64 * 1024;

/** The text is a shell command, as its author wrote it. */
export function commandSource(text: string, { env }: TokenRequest): TokenSource {
  return {
    name: 'the command of `--from exec:`',
    variables: [],
    read: () => run('/bin/sh', ['-c', text], env, 'the command of `--from exec:`', null),
  };
}

export function buildkiteSource({ audience, env }: TokenRequest): TokenSource {
  const args = ['oidc', 'request-token', '--audience', audience ?? DEFAULT_AUDIENCE];
  const help = 'run this in a Buildkite job, with `buildkite-agent` in `PATH`';
  return {
    name: 'Buildkite',
    // The credential of the agent's command also serves for artifacts and much else: it stays.
    variables: [],
    read: () => run('buildkite-agent', args, env, '`buildkite-agent oidc request-token`', help),
  };
}

const CIRCLECI_VARIABLES = ['CIRCLE_OIDC_TOKEN_V2', 'CIRCLE_OIDC_TOKEN'];

/**
 * The token in the environment of a job is for its organisation; for another audience the agent's own command is asked. If that
 * is missing, the token in the environment is used if it is for the requested audience.
 */
export function circleciSource({ audience, env }: TokenRequest): TokenSource {
  const wanted = audience ?? DEFAULT_AUDIENCE;
  const claims = JSON.stringify({ aud: wanted });
  const args = ['run', 'oidc', 'get', '--claims', claims];
  const help = `run this in a CircleCI job with its \`circleci\` command in \`PATH\`, or configure your organisation's id as an audience of the gateway and pass it as \`--audience\``;
  return {
    name: 'CircleCI',
    variables: CIRCLECI_VARIABLES,
    read: async () => {
      const given = CIRCLECI_VARIABLES.map((name) => env[name]).find((token) => isFor(token, wanted));
      return given ?? run('circleci', args, env, '`circleci run oidc get`', help);
    },
  };
}

function isFor(token: string | undefined, audience: string): token is string {
  if (token === undefined) return false;
  try {
    return inspectToken(token, 'CircleCI', audience).token !== '';
  } catch {
    return false;
  }
}

/** Its other messages go to stderr, which the user sees. */
function run(
  program: string,
  args: readonly string[],
  env: TokenRequest['env'],
  what: string,
  help: string | null,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    const fail = (why: string): void => {
      clearTimeout(late);
      child.stdout.destroy();
      endGroup(child);
      reject(new UsageError(`${what} did not return a token: ${why}`, help));
    };
    const late = setTimeout(() => fail(`it took longer than ${TIMEOUT_MS / 1000} seconds`), TIMEOUT_MS);
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > OUTPUT_LENGTH_MAX) fail('it printed more than a token');
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ENOENT' ? 'no such command' : error.message),
    );
    child.once('exit', (code, signal) => {
      if (code !== 0) fail(code === null ? `it was killed by ${signal}` : `it exited with ${code}`);
    });
    child.once('close', () => {
      clearTimeout(late);
      resolve(output);
    });
  });
}

/** When a shell ends, its children do not: they would keep writing for nobody. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
