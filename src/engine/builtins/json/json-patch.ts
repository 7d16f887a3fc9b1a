/** JSON Patch (RFC 6902) on values; sets are supported, with members as their own keys. */
import {
  compare,
  isArray,
  isObject,
  objectOf,
  property,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../../values/value.js';
import { BuiltinError, type BuiltinContext } from '../define/builtin.js';
import { readPath } from './json-paths.js';

/** The value, which may be null; an error if it is absent. */
function required(value: Maybe, problem: string): Value {
  if (value === undefined) throw new BuiltinError(problem);
  return value;
}

function misfit(problem: string): never {
  throw new BuiltinError(problem);
}

const noPath = 'a path leads nowhere';

/** An edit of a value; returning undefined removes it. */
type Edit = (found: Maybe) => Maybe;

export function applyPatches(target: Value, patches: readonly Value[], context: BuiltinContext): Value {
  let document = target;
  for (const patch of patches) {
    if (!isObject(patch)) misfit('an operation is no object');
    document = required(applyPatch(document, patch, context), 'nothing is left');
  }
  return document;
}

function applyPatch(document: Value, patch: ValueObject, context: BuiltinContext): Maybe {
  const path = pathOf(patch, 'path');
  const insert = (into: Value, value: Value): Maybe => edit(into, path, () => value, true, context);
  const operation = property(patch, 'op');
  switch (typeof operation === 'string' ? operation : '') {
    case 'add':
      return insert(document, required(property(patch, 'value'), 'an operation lacks its `value`'));
    case 'remove':
      return remove(document, path, context);
    case 'replace': {
      const value = required(property(patch, 'value'), 'an operation lacks its `value`');
      find(document, path);
      if (path.length === 0) return value;
      return insert(required(remove(document, path, context), noPath), value);
    }
    case 'move': {
      const from = pathOf(patch, 'from');
      const value = find(document, from);
      return insert(required(remove(document, from, context), noPath), value);
    }
    case 'copy':
      return insert(document, find(document, pathOf(patch, 'from')));
    case 'test': {
      const value = required(property(patch, 'value'), 'an operation lacks its `value`');
      return compare(find(document, path), value) === 0 ? document : misfit('a test does not hold');
    }
    default:
      return misfit('an operation is not one of add, remove, replace, move, copy and test');
  }
}

function pathOf(patch: ValueObject, field: string): readonly Value[] {
  const path = property(patch, field);
  return typeof path === 'string' || isArray(path)
    ? readPath(path)
    : misfit(`an operation lacks its \`${field}\``);
}

function find(document: Value, path: readonly Value[]): Value {
  return path.reduce((value, step) => required(child(value, step), noPath), document);
}

function remove(document: Value, path: readonly Value[], context: BuiltinContext): Maybe {
  return edit(document, path, (found) => (found === undefined ? misfit(noPath) : undefined), false, context);
}

function child(value: Value, step: Value): Maybe {
  if (isObject(value)) return typeof step === 'string' ? property(value, step) : undefined;
  if (value instanceof ValueSet) return value.has(step) ? step : undefined;
  return isArray(value) ? value[indexOf(value, step, 0)] : undefined;
}

/** An index as a number or its text without leading zeros; `-` is the end. At most the length and `beyond`. */
function indexOf(array: readonly Value[], step: Value, beyond: number): number {
  const last = array.length - 1 + beyond;
  if (step === '-') return array.length <= last ? array.length : misfit(noPath);
  const isIndex = typeof step === 'number' || (typeof step === 'string' && /^(?:0|[1-9]\d{0,9})$/.test(step));
  const at = isIndex ? Number(step) : -1;
  return Number.isInteger(at) && at >= 0 && at <= last ? at : misfit(noPath);
}

/** The document with the value at a path edited; `inserting` makes room in arrays. */
function edit(
  document: Value,
  path: readonly Value[],
  change: Edit,
  inserting: boolean,
  context: BuiltinContext,
): Maybe {
  const [step, ...rest] = path;
  if (step === undefined) return change(document);
  context.spend(1);
  const deeper = (value: Maybe): Value =>
    required(edit(required(value, noPath), rest, change, inserting, context), noPath);
  const isLast = rest.length === 0;
  if (isObject(document)) {
    if (typeof step !== 'string') misfit(noPath);
    const fields = new Map(Object.entries(document));
    context.spend(fields.size);
    const value = isLast ? change(fields.get(step)) : deeper(fields.get(step));
    if (value === undefined) fields.delete(step);
    else fields.set(step, value);
    return objectOf(fields);
  }
  if (document instanceof ValueSet) {
    context.spend(document.size);
    const value = isLast ? change(child(document, step)) : deeper(child(document, step));
    if (isLast && value !== undefined && compare(value, step) !== 0)
      misfit('a member of a set is its own key');
    const others = document.items.filter((member) => compare(member, step) !== 0);
    return ValueSet.of(value === undefined ? others : [...others, value]);
  }
  if (!isArray(document)) misfit(noPath);
  const at = indexOf(document, step, isLast && inserting ? 1 : 0);
  context.spend(document.length);
  const value = isLast ? change(document[at]) : deeper(document[at]);
  return document.toSpliced(at, isLast && inserting ? 0 : 1, ...(value === undefined ? [] : [value]));
}
