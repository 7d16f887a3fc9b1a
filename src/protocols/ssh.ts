/** SSH: a command that a client runs on a host. */
import { BuiltinError } from '../engine/builtins/define/builtin.js';
import { shell as schema } from '../facts/schema/shell.js';
import { deriveShell } from '../facts/shell/derive.js';
import { text } from '../values/schema.js';
import { isObject, type Maybe, type ValueObject } from '../values/value.js';
import { textProtocol } from './text-protocol.js';

/** Channel facts that a test gives are kept. */
function channelFacts(command: string, given: Maybe): ValueObject {
  return { user: '', terminal: false, ...(isObject(given) ? given : {}), kind: 'exec', command };
}

export const ssh = textProtocol({
  name: 'ssh',
  row: 'shell',
  roots: (line, given) => ({ shell: deriveShell(line), ssh: channelFacts(line, given['ssh']) }),
  builtin: {
    name: 'facts.shell',
    parameters: [{ name: 'text', type: text }],
    result: schema.type,
    doc: 'The facts of text for a POSIX shell, as `shell` would hold them.',
    call: ([source], context) => {
      if (typeof source !== 'string') throw new BuiltinError('`facts.shell` takes the text of commands');
      context.spend(100 + source.length);
      return deriveShell(source);
    },
  },
});
