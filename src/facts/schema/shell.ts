/** Facts of shell commands. They are gathered in src/facts/shell. */
import type { RootField, Type } from '../../values/schema.js';
import { commandName, flag } from './spellings.js';
import { arrayOf, boolean, count, field, object, oneOf, optional, setOf, text } from '../../values/schema.js';

const command: Type = object({
  index: field(count, 'Its place in `shell.commands`, from 0.'),
  name: field(
    commandName,
    'The last part of its path, without quotes: `rm` of `/bin/r\\m`. Empty where a line only assigns or redirects.',
  ),
  path: field(text, 'The name as it is looked up: `/bin/rm`.'),
  argv: field(arrayOf(text), 'Its words without quotes, the name first; unknown where one expands.'),
  flags: field(
    setOf(flag),
    'Its options by their looks: `-rf` is `-rf`, `-r` and `-f`; `--x=y` is `--x`. Behind `--` there are none.',
  ),
  assignments: field(
    arrayOf(object({ name: field(text, 'The variable.'), value: field(text, 'Its value.') })),
    'Variables that are set before it, or in its environment.',
  ),
  redirects: field(
    arrayOf(
      object({
        access: field(
          oneOf('read', 'write', 'append', 'read_write', 'text'),
          'How the file is opened; `text` where the input stands in the command.',
        ),
        descriptor: field(count, 'The file descriptor: 0 is the input, 1 the output, 2 errors.'),
        path: optional(text, 'The file.'),
        text: optional(text, 'For a here-document or here-string: its text.'),
      }),
    ),
    'Files that the shell opens for it.',
  ),
  pipeline: field(count, 'Commands with the same number are joined by `|`, or stand in a group that is.'),
  position: field(count, 'Its place in the pipeline, in the order of the text.'),
  place: field(
    oneOf('command', 'substitution', 'function', 'wrapped', 'code', 'later'),
    '`wrapped`: another command runs it (`sudo`, `xargs`); `code`: it stands in a text that is run (`sh -c`); `later`: in a trap or alias.',
  ),
  background: field(boolean, 'Whether the shell does not wait for it (`&`).'),
  parent: optional(count, 'The index of the command that runs it, or in whose words it stands.'),
  user: optional(text, 'The user that `sudo` and its kin run it as.'),
  host: optional(text, 'The host that `ssh` runs it on.'),
});

export const shell: RootField = {
  ...field(
    object({
      commands: field(
        arrayOf(command),
        'Every simple command, wherever it stands: in pipelines, substitutions, functions, and behind `sudo`, `xargs`, `sh -c`.',
      ),
      names: field(setOf(commandName), 'The names of all commands together.'),
    }),
    'What a command line for a POSIX shell runs.',
  ),
  targets: ['ssh', 'docker', 'kubernetes'],
};
