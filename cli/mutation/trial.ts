/** Whether the tests of a rule set notice a mutant. */
import { diffLines, type LineChange } from './diff.js';
import { mutantsOf, type Mutant } from './mutants.js';
import type { Module } from '../../grammar/ast.js';
import { parseModule } from '../../grammar/parser.js';
import { printModule } from '../../grammar/print/printer.js';
import { catalogueFinder } from '../input/catalogue-file.js';
import { UsageError } from '../output/outcome.js';
import { host } from '../input/rule-set.js';
import { commandReader, type CommandReader } from '../testing/command-reader.js';
import type { TestedBundle } from '../testing/bundle-tests.js';
import { runTests, type Extractors } from '../../src/engine/testing/cases.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { Facts } from '../../src/engine/policy.js';
import { renderValue } from '../../src/values/render.js';
import type { ValueObject } from '../../src/values/value.js';

export interface Trial {
  readonly file: string;
  readonly line: number;
  readonly what: string;
  readonly changes: readonly LineChange[];
  readonly outcome: 'caught' | 'survived' | 'does not compile';
}

/**
 * A rule set that is tried repeatedly, with every `nth` mutant of a file: facts of commands are derived once. Throws if its
 * tests do not pass unchanged, since then every mutant would seem to be caught.
 */
export function createTrials(bundle: TestedBundle): (module: Module, nth?: number) => Generator<Trial> {
  const { policy } = compilePolicy(bundle, host);
  if (policy === null) throw new UsageError('the rules do not compile', 'run `policy check` to see why');
  const reader = remembering(commandReader(catalogueFinder(bundle.catalogues, 'tests'), policy));
  const outcomeOf = (original: Module, mutant: Module): Trial['outcome'] => {
    const modules = bundle.modules.map((module) => (module === original ? mutant : module));
    const source = { ...bundle, modules: [...modules, ...ownFirst(bundle.tests, original)] };
    const { tests, diagnostics } = runTests(source, host, reader.extractors, {
      plan: reader.plan,
      brief: true,
    });
    if (diagnostics.some(({ severity }) => severity === 'error')) return 'does not compile';
    return tests.every(({ passed }) => passed) ? 'survived' : 'caught';
  };
  const [any] = bundle.modules;
  if (any !== undefined && outcomeOf(any, any) !== 'survived')
    throw new UsageError(
      'the tests do not pass with the rules unchanged',
      'every mutant would look caught: run `policy test` to see which fail',
    );
  return (module, nth = 1) => tryAll(module, nth, outcomeOf);
}

function* tryAll(
  module: Module,
  nth: number,
  outcomeOf: (original: Module, mutant: Module) => Trial['outcome'],
): Generator<Trial> {
  const file = module.source.path;
  const before = printModule(module);
  const settled = new Set<number>();
  let seen = 0;
  for (const mutant of mutantsOf(module)) {
    if (mutant.choice !== null && settled.has(mutant.choice)) continue;
    if (seen++ % nth !== 0) continue;
    const after = print(mutant);
    if (after === before) continue;
    const parsed = after === null ? null : parseModule(file, after).module;
    const outcome = parsed === null ? 'does not compile' : outcomeOf(module, parsed);
    if (mutant.choice !== null && outcome !== 'does not compile') settled.add(mutant.choice);
    const changes = after === null ? [] : diffLines(before, after);
    yield { file, line: mutant.line, what: mutant.what, changes, outcome };
  }
}

/** The tests of a package are the first to detect a mistake in it. */
function ownFirst(tests: readonly Module[], { package: own }: Module): readonly Module[] {
  const name = own.path.join('.');
  const isOwn = (test: Module): boolean => test.package.path.join('.') === name;
  return [...tests.filter(isOwn), ...tests.filter((test) => !isOwn(test))];
}

/** Null if the printer refuses what no parser would have accepted. */
function print({ module }: Mutant): string | null {
  try {
    return printModule(module);
  } catch {
    return null;
  }
}

/** The facts of a command do not depend on the rules; the decision may. */
function remembering({ extractors, plan }: CommandReader): CommandReader {
  const facts = new Map<string, ValueObject>();
  const entries = Object.entries(extractors).map(([protocol, extract]) => {
    const remembered = (text: string, given: Facts): ValueObject => {
      const key = `${protocol} ${renderValue(given.target)} ${text}`;
      const value = facts.get(key) ?? extract(text, given);
      facts.set(key, value);
      return value;
    };
    return [protocol, remembered];
  });
  return { extractors: Object.fromEntries(entries) as Extractors, plan };
}
