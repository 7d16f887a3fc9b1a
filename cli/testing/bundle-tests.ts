/** The tests of a rule set, decided as the gateway decides. */
import type { Bundle } from '../../src/engine/bundle/bundle.js';
import {
  openTests,
  runTests,
  type OpenTest,
  type TestOptions,
  type TestRun,
} from '../../src/engine/testing/cases.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { PolicySource } from '../../src/engine/policy.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { catalogueFinder } from '../input/catalogue-file.js';
import { host } from '../input/rule-set.js';
import { commandReader, type CommandReader } from './command-reader.js';
import { isInShare, type Share } from './jobs.js';

export type TestedBundle = Pick<Bundle, 'modules' | 'tests' | 'data' | 'revision' | 'catalogues'>;

export interface BundleTestOptions {
  /** The files whose tests run and whose conditions are counted; all if left out. */
  readonly selects?: (file: string) => boolean;
  /** Part of the names of the tests to run; all if left out. */
  readonly wanted?: string;
  /** Only the tests of one share. */
  readonly share?: Share | null;
  /** Whether to count coverage. */
  readonly coverage?: boolean;
  readonly progress?: NonNullable<TestOptions['progress']>;
}

export function testBundle(bundle: TestedBundle, options: BundleTestOptions = {}): TestRun {
  const { coverage = false, progress, selects = () => true } = options;
  const { source, reader, diagnostics } = prepare(bundle);
  if (reader === null) return { tests: [], diagnostics, coverage: null };
  const all = bundle.modules.map((module) => module.source.path);
  const selected = all.filter(selects);
  // Tests that were named without the rules are about all of these.
  const rules = new Set(selected.length === 0 ? all : selected);
  return runTests(source, host, reader.extractors, {
    ...optionsOf(reader, options),
    ...(progress === undefined ? {} : { progress }),
    ...(coverage ? { covers: (file) => rules.has(file) } : {}),
  });
}

/** The tests without running them. */
export function openBundleTests(
  bundle: TestedBundle,
  options: Pick<BundleTestOptions, 'wanted' | 'selects'>,
): { readonly tests: readonly OpenTest[]; readonly diagnostics: readonly Diagnostic[] } {
  const { source, reader, diagnostics } = prepare(bundle);
  if (reader === null) return { tests: [], diagnostics };
  return openTests(source, host, reader.extractors, optionsOf(reader, options));
}

interface Prepared {
  /** Rules and tests together. */
  readonly source: PolicySource;
  /** Null if the rules do not compile. */
  readonly reader: CommandReader | null;
  readonly diagnostics: readonly Diagnostic[];
}

function prepare(bundle: TestedBundle): Prepared {
  const { policy, diagnostics } = compilePolicy(bundle, host);
  const source = { ...bundle, modules: [...bundle.modules, ...bundle.tests] };
  const catalogues = catalogueFinder(bundle.catalogues, 'tests');
  return { source, reader: policy && commandReader(catalogues, policy), diagnostics };
}

function optionsOf({ plan }: CommandReader, options: BundleTestOptions): TestOptions {
  const { wanted = '', share = null, selects = () => true } = options;
  const filter = (name: string, file: string): boolean =>
    selects(file) && (share === null || isInShare(name, share));
  return { plan, filter, wanted: (name) => name.includes(wanted) };
}
