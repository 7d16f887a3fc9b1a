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
    .option('--package <name>', 'the package in whose names the expression is read')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (text: string, options: EvalOptions) =>
        (await import('../commands/eval.js')).evaluate(text, options),
      ),
    );
  program
    .command('explain <command>')
    .description('decide one command and say why: each rule, each condition, each value')
    .requiredOption('--as <identity>', 'who: `ci-test`, `alice:dba,pii-reader`, or a file of identity facts')
    .requiredOption('--on <target>', 'where: a target of the configuration, or any name')
    .option('--label <key=value...>', 'labels of the target, beside those of the configuration')
    .option('--given <fact=value...>', 'facts in the place of those that there are: `sql.masked_write=true`')
    .addOption(
      new Option(
        '--protocol <protocol>',
        'what the command is written in (as the target speaks, or sql)',
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
    .description('decide recorded sessions by these rules and say what changes')
    .addOption(rulesOption())
    .option(
      '--base <revision>',
      'compare with the rules of this git revision or bundle, not with what was decided then',
    )
    .addOption(catalogueOption())
    .option('--accept', 'exit 0 also where something opens')
    .addOption(formats('pretty', 'json', 'markdown', 'junit'))
    .action(
      exitWith(async (paths: string[], options: ReplayCommandOptions) =>
        (await import('../commands/replay.js')).replay(paths, options),
      ),
    );
}
