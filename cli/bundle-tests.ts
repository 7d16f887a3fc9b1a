/** The tests of a rule set, decided as the gateway decides. */
import type { Bundle } from '../src/engine/bundle.js';
import { runTests, type TestRun } from '../src/engine/cases.js';
import { compilePolicy } from '../src/engine/compile.js';
import { catalogueFinder } from './catalogue-file.js';
import { host } from './rule-set.js';
import { commandReader } from './sql-extractor.js';

export type TestedBundle = Pick<Bundle, 'modules' | 'tests' | 'data' | 'revision' | 'catalogues'>;

/** `wanted` is a part of the names of the tests to run; all where it is left out. */
export function testBundle(bundle: TestedBundle, wanted = ''): TestRun {
  const { policy, diagnostics } = compilePolicy(bundle, host);
  if (policy === null) return { tests: [], diagnostics };
  const { extractors, settle } = commandReader(catalogueFinder(bundle.catalogues, 'tests'), policy);
  const source = { ...bundle, modules: [...bundle.modules, ...bundle.tests] };
  return runTests(source, host, extractors, { settle, filter: (name) => name.includes(wanted) });
}
