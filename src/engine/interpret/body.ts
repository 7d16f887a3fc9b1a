/** Bodies and patterns in the tree walk: every solution, literal by literal. */
import { never } from '../../errors.js';
import type { CoreBody, CoreLiteral, CorePattern } from '../core.js';
import type { Context } from '../context.js';
import type { Environment, Interpreter, Solution } from './interpreter.js';
import { entriesOf, holds, isSame, type Truth } from '../../values/kleene.js';
import {
  isArray,
  isObject,
  isScalar,
  property,
  Unknown,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../values/value.js';
import { noMembers, noParts } from '../../values/wrong-type.js';

/** A body holds if all of its literals do; a doubt about one carries over to all that follow. */
export function* solveBody(
  w: Interpreter,
  { literals }: CoreBody,
  environment: Environment,
  doubt: Unknown | null,
  from = 0,
): Iterable<Solution> {
  const literal = literals[from];
  if (literal === undefined) {
    yield { environment, doubt };
    return;
  }
  for (const found of solveLiteral(w, literal, environment))
    yield* solveBody(w, { literals }, found.environment, doubt ?? found.doubt, from + 1);
}

function* solveLiteral(w: Interpreter, literal: CoreLiteral, environment: Environment): Iterable<Solution> {
  switch (literal.kind) {
    case 'condition': {
      const truth = holds(w.evaluate(literal.expression, environment));
      if (truth !== false) yield { environment, doubt: doubtOf(truth) };
      return;
    }
    case 'assign': {
      const value = w.evaluate(literal.value, environment);
      if (value === undefined) return;
      const variables = new Map(environment.variables);
      const fits = w.match(literal.pattern, value, variables, environment.context);
      if (fits !== false) yield { environment: { ...environment, variables }, doubt: doubtOf(fits) };
      return;
    }
    case 'some':
      yield* solveSome(w, literal, environment);
      return;
    default:
      never(literal);
  }
}

/** Each member in turn. For an unknown collection, neither its member nor whether it has one is known. */
function* solveSome(
  w: Interpreter,
  literal: CoreLiteral & { kind: 'some' },
  environment: Environment,
): Iterable<Solution> {
  const found = w.evaluate(literal.collection, environment);
  if (found === undefined) return;
  const collection = isScalar(found) ? noMembers(found) : found;
  const entries = collection instanceof Unknown ? [[collection, collection] as const] : entriesOf(collection);
  for (const [key, value] of entries) {
    const variables = new Map(environment.variables);
    const fitsKey = literal.key === null ? true : w.match(literal.key, key, variables, environment.context);
    if (fitsKey === false) continue;
    const fits = w.match(literal.value, value, variables, environment.context);
    if (fits === false) continue;
    // An unknown member may be absent, whatever the pattern.
    const doubt = value instanceof Unknown ? value : (doubtOf(fitsKey) ?? doubtOf(fits));
    yield { environment: { ...environment, variables }, doubt };
  }
}

export function doubtOf(truth: Truth): Unknown | null {
  return truth instanceof Unknown ? truth : null;
}

export function matchPattern(
  w: Interpreter,
  pattern: CorePattern,
  value: Value,
  bound: Map<number, Value>,
  context: Context,
): Truth {
  switch (pattern.kind) {
    case 'variable':
      bound.set(pattern.slot, value);
      return value instanceof Unknown ? value : true;
    case 'wildcard':
      return value instanceof Unknown ? value : true;
    case 'constant': {
      const wanted = w.evaluate(pattern.value, { variables: bound, context });
      return wanted === undefined ? false : isSame(wanted, value);
    }
    case 'array': {
      const parts = partsOfArray(value, pattern.elements.length);
      return matchParts(w, pattern.elements, parts, bound, context);
    }
    case 'object': {
      const keys = pattern.entries.map(({ key }) => key);
      const members = pattern.entries.map((entry) => entry.value);
      return matchParts(w, members, partsOfObject(value, keys), bound, context);
    }
    default:
      return never(pattern);
  }
}

/**
 * The parts of a value to match with those of a pattern, and a doubt about the value as a whole; null if it cannot
 * match.
 */
interface Parts {
  readonly values: readonly Maybe[];
  readonly doubt: Unknown | null;
}

function partsOfArray(value: Value, length: number): Parts | null {
  if (value instanceof Unknown) return allUnknown(value, length);
  if (value !== null && isScalar(value)) return allUnknown(noParts(value, 'array'), length);
  if (!isArray(value)) return null;
  const at = value.findIndex((member) => member instanceof Unknown);
  if (at === -1) return value.length === length ? { values: value, doubt: null } : null;
  // An unknown member may stand for any number of members: only members before it have a certain index.
  if (at > length) return null;
  const doubt = value[at] as Unknown;
  const known = value.slice(0, at);
  return { values: [...known, ...new Array<Value>(length - at).fill(doubt)], doubt };
}

function partsOfObject(value: Value, keys: readonly string[]): Parts | null {
  if (value instanceof Unknown) return allUnknown(value, keys.length);
  if (value !== null && isScalar(value)) return allUnknown(noParts(value, 'object'), keys.length);
  if (!isObject(value)) return null;
  const values = keys.map((key) => property(value, key));
  const beside = Object.keys(value).filter((key) => !keys.includes(key));
  // A field with an unknown value may be absent; any other is a mismatch.
  if (!beside.every((key) => value[key] instanceof Unknown)) return null;
  const [first] = beside;
  return { values, doubt: first === undefined ? null : (unknownAt(value, first) ?? null) };
}

function unknownAt(object: ValueObject, key: string): Unknown | undefined {
  const value = property(object, key);
  return value instanceof Unknown ? value : undefined;
}

function allUnknown(value: Unknown, count: number): Parts {
  return { values: new Array<Value>(count).fill(value), doubt: value };
}

/** Matches all parts. All variables are bound even if an earlier part is unknown. */
function matchParts(
  w: Interpreter,
  patterns: readonly CorePattern[],
  parts: Parts | null,
  bound: Map<number, Value>,
  context: Context,
): Truth {
  if (parts === null) return false;
  let truth: Truth = true;
  for (const [i, pattern] of patterns.entries()) {
    const value = parts.values[i];
    const fits = value === undefined ? false : w.match(pattern, value, bound, context);
    if (fits === false) return false;
    if (truth === true) truth = fits;
  }
  return truth === true ? (parts.doubt ?? true) : truth;
}
