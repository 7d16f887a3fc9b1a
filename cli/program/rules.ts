/** Commands over rules: check, fmt, lint, test. Each command is loaded when it is asked for. */
import type { Command } from 'commander';
import type { CheckOptions } from '../commands/check.js';
import type { FmtOptions } from '../commands/fmt.js';
import type { LintOptions } from '../commands/lint.js';
import type { TestOptions } from '../commands/test.js';
import { exitWith, formats } from './options.js';

export function addRuleCommands(program: Command): void {
  program
    .command('check [path...]')
    .description('parse and check rules, data and configuration')
    .option(
      '--elsewhere',
      'the gateway runs on another machine: do not look for the files, programs and variables here',
    )
    .addOption(formats('pretty', 'json', 'sarif', 'junit', 'github'))
    .action(
      exitWith(async (paths: string[], options: CheckOptions) =>
        (await import('../commands/check.js')).check(paths, options),
      ),
    );
  program
    .command('fmt [path...]')
    .description('format rules, keeping comments (`-` reads standard input)')
    .option('-w, --write', 'write the files instead of printing them')
    .option('--check', 'list the files that are not formatted, and fail if there are any')
    .action(
      exitWith(async (paths: string[], options: FmtOptions) =>
        (await import('../commands/fmt.js')).fmt(paths, options),
      ),
    );
  program
    .command('lint [path...]')
    .description('find rules that compile but are probably not what was meant')
    .option('--fix', 'fix what can be fixed without changing the meaning')
    .option('--strict', 'fail on warnings too')
    .option(
      '--config <file>',
      'configuration of the linter (default: `.sallyport/lint.yaml` next to the rules, or here)',
    )
    .option('--list', 'list the lint rules and their levels')
    .addOption(formats('pretty', 'json', 'sarif', 'junit', 'github'))
    .action(
      exitWith(async (paths: string[], options: LintOptions) =>
        (await import('../commands/lint.js')).lint(paths, options),
      ),
    );
  program
    .command('test [path...]')
    .description('run test blocks and `test_` rules')
    .option('--run <text>', 'run only tests whose name contains this')
    .option('--watch', 'run again when rules, data or catalogues change')
    .option('--bench', 'report how long each test takes')
    .option('--jobs <count>', 'run the tests in this many processes')
    .option('--share <number/of>', 'run one share of the tests: 2/4 is the second of four')
    .option('--coverage', 'report which conditions the tests evaluated, and to what')
    .option('--coverage-html <file>', 'write the report as an HTML page')
    .option('--coverage-lcov <file>', 'write the report as an lcov tracefile')
    .option('--coverage-json <file>', 'write the report as JSON')
    .option('--mutate', 'change the rules in small ways, and report the changes that no test notices')
    .option('--every <number>', 'with `--mutate`: try only every Nth change')
    .option(
      '--equivalent <file>',
      'with `--mutate`: changes known to make no difference, each with the reason',
    )
    .option('--threshold <percent>', 'fail if less than this is covered, or caught')
    .addOption(formats('pretty', 'json', 'junit', 'tap', 'github'))
    .action(
      exitWith(async (paths: string[], options: TestOptions) =>
        (await import('../commands/test.js')).test(paths, options),
      ),
    );
}
