/** Commands that build, sign and verify bundles. Each command is loaded when it is asked for. */
import type { Command } from 'commander';
import type { BuildOptions, SignOptions, BundleVerifyOptions } from '../commands/bundle.js';
import { exitWith, formats } from './options.js';

export function addBundleCommands(program: Command): void {
  const bundle = program.command('bundle').description('rules as a single file that can be signed');
  bundle
    .command('build [path...]')
    .description('put rules, data and catalogues into a bundle')
    .option('-o, --output <file>', 'write to this file', 'bundle.tar.gz')
    .option(
      '--revision <text>',
      'revision of the rules (default: the git commit, or a hash of their content)',
    )
    .option('--no-tests', 'leave out `*_test.rules`')
    .action(
      exitWith(async (paths: string[], options: BuildOptions) =>
        (await import('../commands/bundle.js')).build(paths, options),
      ),
    );
  bundle
    .command('sign <file>')
    .description('sign a bundle')
    .requiredOption('--key <file>', 'Ed25519 private key, as PEM')
    .option('-o, --output <file>', 'write to this file (default: the bundle itself)')
    .action(
      exitWith(async (file: string, options: SignOptions) =>
        (await import('../commands/bundle.js')).sign(file, options),
      ),
    );
  bundle
    .command('verify <file>')
    .description('check the signature of a bundle and everything in it')
    .requiredOption('--key <file...>', 'Ed25519 public keys, as PEM; a signature by one of them is enough')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (file: string, options: BundleVerifyOptions) =>
        (await import('../commands/bundle.js')).verify(file, options),
      ),
    );
}
