/** The paths of `json.filter`, `json.remove` and `json.patch`. */
import { isArray, type Value } from '../../../values/value.js';
import { BuiltinError } from '../define/builtin.js';

/** JSON Pointer (RFC 6901), whose first slash may be missing or repeated; or an array of the steps themselves. */
export function readPath(path: Value): readonly Value[] {
  if (isArray(path)) return path;
  if (typeof path !== 'string') throw new BuiltinError('a path is a text or an array of steps');
  if (path === '') return [];
  return path
    .replace(/^\/+/, '')
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Several paths as a tree; a null child ends a path and includes everything below it. */
export type PathTree = Map<string, PathTree | null>;

/** Steps are distinguished by type as well: the member `1` of a set is not the field `"1"`. */
export const stepKey = (step: Value, write: (value: Value) => string): string =>
  typeof step === 'string' ? `"${step}` : write(step);

export function pathTree(paths: readonly Value[], write: (value: Value) => string): PathTree {
  const root: PathTree = new Map();
  for (const path of paths) addPath(root, readPath(path), write);
  return root;
}

function addPath(root: PathTree, steps: readonly Value[], write: (value: Value) => string): void {
  let node: PathTree = root;
  for (const [i, step] of steps.entries()) {
    const key = stepKey(step, write);
    const known = node.get(key);
    if (i === steps.length - 1) node.set(key, null);
    else if (known === null) return;
    else {
      const child: PathTree = known ?? new Map<string, PathTree | null>();
      node.set(key, child);
      node = child;
    }
  }
}
