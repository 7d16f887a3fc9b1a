/** Command lines of kubectl as facts of the requests that they make. */
import { Unknown, type ValueObject } from '../../../values/value.js';
import { splitWords } from '../../command-words.js';
import { kubernetesFacts, unknownFacts } from '../entry.js';
import { creatingCommands } from './creating.js';
import { parseInvocation, type Invocation } from './invocation.js';
import { readManifests } from './manifest.js';
import { readingCommands, type Command } from './reading.js';
import { scopeOf, type Input } from './scope.js';
import { streamingCommands } from './streaming.js';
import { writingCommands } from './writing.js';

const commands = new Map<string, Command>(
  Object.entries({ ...readingCommands, ...writingCommands, ...creatingCommands, ...streamingCommands }),
);

/** These send the command to a server that nothing else says. */
const elsewhere = ['server', 'kubeconfig', 'cluster', 'context'];

/**
 * `text` is what follows `kubectl` on a command line, and on the lines below it, where the command reads `-f -`, what it
 * finds in its standard input. Never throws.
 */
export function deriveKubectlText(text: string): ValueObject {
  const [line, input] = divide(text);
  const words = splitWords(line);
  return words instanceof Unknown ? unknownFacts(words.reason) : deriveKubectl(words, input);
}

function divide(text: string): readonly [line: string, input: string | null] {
  const end = text.trimStart().indexOf('\n');
  const below = end === -1 ? '' : text.trimStart().slice(end + 1);
  return below.trim() === '' ? [text, null] : [text.trimStart().slice(0, end), below];
}

/** `words` are the arguments of kubectl, without its own name; `input` is null where it is not known. Never throws. */
export function deriveKubectl(words: readonly string[], input: string | null = null): ValueObject {
  const invocation = parseInvocation(words);
  if (invocation === null) return unknownFacts('kubectl has no such command or flag of its own');
  // Without a command that reads them, further lines are further commands.
  if (input !== null && !readsInput(invocation))
    return unknownFacts('the further lines are further commands');
  if (invocation.flags.get('help')?.at(-1) === 'true') return kubernetesFacts([]);
  return deriveInvocation(invocation, input);
}

const readsInput = ({ flags }: Invocation): boolean =>
  flags.get('filename')?.join() === '-' && !flags.has('kustomize');

function deriveInvocation(invocation: Invocation, text: string | null): ValueObject {
  if (invocation.command.startsWith('config ')) return kubernetesFacts([]);
  if (elsewhere.some((flag) => invocation.flags.has(flag)))
    return unknownFacts('the command chooses its server itself');
  const command = commands.get(invocation.command);
  if (command === undefined) return unknownFacts('what the command does is not known');
  const input = text === null ? null : inputOf(invocation, text);
  const scope = input instanceof Unknown ? input : scopeOf(invocation, input);
  if (scope instanceof Unknown) return unknownFacts(scope.reason);
  const requests = scope === null ? null : command(scope);
  return requests === null
    ? unknownFacts('kubectl does not take these arguments')
    : kubernetesFacts(requests);
}

/** What `--raw` sends is no manifest. */
function inputOf({ flags }: Invocation, text: string): Input | Unknown {
  const manifests = flags.has('raw') ? [] : readManifests(text);
  return manifests instanceof Unknown ? manifests : { text, manifests };
}
