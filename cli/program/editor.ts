/** Commands for documentation and editors: doc, lsp. Each command is loaded when it is asked for. */
import type { Command } from 'commander';
import type { DocOptions } from '../commands/doc.js';
import { exitWith } from './options.js';

export function addEditorCommands(program: Command): void {
  program
    .command('doc [path...]')
    .description('document rules as Markdown: what each decides, when, and which tests show it')
    .option('-o, --output <file>', 'write to this file')
    .option('--check', 'fail if that file is out of date, and write nothing')
    .option('--title <text>', 'the heading of the page', 'Rules')
    .action(
      exitWith(async (paths: string[], options: DocOptions) =>
        (await import('../commands/doc.js')).doc(paths, options),
      ),
    );
  program
    .command('lsp')
    .description('the language server for editors')
    .option('--stdio', 'use standard input and output (the only transport)')
    .action(exitWith(async () => (await import('../lsp/server.js')).lsp()));
}
