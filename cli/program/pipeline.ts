/** Commands of a pipeline: token, connect. Each command is loaded when it is asked for. */
import { Option, type Command } from 'commander';
import type { ConnectOptions } from '../commands/connect.js';
import type { TokenOptions } from '../commands/token.js';
import { exitWith } from './options.js';

export function addPipelineCommands(program: Command): void {
  const token = program.command('token').description('print a fresh token for this job');
  for (const option of tokenOptions()) token.addOption(option);
  token.action(
    exitWith(async (options: TokenOptions) => (await import('../commands/token.js')).token(options)),
  );
  const connect = program
    .command('connect <target> [command...]')
    .description('run a command (after `--`) that connects to a target through the gateway')
    .addOption(new Option('--gateway <host:port>', 'address of the gateway').env('SALLYPORT_GATEWAY'))
    .addOption(
      new Option(
        '--ca <file>',
        'authority of its certificate, a PEM file (default: the public authorities)',
      ).env('SALLYPORT_CA'),
    )
    .addOption(
      new Option('--server-name <name>', 'name in its certificate (default: the host)').env(
        'SALLYPORT_SERVER_NAME',
      ),
    )
    .option('--plaintext', 'connect without TLS, to a gateway on this machine only')
    .addOption(
      new Option('--user <name>', 'the user name that is recorded').env('SALLYPORT_USER').default('ci'),
    )
    .option('--port <port>', 'the local port to listen on (default: a free one)');
  for (const option of tokenOptions()) connect.addOption(option);
  connect.action(
    exitWith(async (target: string, command: string[], options: ConnectOptions) =>
      (await import('../commands/connect.js')).connect(target, command, options),
    ),
  );
}

function tokenOptions(): readonly Option[] {
  return [
    new Option(
      '--from <source>',
      'github, gitlab, buildkite, circleci, kubernetes, device, file:PATH, env:NAME or exec:COMMAND ' +
        '(default: detected from the environment)',
    ).env('SALLYPORT_TOKEN_FROM'),
    new Option('--audience <text>', 'the audience of the token').env('SALLYPORT_AUDIENCE'),
    new Option('--issuer <url>', 'the issuer of the device flow').env('SALLYPORT_ISSUER'),
    new Option('--client-id <id>', 'the client id of the device flow').env('SALLYPORT_CLIENT_ID'),
    new Option('--scope <words>', 'the scopes of the device flow').env('SALLYPORT_SCOPE').default('openid'),
  ];
}
