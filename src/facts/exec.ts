/** Commands run inside containers: the words of `kubectl exec` and `docker exec`, as the `shell` root. */
import {
  isArray,
  isObject,
  property,
  Unknown,
  type Maybe,
  type Value,
  type ValueObject,
} from '../values/value.js';
import { deriveArgv, unknownShell } from './shell/derive.js';
import type { WordValue } from './shell/values.js';

/**
 * All execs in the `kubernetes` or `docker` root together. Undefined if there are none, so that rules about commands do not apply
 * to such a request.
 */
export function shellOfExec(root: Value): ValueObject | undefined {
  const requests = isObject(root) ? property(root, 'requests') : root;
  if (requests instanceof Unknown) return unknownShell(requests.reason);
  if (!isArray(requests)) return undefined;
  const found = requests.filter((request) => request instanceof Unknown || isExec(request));
  return found.length === 0 ? undefined : deriveArgv(found.map(wordsOf));
}

/** A pod's `exec` subresource; an exec object of the container engine, whose words are given when it is created. */
function isExec(request: Value): boolean {
  if (!isObject(request)) return false;
  const about = property(request, 'subresource') ?? property(request, 'object');
  const argv = argvOf(request);
  return (about === 'exec' || about instanceof Unknown) && !(isArray(argv) && argv.length === 0);
}

function argvOf(request: ValueObject): Maybe {
  return property(request, 'argv') ?? property(request, 'command');
}

/** Null if the words are not known at all. */
function wordsOf(request: Value): readonly WordValue[] | null {
  const argv = isObject(request) ? argvOf(request) : undefined;
  return isArray(argv) ? argv.map(wordOf) : null;
}

function wordOf(value: Value): WordValue {
  return typeof value === 'string'
    ? { kind: 'text', text: value }
    : { kind: 'some', reason: 'a word is not known' };
}
