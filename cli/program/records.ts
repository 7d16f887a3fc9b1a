/** Commands over recordings: sessions, audit. Each command is loaded when it is asked for. */
import { Option, type Command } from 'commander';
import type { VerifyOptions } from '../commands/audit.js';
import type { SessionsOptions } from '../commands/sessions.js';
import type { SessionFilter } from '../input/session-filter.js';
import { exitWith, formats } from './options.js';

export function addRecordCommands(program: Command): void {
  const recordings = (): Option => new Option('--recordings <folder>', 'the folder of the recordings');
  const sessions = program.command('sessions').description('recorded sessions');
  sessions
    .command('list')
    .description('list sessions, newest last')
    .addOption(recordings())
    .option('-c, --config <file>', 'configuration that names the folder')
    .option('--since <moment>', 'opened since: `2h`, `7d`, `2026-12-01`, `2026-12-01T08:00:00Z`')
    .option('--identity <subject>', 'of this identity; `*` is any text')
    .option('--target <name>', 'on this target; `*` is any text')
    .option('--denied', 'with at least one denied command')
    .option('--text <text>', 'with a command whose text contains this')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (options: SessionsOptions & SessionFilter) =>
        (await import('../commands/sessions.js')).listSessions(options),
      ),
    );
  sessions
    .command('show <session>')
    .description('show what a session did, by its id (a prefix is enough) or by file')
    .addOption(recordings())
    .option('-c, --config <file>', 'configuration that names the folder')
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (id: string, options: SessionsOptions) =>
        (await import('../commands/sessions.js')).showSession(id, options),
      ),
    );
  const audit = program.command('audit').description('evidence');
  audit
    .command('verify <file...>')
    .description('check the hash chain of recordings')
    .option(
      '--complete',
      'also fail if a record has no end: the session is still running, or the end was removed',
    )
    .addOption(formats('pretty', 'json'))
    .action(
      exitWith(async (files: string[], options: VerifyOptions) =>
        (await import('../commands/audit.js')).verify(files, options),
      ),
    );
}
