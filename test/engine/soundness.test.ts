import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contained } from '../../src/engine/compile/compile.js';
import { readDataPath } from '../../src/engine/compile/document.js';
import { Budget, createContext } from '../../src/engine/context.js';
import { createCompiler } from '../../src/engine/compile/program.js';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { resolve } from '../../src/engine/resolve/resolve.js';
import { findUnknown } from '../../src/values/kleene.js';
import { json, optional } from '../../src/values/schema.js';
import {
  compare,
  isArray,
  isObject,
  isScalar,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from '../../src/values/value.js';
import { forget } from './random-rules.js';
import { freeFacts, program } from './random-values.js';
import { parse } from './rule-set.js';
import { fromValue } from './table.js';

const schema = { roots: { input: optional(json, 'Anything.') } };

/** The values of r0, r1 and r2. Unchecked: most random programs are nonsense, and nonsense must be sound too. */
function evaluate(rules: string, input: Value): Maybe[] {
  const {
    program: resolved,
    world,
    diagnostics,
  } = resolve([parse(rules, 'p.rules')], {}, schema, engineBuiltins);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const compiler = createCompiler(world, false);
  const context = createContext({ input }, new Budget(100_000));
  return ['r0', 'r1', 'r2'].map((name) =>
    contained(() => readDataPath(compiler, resolved.documents, ['p', name], context)),
  );
}

/** Whether what is said knowing less can still be true knowing more. */
function agrees(less: Maybe, more: Maybe): boolean {
  // Knowing more may also be what shows an error.
  if (less instanceof Unknown) return true;
  if (less === undefined || more === undefined) return less === more;
  if (isScalar(less)) return isScalar(more) && compare(less, more) === 0;
  if (isArray(less)) return isArray(more) && arraysAgree(less, more);
  if (less instanceof ValueSet) return more instanceof ValueSet && setsAgree(less, more);
  return isObject(more) && objectsAgree(less, more);
}

/** An unknown member stands for any number of members: what comes before it has its place, the rest its order. */
function arraysAgree(less: readonly Value[], more: readonly Value[]): boolean {
  const at = less.findIndex((member) => member instanceof Unknown);
  if (at === -1) return less.length === more.length && less.every((member, i) => agrees(member, more[i]));
  const known = less.filter((member) => !(member instanceof Unknown));
  return (
    less.slice(0, at).every((member, i) => agrees(member, more[i])) &&
    known.every((member) => more.some((other) => agrees(member, other)))
  );
}

function setsAgree(less: ValueSet, more: ValueSet): boolean {
  const known = less.items.filter((member) => !(member instanceof Unknown));
  const found = known.every((member) => more.items.some((other) => agrees(member, other)));
  if (known.length < less.size) return found;
  return (
    found &&
    more.items.every((other) => other instanceof Unknown || known.some((member) => agrees(member, other)))
  );
}

/** A field that is not there is certain not to be there; one whose value is unknown may not be. */
function objectsAgree(
  less: { readonly [key: string]: Value },
  more: { readonly [key: string]: Value },
): boolean {
  return (
    Object.entries(less).every(([key, value]) => value instanceof Unknown || agrees(value, more[key])) &&
    Object.keys(more).every((key) => Object.hasOwn(less, key) || more[key] instanceof Unknown)
  );
}

const forgotten = fc.tuple(freeFacts, fc.infiniteStream(fc.nat(6))).map(([whole, stream]) => {
  const choices = stream[Symbol.iterator]();
  return { whole, part: forget(whole, () => choices.next().value === 0) };
});

test('what is said of facts that are partly unknown stays true when they are known', () => {
  let informative = 0;
  fc.assert(
    fc.property(program, forgotten, (rules, { whole, part }) => {
      const known = evaluate(rules, whole);
      const less = evaluate(rules, part);
      for (let i = 0; i < known.length; i++) {
        // Where knowing everything shows an error, whatever was said before is as good.
        if (known[i] instanceof Unknown || (known[i] !== undefined && findUnknown(known[i]!) !== null))
          continue;
        if (!agrees(less[i], known[i])) {
          throw new Error(
            `r${i}: ${JSON.stringify(fromValue(less[i]))} of ${JSON.stringify(fromValue(part))}, but ${JSON.stringify(fromValue(known[i]))} of ${JSON.stringify(fromValue(whole))}`,
          );
        }
        if (!(less[i] instanceof Unknown) && findUnknown(part) !== null) informative++;
      }
    }),
    { numRuns: 500 },
  );
  expect(informative).toBeGreaterThan(150);
});
