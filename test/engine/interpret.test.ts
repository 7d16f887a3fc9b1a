import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contained, decideIn, newContext } from '../../src/engine/compile/compile.js';
import { readDataPath } from '../../src/engine/compile/document.js';
import { documentAt } from '../../src/engine/document.js';
import { createInterpreter, interpretDecision } from '../../src/engine/interpret/interpret.js';
import { engineBuiltins } from '../../src/engine/builtins/catalogue.js';
import { Budget, createContext } from '../../src/engine/context.js';
import { createCompiler } from '../../src/engine/compile/program.js';
import { resolve } from '../../src/engine/resolve/resolve.js';
import { json, optional } from '../../src/values/schema.js';
import type { Maybe, Value } from '../../src/values/value.js';
import { facts, forget, packages } from './random-rules.js';
import { freeFacts, programData, testProgram } from './random-values.js';
import { assembleRandom, parse } from './rule-set.js';
import { fromValue } from './table.js';

/** The same facts with less known of them. */
function forgetting<T extends Value>(whole: fc.Arbitrary<T>, one: number): fc.Arbitrary<Value> {
  return fc.tuple(whole, fc.infiniteStream(fc.nat(one))).map(([value, stream]) => {
    const choices = stream[Symbol.iterator]();
    return forget(value, () => choices.next().value === 0);
  });
}

const free = { roots: { input: optional(json, 'Anything.') } };
const names = ['r0', 'r1', 'r2'];

/** The values of rules, compiled and walked. Unchecked, so that nonsense is compared as well. */
function bothWays(rules: string, input: Value): { readonly compiled: Maybe[]; readonly walked: Maybe[] } {
  const { world, diagnostics } = resolve([parse(rules, 'p_test.rules')], programData, free, engineBuiltins);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const context = () => createContext({ input }, new Budget(1_000_000));
  const [here, there] = [context(), context()];
  const compiler = createCompiler(world, false);
  const walker = createInterpreter(world);
  return {
    compiled: names.map((name) =>
      contained(() => readDataPath(compiler, world.documents, ['p', name], here)),
    ),
    walked: names.map((name) =>
      contained(() => walker.readDocument(documentAt(world.documents, ['p', name]), there)),
    ),
  };
}

describe('the compiled form says what the tree walk says', () => {
  test('of the values of rules and functions', () => {
    fc.assert(
      fc.property(testProgram, forgetting(freeFacts, 6), (rules, input) => {
        const { compiled, walked } = bothWays(rules, input);
        expect(compiled.map(fromValue)).toEqual(walked.map(fromValue));
      }),
      { numRuns: 400 },
    );
  });

  test('of decisions, with and without the index', () => {
    fc.assert(
      fc.property(packages, forgetting(facts, 9), ([p, cross, q], value) => {
        const given = value as Parameters<typeof newContext>[1];
        const texts = [p, `package p\n${cross.join('\n')}`, q];
        const runnable = assembleRandom(texts.map((text, i) => parse(text, `${i}.rules`)));
        const walked = interpretDecision(runnable, newContext(runnable, given));
        expect(decideIn(runnable, newContext(runnable, given))).toEqual(walked);
        expect(decideIn({ ...runnable, index: null }, newContext(runnable, given))).toEqual(walked);
      }),
      { numRuns: 300 },
    );
  });
});
