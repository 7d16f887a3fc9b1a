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
      'the gateway runs on another machine: do not look here for what the configuration names',
    )
    .addOption(formats('pretty', 'json', 'sarif', 'junit', 'github'))
    .action(
      exitWith(async (paths: string[], options: CheckOptions) =>
        (await import('../commands/check.js')).check(paths, options),
      ),
    );
  program
    .command('fmt [path...]')
    .description('print rules in the one layout, comments kept (`-` reads standard input)')
    .option('-w, --write', 'write the files instead')
    .option('--check', 'list the files that are laid out otherwise, and fail')
    .action(
      exitWith(async (paths: string[], options: FmtOptions) =>
        (await import('../commands/fmt.js')).fmt(paths, options),
      ),
    );
  program
    .command('lint [path...]')
    .description('find what compiles and still is not what its author meant')
    .option('--fix', 'mend what can be mended without changing a meaning')
    .option('--strict', 'fail on warnings too')
    .option(
      '--config <file>',
      'configuration of the linter (`.sallyport/lint.yaml` beside the rules, or here)',
    )
    .option('--list', 'list the lint rules with their levels')
    .addOption(formats('pretty', 'json', 'sarif', 'junit', 'github'))
    .action(
      exitWith(async (paths: string[], options: LintOptions) =>
        (await import('../commands/lint.js')).lint(paths, options),
      ),
    );
  program
    .command('test [path...]')
    .description('run test blocks and `test_` rules')
    .option('--run <text>', 'only tests whose name contains this')
    .option('--watch', 'run again whenever rules, data or catalogues change')
    .option('--bench', 'say what each test costs')
    .option('--jobs <count>', 'deal the tests out to so many processes')
    .option('--share <number/of>', 'run one share of the tests: 2/4 is the second of four')
    .option('--coverage', 'say which conditions the tests tried, and how each came out')
    .option('--coverage-html <file>', 'write it as a page, the rules beside what was tried')
    .option('--coverage-lcov <file>', 'write it as an lcov tracefile')
    .option('--coverage-json <file>', 'write it as JSON')
    .option('--mutate', 'make small mistakes in the rules, and say which of them no test notices')
    .option('--every <number>', 'with `--mutate`: only every so many of them')
    .option('--equivalent <file>', 'with `--mutate`: those that mean the same, each with the reason')
    .option('--threshold <percent>', 'fail where less is covered, or caught')
    .addOption(formats('pretty', 'json', 'junit', 'tap', 'github'))
    .action(
      exitWith(async (paths: string[], options: TestOptions) =>
        (await import('../commands/test.js')).test(paths, options),
      ),
    );
}
