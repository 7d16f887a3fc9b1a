/** `policy`: the command line. A command is a file in commands/; program/ says how each is called. */
import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { causeOf, GatewayError } from '../src/errors.js';
import { addRuleCommands } from './program/rules.js';
import { addEditorCommands } from './program/editor.js';
import { addDecisionCommands } from './program/decisions.js';
import { addRecordCommands } from './program/records.js';
import { addBundleCommands } from './program/bundles.js';
import { addGatewayCommands } from './program/gateway.js';
import { addPipelineCommands } from './program/pipeline.js';
import { UNUSABLE, UsageError, YES, type ExitCode } from './output/outcome.js';
import { endWithReader, paintTalk, say } from './output/terminal.js';

function createProgram(): Command {
  const program = new Command('policy')
    .description(
      'Rules for pipelines: check, test, explain and replay them, and enforce them in the gateway.',
    )
    .version(packageJson.version, '-V, --version')
    .showHelpAfterError('(run `policy help` for a list of commands)')
    .configureHelp({ sortSubcommands: false })
    .exitOverride();
  addRuleCommands(program);
  addDecisionCommands(program);
  addRecordCommands(program);
  addBundleCommands(program);
  addEditorCommands(program);
  addGatewayCommands(program);
  addPipelineCommands(program);
  return program;
}

/** A refusal by the operating system (a file, a port, a name) is not a bug of the program. */
function isOfSystem(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return error instanceof Error && typeof code === 'string' && typeof syscall === 'string';
}

function report(error: unknown): ExitCode {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? YES : UNUSABLE;
  if (error instanceof UsageError) {
    say(`${paintTalk.red('error')}: ${error.message}`);
    if (error.help !== null) say(`${paintTalk.cyan('help')}: ${error.help}`);
  } else if (error instanceof GatewayError) {
    say(`${paintTalk.red(`error[${error.code}]`)}: ${error.message}`);
  } else if (isOfSystem(error)) {
    say(`${paintTalk.red('error')}: ${causeOf(error)}`);
  } else {
    say(
      `${paintTalk.red('this is a bug in policy')}: ${error instanceof Error ? error.stack : String(error)}`,
    );
  }
  return UNUSABLE;
}

endWithReader();
try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
