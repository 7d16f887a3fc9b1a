/** Commands of a pipeline: token, connect. Each command is loaded when it is asked for. */
import { Option, type Command } from 'commander';
import type { ConnectOptions } from '../commands/connect.js';
import type { TokenOptions } from '../commands/token.js';
import { exitWith } from './options.js';

export function addPipelineCommands(program: Command): void {
  const token = program.command('token').description('print a fresh token of this pipeline');
  for (const option of tokenOptions()) token.addOption(option);
  token.action(
    exitWith(async (options: TokenOptions) => (await import('../commands/token.js')).token(options)),
  );
  const connect = program
    .command('connect <target> [command...]')
    .description('run a command (behind `--`) whose connections reach a target through the gateway')
    .addOption(new Option('--gateway <host:port>', 'the gateway').env('SALLYPORT_GATEWAY'))
    .addOption(
      new Option('--ca <file>', 'whom its certificate is from (the public authorities)').env('SALLYPORT_CA'),
    )
    .addOption(
      new Option('--server-name <name>', 'whose its certificate is (the host’s)').env(
        'SALLYPORT_SERVER_NAME',
      ),
    )
    .option('--plaintext', 'without TLS, to a gateway on this machine')
    .addOption(
      new Option('--user <name>', 'the user name that is recorded').env('SALLYPORT_USER').default('ci'),
    )
    .option('--port <port>', 'the port of this machine to listen on (a free one)');
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
        '(what the environment speaks of)',
    ).env('SALLYPORT_TOKEN_FROM'),
    new Option('--audience <text>', 'for whom the token is').env('SALLYPORT_AUDIENCE'),
    new Option('--issuer <url>', 'of the device flow').env('SALLYPORT_ISSUER'),
    new Option('--client-id <id>', 'of the device flow').env('SALLYPORT_CLIENT_ID'),
    new Option('--scope <words>', 'of the device flow').env('SALLYPORT_SCOPE').default('openid'),
  ];
}
