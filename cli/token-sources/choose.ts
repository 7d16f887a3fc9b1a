/** Chooses the source of a token: the one that was named, or the one that the environment indicates. */
import { UsageError } from '../output/outcome.js';
import { buildkiteSource, circleciSource, commandSource } from './command.js';
import { fileSource, kubernetesSource } from './file.js';
import { githubSource } from './github.js';
import type { TokenRequest, TokenSource } from './source.js';
import { gitlabSource, variableSource } from './variable.js';

export interface TokenOptions {
  readonly from?: string;
  readonly audience?: string;
  readonly issuer?: string;
  readonly clientId?: string;
  readonly scope: string;
}

/** Pipelines often set a variable to the empty string: that counts as not set. */
export function withoutEmpty<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== '')) as Options;
}

const KNOWN =
  '`--from` takes github, gitlab, buildkite, circleci, kubernetes, device, file:PATH, env:NAME or exec:COMMAND';

/** The device flow needs a library of its own: it is loaded on demand. */
export async function chooseSource(options: TokenOptions, env: TokenRequest['env']): Promise<TokenSource> {
  const request: TokenRequest = { audience: options.audience ?? null, env };
  const from = options.from ?? detect(options, env);
  const [, kind = '', argument = ''] = /^([a-z]+):(.+)$/s.exec(from) ?? [];
  switch (kind) {
    case 'file':
      return fileSource(argument);
    case 'env':
      return variableSource(argument, request);
    case 'exec':
      return commandSource(argument, request);
  }
  switch (from) {
    case 'github':
      return githubSource(request);
    case 'gitlab':
      return gitlabSource(request);
    case 'buildkite':
      return buildkiteSource(request);
    case 'circleci':
      return circleciSource(request);
    case 'kubernetes':
      return kubernetesSource(request);
    case 'device':
      return device(options, request);
    default:
      throw new UsageError(`\`${from}\` is not a token source`, KNOWN);
  }
}

/** A pipeline's runner in a Kubernetes pod counts as the pipeline. */
function detect({ issuer }: TokenOptions, env: TokenRequest['env']): string {
  if (env['GITHUB_ACTIONS'] === 'true') return 'github';
  if (env['GITLAB_CI'] === 'true') return 'gitlab';
  if (env['BUILDKITE'] === 'true') return 'buildkite';
  if (env['CIRCLECI'] === 'true') return 'circleci';
  if ((env['KUBERNETES_SERVICE_HOST'] ?? '') !== '') return 'kubernetes';
  if (issuer !== undefined) return 'device';
  throw new UsageError('no known CI system was detected, and no token source was given', KNOWN);
}

async function device(
  { issuer, clientId, scope }: TokenOptions,
  request: TokenRequest,
): Promise<TokenSource> {
  if (issuer === undefined || clientId === undefined)
    throw new UsageError(
      `the device flow needs ${issuer === undefined ? 'an issuer' : 'a client'}`,
      'give both `--issuer URL` and `--client-id ID`',
    );
  const { deviceSource } = await import('./device.js');
  return deviceSource({ issuer, clientId, scope }, request);
}
