/** Command lines of kubectl as facts of the requests that they make. */
import type { ValueObject } from '../../../engine/value.js';
import { kubernetesFacts, unknownFacts } from '../entry.js';
import { creatingCommands } from './creating.js';
import { parseInvocation, type Invocation } from './invocation.js';
import { readingCommands, type Command } from './reading.js';
import { scopeOf } from './scope.js';
import { streamingCommands } from './streaming.js';
import { splitWords } from './words.js';
import { writingCommands } from './writing.js';

const commands = new Map<string, Command>(
  Object.entries({ ...readingCommands, ...writingCommands, ...creatingCommands, ...streamingCommands }),
);

/** These send the command to a server that nothing else says. */
const elsewhere = ['server', 'kubeconfig', 'cluster', 'context'];

/** `text` is what follows `kubectl` on a command line. Never throws. */
export function deriveKubectlText(text: string): ValueObject {
  const words = splitWords(text);
  return words === null
    ? unknownFacts('a shell would make something else of the command')
    : deriveKubectl(words);
}

/** `words` are the arguments of kubectl, without its own name. Never throws. */
export function deriveKubectl(words: readonly string[]): ValueObject {
  const invocation = parseInvocation(words);
  if (invocation === null) return unknownFacts('kubectl has no such command or flag of its own');
  if (invocation.flags.get('help')?.at(-1) === 'true') return kubernetesFacts([]);
  return deriveInvocation(invocation);
}

function deriveInvocation(invocation: Invocation): ValueObject {
  if (invocation.command.startsWith('config ')) return kubernetesFacts([]);
  if (elsewhere.some((flag) => invocation.flags.has(flag)))
    return unknownFacts('the command chooses its server itself');
  const command = commands.get(invocation.command);
  if (command === undefined) return unknownFacts('what the command does is not known');
  const scope = scopeOf(invocation);
  const requests = scope === null ? null : command(scope);
  return requests === null
    ? unknownFacts('kubectl does not take these arguments')
    : kubernetesFacts(requests);
}
