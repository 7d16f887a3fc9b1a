/** Docker: a command line of `docker`. */
import { BuiltinError } from '../engine/builtins/define/builtin.js';
import { deriveDockerCommand, deriveDockerText } from '../facts/docker/derive.js';
import { shellOfExec } from '../facts/exec.js';
import { docker as schema } from '../facts/schema/docker.js';
import { arrayOf, text } from '../values/schema.js';
import { isArray } from '../values/value.js';
import { textProtocol } from './text-protocol.js';

export const docker = textProtocol({
  name: 'docker',
  row: 'docker',
  roots: (line) => {
    const { docker: root } = deriveDockerText(line);
    const shell = shellOfExec(root);
    return { docker: root, ...(shell === undefined ? {} : { shell }) };
  },
  builtin: {
    name: 'facts.docker',
    parameters: [{ name: 'argv', type: { kind: 'union', members: [arrayOf(text), text] } }],
    result: schema.type,
    doc: 'The facts of a command line of `docker`, as `docker` would hold them: a list of its words, or a text as a row has it.',
    call: ([argv], context) => {
      const words = isArray(argv) ? argv : [argv];
      if (!words.every((word) => typeof word === 'string'))
        throw new BuiltinError('`facts.docker` takes the words of a command line');
      context.spend(100 + Math.ceil(words.join(' ').length / 10));
      return (isArray(argv) ? deriveDockerCommand(words) : deriveDockerText(words[0]!)).docker;
    },
  },
});
