/** What the operations of a JSON patch (RFC 6902) write into the specification of pods. */
import { isArray, isObject, objectOf, Unknown, type Maybe, type Value } from '../../values/value.js';
import { podFacts } from './pod.js';
import { textAt, valueAt } from './read.js';

/** Values at their places; a list is a branch whose keys are positions. */
type Tree = Map<string, Tree | { readonly value: Value }>;

interface Write {
  /** From the pod specification on. */
  readonly steps: readonly string[];
  readonly value: Value;
}

const containerLists = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/**
 * The facts that the patch sets for the pods; absent if it changes none of them, unknown if it removes or moves: only the server
 * knows the result.
 */
export function patchedPod(patch: Value, specPath: readonly string[]): Maybe {
  if (!isArray(patch)) return new Unknown('the patch is no list of operations');
  const writes: Write[] = [];
  for (const operation of patch) {
    const write = writeOf(operation, specPath);
    if (write instanceof Unknown) return write;
    if (write !== null) writes.push(write);
  }
  const [only] = writes;
  if (only === undefined) return undefined;
  if (writes.length === 1 && only.steps.length === 0) return podFacts(only.value, 'whole');
  const whole = writes.filter(({ steps }) => steps.length === 2 && containerLists.has(steps[0]!));
  const parts = writes.filter(({ steps }) => steps.length > 2 && containerLists.has(steps[0]!));
  const tree = whole.length > 0 && parts.length > 0 ? null : grow(writes);
  if (tree === null) return new Unknown('the patch writes to one place twice');
  const lists = writes.some(({ steps }) => steps.length === 1 && containerLists.has(steps[0]!));
  return podFacts(valueOf(tree), whole.length > 0 || lists ? 'merge' : 'part');
}

/** Null for an operation beside the pods. */
function writeOf(operation: Value, specPath: readonly string[]): Write | Unknown | null {
  const op = textAt(operation, 'op');
  if (op === 'test') return null;
  const target = relation(textAt(operation, 'path'), specPath);
  if (op === 'remove') return target === null ? null : new Unknown('the patch takes something away');
  if (op === 'move' || op === 'copy') {
    const source = relation(textAt(operation, 'from'), specPath);
    return target === null && source === null ? null : new Unknown('the patch moves something');
  }
  if (op !== 'add' && op !== 'replace') return new Unknown('the patch has an operation that is not known');
  if (target === null || target instanceof Unknown) return target;
  const value = valueAt(isObject(operation) ? operation['value'] : undefined, target.inside);
  // Null replaces the previous value; the rest of that value is not written here.
  return value === undefined || value === null
    ? new Unknown('the patch takes something away')
    : { ...target, value };
}

/** How a pointer (RFC 6901) stands to the specification: beside it (null), below it (`steps`), or around it (`inside`). */
function relation(pointer: Maybe, specPath: readonly string[]) {
  if (typeof pointer !== 'string' || (pointer !== '' && !pointer.startsWith('/')))
    return new Unknown('the patch has a path that cannot be read');
  const steps = pointer.split('/').slice(1);
  const plain = steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const shorter = Math.min(plain.length, specPath.length);
  if (plain.slice(0, shorter).some((step, at) => step !== specPath[at])) return null;
  return { steps: plain.slice(specPath.length), inside: specPath.slice(plain.length) };
}

/** Null if a path is written twice, or inside a path that was written. */
function grow(writes: readonly Write[]): Tree | null {
  const root: Tree = new Map();
  for (const [index, { steps, value }] of writes.entries()) {
    let at = root;
    // `-` adds behind the last member each time.
    const keys = steps.map((step) => (step === '-' ? `-${index}` : step));
    for (const key of keys.slice(0, -1)) {
      const next = at.get(key) ?? new Map<string, never>();
      if (!(next instanceof Map)) return null;
      at.set(key, next);
      at = next;
    }
    const last = keys.at(-1);
    if (last === undefined || at.has(last)) return null;
    at.set(last, { value });
  }
  return root;
}

function valueOf(tree: Tree): Value {
  const members = [...tree].map(
    ([key, node]) => [key, node instanceof Map ? valueOf(node) : node.value] as const,
  );
  const isList = members.every(([key]) => /^-?\d+$/.test(key));
  return isList ? members.map(([, value]) => value) : objectOf(members);
}
