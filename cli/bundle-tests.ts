/** The tests of a rule set, decided as the gateway decides. */
import type { Bundle } from '../src/engine/bundle.js';
import { runTests, type TestRun } from '../src/engine/cases.js';
import { compilePolicy } from '../src/engine/compile.js';
import { catalogueFinder } from './catalogue-file.js';
import { host } from './rule-set.js';
import { commandReader } from './sql-extractor.js';

export type TestedBundle = Pick<Bundle, 'modules' | 'tests' | 'data' | 'revision' | 'catalogues'>;

export interface BundleTestOptions {
  /** A part of the names of the tests to run; all where left out. */
  readonly wanted?: string;
  /** Whether to count what the tests try of the rules. */
  readonly coverage?: boolean;
}

export function testBundle(bundle: TestedBundle, options: BundleTestOptions = {}): TestRun {
  const { wanted = '', coverage = false } = options;
  const { policy, diagnostics } = compilePolicy(bundle, host);
  if (policy === null) return { tests: [], diagnostics, coverage: null };
  const { extractors, settle } = commandReader(catalogueFinder(bundle.catalogues, 'tests'), policy);
  const source = { ...bundle, modules: [...bundle.modules, ...bundle.tests] };
  const rules = new Set(bundle.modules.map((module) => module.source.path));
  return runTests(source, host, extractors, {
    settle,
    filter: (name) => name.includes(wanted),
    ...(coverage ? { covers: (file) => rules.has(file) } : {}),
  });
}
