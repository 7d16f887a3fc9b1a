/** A token that somebody has put into a variable of the environment: GitLab does so. */
import { UsageError } from '../output/outcome.js';
import { DEFAULT_AUDIENCE, type TokenRequest, type TokenSource } from './source.js';

const GITLAB_VARIABLE = 'SALLYPORT_ID_TOKEN';

export function variableSource(name: string, { env }: TokenRequest): TokenSource {
  return {
    name: `the variable \`${name}\``,
    variables: [name],
    read: () =>
      Promise.resolve().then(() => valueOf(env, name, 'set it, or name another source with `--from`')),
  };
}

/** The job defines which tokens it wants, by the names of their variables. */
export function gitlabSource({ audience, env }: TokenRequest): TokenSource {
  const example = `id_tokens: {${GITLAB_VARIABLE}: {aud: ${audience ?? DEFAULT_AUDIENCE}}}`;
  const help = `add \`${example}\` to the job, or name your variable with \`--from env:NAME\``;
  return {
    name: 'GitLab',
    variables: [GITLAB_VARIABLE],
    read: () => Promise.resolve().then(() => valueOf(env, GITLAB_VARIABLE, help)),
  };
}

function valueOf(env: TokenRequest['env'], name: string, help: string): string {
  const value = env[name];
  if (value === undefined || value.trim() === '')
    throw new UsageError(`no token: \`${name}\` is not set`, help);
  return value;
}
