/** Facts of SSH: what a client asks for on its connection (RFC 4254). What a command runs is in `shell`. */
import type { RootField } from '../../values/schema.js';
import { boolean, field, object, oneOf, optional, port, text } from '../../values/schema.js';

/** Operations of the SFTP protocol, version 3. Reading and writing are decided when the file is opened. */
const sftpOperations = [
  'open', 'stat', 'setstat', 'list', 'remove', 'make_directory', 'remove_directory', 'rename', 'read_link', 'symlink',
  'hard_link', 'real_path', 'extended',
] as const; // prettier-ignore

export const ssh: RootField = {
  ...field(
    object({
      kind: field(
        oneOf(
          'exec',
          'shell',
          'subsystem',
          'sftp',
          'direct_forward',
          'remote_forward',
          'agent',
          'x11',
          'env',
          'pty',
        ),
        'What is asked for: a command, a login shell, a subsystem, a file operation, forwarding, a variable, a terminal.',
      ),
      user: field(text, 'The user that the client logs in as on the target.'),
      terminal: field(boolean, 'Whether the channel has a terminal.'),
      command: optional(text, 'For `exec`: the command as it was sent.'),
      subsystem: optional(text, 'For `subsystem`: its name.'),
      sftp: optional(
        object({
          operation: field(oneOf(...sftpOperations), 'What is done to the file.'),
          path: field(text, 'The path as it was sent; it may be relative to the home folder.'),
          to: optional(text, 'For `rename` and links: the other path.'),
          read: field(boolean, 'For `open`: whether it is opened for reading.'),
          write: field(boolean, 'For `open`: whether it is opened for writing, appending or creating.'),
        }),
        'For `sftp`: one operation on files.',
      ),
      forward: optional(
        object({
          host: field(text, 'The address to connect to, or to listen on; empty for every address.'),
          port: field(port, 'The port there.'),
        }),
        'For forwarding: where to.',
      ),
      env: optional(
        object({ name: field(text, 'The variable.'), value: field(text, 'Its value.') }),
        'For `env`: the variable that is to be set.',
      ),
    }),
    'What a client asks for over SSH.',
  ),
  targets: ['ssh'],
};
