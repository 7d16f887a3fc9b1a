/** Commands that set up and run the gateway: init, serve, issuer, demo, catalogue. Each command is loaded when it is asked for. */
import type { Command } from 'commander';
import type { PullOptions } from '../commands/catalogue.js';
import type { InitOptions } from '../commands/init.js';
import type { ServeOptions } from '../commands/serve.js';
import type { DemoOptions } from '../demo/demo.js';
import type { IssuerCommandOptions } from '../demo/local-issuer.js';
import { exitWith } from './options.js';

export function addGatewayCommands(program: Command): void {
  program
    .command('init [folder]')
    .description('create a configuration, first rules with tests, and a CI job that checks them')
    .option('--database <url>', 'the database, as postgres://user@host:5432/name')
    .option(
      '--issuer <name>',
      'the issuer of the tokens: github, gitlab, buildkite, local, or the URL of an issuer',
    )
    .option('--identity <name>', 'who may read: a repository, a project, or the `sub` of a token')
    .action(
      exitWith(async (folder: string | undefined, options: InitOptions) =>
        (await import('../commands/init.js')).init(folder ?? '.', options),
      ),
    );
  program
    .command('serve')
    .description('run the gateway')
    .option('-c, --config <file>', 'configuration', 'sallyport.yaml')
    .action(exitWith(async (options: ServeOptions) => (await import('../commands/serve.js')).serve(options)));
  program
    .command('issuer <subject>')
    .description('run a local token issuer, to try the gateway without an OpenID provider')
    .option('--port <number>', 'the port on 127.0.0.1', '15400')
    .option('--folder <folder>', 'the folder for its key and the token', 'var/issuer')
    .option('--audience <name>', 'the audience of the token', 'sallyport')
    .action(
      exitWith(async (subject: string, options: IssuerCommandOptions) =>
        (await import('../demo/local-issuer.js')).issueTokens(subject, options),
      ),
    );
  program
    .command('demo')
    .description('run a demonstration: a database, an identity provider, the gateway and a sample pipeline')
    .option('--once', 'stop after the pipeline')
    .action(exitWith(async (options: DemoOptions) => (await import('../demo/demo.js')).demo(options)));
  program
    .command('catalogue')
    .description('the relations and functions of a target')
    .command('pull')
    .description('print the catalogue, for tests and replay')
    .requiredOption('--target <name>', 'a target of the configuration')
    .option('-c, --config <file>', 'configuration', 'sallyport.yaml')
    .option('-o, --output <file>', 'write to this file')
    .action(
      exitWith(async (options: PullOptions) => (await import('../commands/catalogue.js')).pull(options)),
    );
}
