/**
 * `policy connect`: a port of this machine behind which the gateway is. Whatever connects there is logged in with a fresh
 * token of this pipeline; the tools themselves see a host, a port and a password.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  startTokenRelay,
  type TokenRelay,
  type TokenRelayOptions,
} from '../../proxy/postgres/token-relay.js';
import { parseAddress } from '../../src/config/pieces.js';
import { isLoopback } from '../../src/config/secure-url.js';
import type { UpstreamTls } from '../../src/targets/upstream-tls.js';
import { endLike, runChild } from '../connect/child.js';
import { environmentOf, exportsOf, type Login } from '../connect/environment.js';
import { UsageError, YES } from '../output/outcome.js';
import { print, say } from '../output/terminal.js';
import { chooseSource, withoutEmpty, type TokenOptions } from '../token-sources/choose.js';
import { FreshTokens } from '../token-sources/fresh-tokens.js';

export interface ConnectOptions extends TokenOptions {
  readonly gateway?: string;
  readonly ca?: string;
  readonly serverName?: string;
  readonly plaintext?: boolean;
  readonly user: string;
  readonly port?: string;
}

/** The command's exit code; without a command, resolves when it is interrupted. */
export async function connect(
  target: string,
  command: readonly string[],
  given: ConnectOptions,
): Promise<number> {
  const options = withoutEmpty(given);
  const gateway = gatewayOf(options);
  const source = await chooseSource(options, process.env);
  const tokens = new FreshTokens(source, options.audience ?? null);
  // Without a token, the reason is reported here, and not by a tool that could not connect.
  await tokens.get();
  const password = randomBytes(32).toString('base64url');
  const relay = await listen({
    gateway,
    password,
    token: () => tokens.get(),
    port: portOf(options.port),
    onError: (error) => say(`policy connect: ${error.message}`),
  });
  const { host, port } = relay;
  const login: Login = { host, port, user: options.user, password, database: target };
  if (command.length === 0) {
    await serve(login);
    await relay.close();
    return YES;
  }
  const outcome = await runChild(command, environmentOf(process.env, login, source.variables));
  await relay.close();
  if (outcome.kind === 'killed') return endLike(outcome.signal);
  if (outcome.kind === 'failed') say(`policy connect: ${outcome.problem}`);
  return outcome.code;
}

async function serve(login: Login): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  for (const line of exportsOf(login)) print(line);
  say(`listening on ${login.host}:${login.port} until you press Ctrl-C`);
  await ended;
}

async function listen(options: TokenRelayOptions): Promise<TokenRelay> {
  try {
    return await startTokenRelay(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EADDRINUSE' ? 'it is in use' : message;
    throw new UsageError(
      `cannot listen on port ${options.port}: ${why}`,
      'leave out `--port` to use a free one',
    );
  }
}

function gatewayOf(options: ConnectOptions): TokenRelayOptions['gateway'] {
  const { gateway } = options;
  if (gateway === undefined)
    throw new UsageError(
      'no gateway was given',
      'name it with `--gateway host:port` or in `SALLYPORT_GATEWAY`',
    );
  const address = parseAddress(gateway);
  if (address === null) throw new UsageError(`\`${gateway}\` is no \`host:port\` of a gateway`);
  if (options.plaintext === true && !isLoopback(address.host))
    throw new UsageError(
      `the token would go to \`${address.host}\` without TLS`,
      '`--plaintext` is for a gateway on this machine',
    );
  return { ...address, tls: options.plaintext === true ? { kind: 'off' } : tlsOf(options) };
}

function tlsOf({ ca, serverName }: ConnectOptions): UpstreamTls {
  return {
    kind: 'verify',
    ca: ca === undefined ? null : readAuthority(ca),
    client: null,
    serverName: serverName ?? null,
    channelBinding: 'prefer',
  };
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`the certificate \`${path}\` cannot be read: ${(error as Error).message}`);
  }
}

function portOf(given: string | undefined): number {
  const port = Number(given ?? 0);
  if (!/^\d*$/.test(given ?? '') || port > 65_535) throw new UsageError(`\`${given}\` is not a port`);
  return port;
}
