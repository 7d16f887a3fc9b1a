/**
 * For people: the device flow (RFC 8628). The provider is asked for a code, somebody enters it in a browser on any machine, and
 * the token comes here. Nothing is stored on disk; a refresh token lives as long as this process.
 */
import * as oidc from 'openid-client';
import { isSecureUrl } from '../../src/config/secure-url.js';
import { UsageError } from '../output/outcome.js';
import { say } from '../output/terminal.js';
import { inspectToken } from './inspect.js';
import type { TokenRequest, TokenSource } from './source.js';

export interface DeviceOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
}

const TIMEOUT_SECONDS = 20;

type Tokens = Pick<oidc.TokenEndpointResponse, 'access_token' | 'id_token' | 'refresh_token'>;

export function deviceSource({ issuer, clientId, scope }: DeviceOptions, request: TokenRequest): TokenSource {
  const { audience } = request;
  let provider: oidc.Configuration | null = null;
  let refresh: string | undefined;
  const take = (tokens: Tokens): string => {
    refresh = tokens.refresh_token ?? refresh;
    return choose(tokens, issuer, audience);
  };
  return {
    name: `\`${issuer}\``,
    variables: [],
    interactive: true,
    read: async () => {
      try {
        provider ??= await discover(issuer, clientId);
        const renewed = refresh === undefined ? null : await renew(provider, refresh);
        if (renewed !== null) return take(renewed);
        refresh = undefined;
        return take(await login(provider, scope, audience));
      } catch (error) {
        if (error instanceof UsageError) throw error;
        throw new UsageError(`\`${issuer}\` did not return a token: ${reasonOf(error)}`, helpFor(error));
      }
    },
  };
}

async function discover(issuer: string, clientId: string): Promise<oidc.Configuration> {
  if (!URL.canParse(issuer) || !isSecureUrl(new URL(issuer)))
    throw new UsageError(`\`${issuer}\` is not an https URL of an issuer`);
  const url = new URL(issuer);
  const options: oidc.DiscoveryRequestOptions = { timeout: TIMEOUT_SECONDS };
  // Plain HTTP only reaches here for loopback.
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- It is marked so only to stand out.
  if (url.protocol === 'http:') options.execute = [oidc.allowInsecureRequests];
  const found = await oidc.discovery(url, clientId, undefined, oidc.None(), options);
  if (found.serverMetadata().device_authorization_endpoint === undefined)
    throw new UsageError(`\`${issuer}\` does not offer the device flow`, 'use another source with `--from`');
  return found;
}

async function login(provider: oidc.Configuration, scope: string, audience: string | null): Promise<Tokens> {
  const started = await oidc.initiateDeviceAuthorization(provider, {
    scope,
    ...(audience === null ? {} : { audience }),
    // RFC 8707 section 2: a resource is an absolute URI.
    ...(audience !== null && URL.canParse(audience) ? { resource: audience } : {}),
  });
  const { verification_uri, verification_uri_complete, user_code } = started;
  const page = printable(verification_uri_complete ?? verification_uri);
  say(`open ${page} and confirm the code ${printable(user_code)}`);
  return oidc.pollDeviceAuthorizationGrant(provider, started);
}

async function renew(provider: oidc.Configuration, refresh: string): Promise<Tokens | null> {
  try {
    return await oidc.refreshTokenGrant(provider, refresh);
  } catch {
    // It was revoked or has expired: the person is asked again.
    return null;
  }
}

/** Either may be the one that the gateway accepts: its audience decides. */
function choose({ id_token, access_token }: Tokens, issuer: string, audience: string | null): string {
  const given = [id_token, access_token].filter((token) => token !== undefined);
  for (const token of given) {
    try {
      return inspectToken(token, `\`${issuer}\``, audience).token;
    } catch {
      // The other one may be valid.
    }
  }
  return inspectToken(given[0] ?? '', `\`${issuer}\``, audience).token;
}

/** The provider's text is shown on a terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '');
}

function reasonOf(error: unknown): string {
  if (error instanceof oidc.ResponseBodyError) return printable(error.error_description ?? error.error);
  if (!(error instanceof Error)) return 'it cannot be reached';
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

function helpFor(error: unknown): string | null {
  if (!(error instanceof oidc.ResponseBodyError)) return null;
  switch (error.error) {
    case 'expired_token':
      return 'nobody confirmed the code in time; try again';
    case 'access_denied':
      return 'the login was refused in the browser';
    case 'unauthorized_client':
    case 'invalid_client':
      return 'the client of `--client-id` must be a public one with the grant `urn:ietf:params:oauth:grant-type:device_code`';
    default:
      return null;
  }
}
