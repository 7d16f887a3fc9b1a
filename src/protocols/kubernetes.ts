/** Kubernetes: what follows `kubectl` on a command line. */
import { BuiltinError } from '../engine/builtins/define/builtin.js';
import { shellOfExec } from '../facts/exec.js';
import { deriveKubectlText } from '../facts/kubernetes/kubectl/derive.js';
import { kubernetes as schema } from '../facts/schema/kubernetes.js';
import { text } from '../values/schema.js';
import { textProtocol } from './text-protocol.js';

export const kubernetes = textProtocol({
  name: 'kubernetes',
  row: 'kubectl',
  program: 'kubectl',
  roots: (line) => {
    const root = deriveKubectlText(line);
    const shell = shellOfExec(root);
    return { kubernetes: root, ...(shell === undefined ? {} : { shell }) };
  },
  builtin: {
    name: 'facts.kubectl',
    parameters: [{ name: 'text', type: text }],
    result: schema.type,
    doc: 'The facts of what follows `kubectl` on a command line, as `kubernetes` would hold them; further lines are the input of `-f -`.',
    call: ([source], context) => {
      if (typeof source !== 'string') throw new BuiltinError('`facts.kubectl` takes the text of a command');
      context.spend(100 + source.length);
      return deriveKubectlText(source);
    },
  },
});
