/** Commands that decide: eval, explain, replay. Each command is loaded when it is asked for. */
import { Option, type Command } from 'commander';
import { ROW_WORDS } from '../../grammar/row-words.js';
import type { EvalOptions } from '../commands/eval.js';
import type { ExplainOptions } from '../commands/explain.js';
import type { ReplayCommandOptions } from '../commands/replay.js';
import { catalogueOption, exitWith, formats, rulesOption } from './options.js';

export function addDecisionCommands(program: Command): void {
  program
    .command('eval <expression>')
    .description('evaluate an expression over rules')
    .option('-i, --input <file>', 'facts, as JSON or YAML')
    .option('-d, --data <path...>', 'rule and data files and folders (`rules`, or this folder)')
    .option('--package <name>', 'the package in which the expression is evaluated')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (text: string, options: EvalOptions) =>
        (await import('../commands/eval.js')).evaluate(text, options),
      ),
    );
  program
    .command('explain <command>')
    .description('decide one command and show why: each rule, each condition, each value')
    .requiredOption('--as <identity>', 'who: `ci-test`, `alice:dba,pii-reader`, or a file of identity facts')
    .requiredOption('--on <target>', 'where: a target of the configuration, or any name')
    .option('--label <key=value...>', 'labels of the target, in addition to those in the configuration')
    .option('--given <fact=value...>', 'override facts: `sql.masked_write=true`')
    .addOption(
      new Option(
        '--protocol <protocol>',
        'the protocol of the command (default: that of the target, or sql)',
      ).choices(ROW_WORDS),
    )
    .addOption(rulesOption())
    .addOption(catalogueOption())
    .option('-c, --config <file>', 'configuration with the target')
    .addOption(formats('text', 'json'))
    .action(
      exitWith(async (text: string, options: ExplainOptions) =>
        (await import('../commands/explain.js')).explain(text, options),
      ),
    );
  program
    .command('replay <sessions...>')
    .description('decide recorded sessions with these rules and show what changes')
    .addOption(rulesOption())
    .option(
      '--base <revision>',
      'compare with the rules of this git revision or bundle instead of the recorded decisions',
    )
    .addOption(catalogueOption())
    .option('--accept', 'exit with 0 even if something that was denied would be allowed')
    .addOption(formats('pretty', 'json', 'markdown', 'junit'))
    .action(
      exitWith(async (paths: string[], options: ReplayCommandOptions) =>
        (await import('../commands/replay.js')).replay(paths, options),
      ),
    );
}
