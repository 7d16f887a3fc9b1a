/** Test blocks and `test_` rules, run: each row decides a real command or asks a condition, and says what differs. */
import type { CommandRow } from '../../../grammar/ast.js';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { compileModifiers } from '../compile/with.js';
import { contained, decideIn, newBudget, prepare, traced, type Runnable } from '../compile/compile.js';
import {
  createContext,
  createFrame,
  deriveContext,
  EvaluationLimit,
  type Context,
  type Frame,
} from '../context.js';
import { Coverage, type CoverageReport } from './coverage.js';
import type { CoreModifier, CoreTest, CoreTestRow, HelperGroup } from '../core.js';
import type { Decision } from '../decision.js';
import { completeFacts, completeRoots } from '../default-facts.js';
import { compareDecision, type ResultColumn } from './expectation.js';
import { explainBody } from '../explain/explain.js';
import { holds } from '../../values/kleene.js';
import type { EngineHost, Facts, PolicySource } from '../policy.js';
import { runCondition } from './condition.js';
import { casesOf, type TableCase } from './table.js';
import type { ConditionResult, RowResult, TestResult } from './result.js';
import { textOf, Trace } from '../explain/trace.js';
import { Unknown, type Maybe, type ValueObject } from '../../values/value.js';

/**
 * The gateway's own extractors, by the word that opens a row: from a command's text and the facts so far to the roots of
 * the facts that the command has (`{ sql: …, command: … }`).
 */
export type Extractors = {
  readonly [protocol in CommandRow['protocol']]?: (text: string, facts: Facts) => ValueObject;
};

export interface TestOptions {
  /** Which tests to run, by `package: title` and the file that they are in; all if omitted. */
  readonly filter?: (name: string, file: string) => boolean;
  /** Which of these, by `package: title`, for a table also by `package: title (case)`. All if omitted. */
  readonly wanted?: (name: string) => boolean;
  /** Defaults for facts that tests omit; they override the neutral ones of the schema. */
  readonly defaults?: Facts;
  /** Completes a decision like the gateway: a mask that cannot be carried out on the command turns it into deny. */
  readonly plan?: (decision: Decision, command: DecidedCommand) => Planned;
  /** Stops at the first failing test, without explaining it. */
  readonly brief?: boolean;
  /** Called after each test. */
  readonly progress?: (done: number, total: number) => void;
  /** Which files' conditions to count; none if omitted. */
  readonly covers?: (file: string) => boolean;
}

export interface Planned {
  readonly decision: Decision;
  /** How the columns of its result are masked; null if the protocol has no columns. */
  readonly columns: readonly ResultColumn[] | null;
}

export interface DecidedCommand {
  readonly protocol: CommandRow['protocol'];
  readonly text: string;
  /** All facts: the givens, what the extractor found, and the row's replacements. */
  readonly facts: Facts;
  /** Decides on other facts by the same rules, with the row's replacements of data and functions. */
  readonly decide: (facts: Facts) => Decision;
}

export interface TestRun {
  /** Empty if the rules do not compile. */
  readonly tests: readonly TestResult[];
  readonly diagnostics: readonly Diagnostic[];
  /** Null if not requested. */
  readonly coverage: CoverageReport | null;
}
/**
 * `source.modules` holds the rules and the modules of tests. They run as the gateway runs them, index and all; a test that
 * fails runs once more in traced code, which can say why.
 */
export function runTests(
  source: PolicySource,
  host: EngineHost,
  extractors: Extractors,
  options: TestOptions = {},
): TestRun {
  const { runnable, diagnostics } = prepare(source, host, false);
  if (runnable === null) return { tests: [], diagnostics, coverage: null };
  const coverage = options.covers === undefined ? null : new Coverage(runnable, options.covers);
  const runner = createRunner(runnable, extractors, options, coverage);
  const tests = runEach(runner, findTests(runnable, options), options);
  return { tests: tests.sort(byPlace), diagnostics, coverage: coverage?.report() ?? null };
}

/** A test that can be run again and again: for measuring. */
export interface OpenTest {
  readonly package: string;
  readonly title: string;
  run(): TestResult;
  /** Each command of the test as a decision over facts already derived. */
  decisions(): readonly (() => Decision)[];
}

/** Empty if the rules do not compile. */
export function openTests(
  source: PolicySource,
  host: EngineHost,
  extractors: Extractors,
  options: TestOptions = {},
): { readonly tests: readonly OpenTest[]; readonly diagnostics: readonly Diagnostic[] } {
  const { runnable, diagnostics } = prepare(source, host, false);
  if (runnable === null) return { tests: [], diagnostics };
  const runner = createRunner(runnable, extractors, options, null);
  const found = findTests(runnable, options).filter((test) => test.whole || test.run(runner).length > 0);
  const tests = found.map((test) => ({
    package: test.package,
    title: test.title,
    run: () => together(test.run(runner)),
    decisions: () => {
      const contexts: Context[] = [];
      test.run({ ...runner, noteDecision: (context) => contexts.push(context) });
      return contexts.map((context) => () => decideIn(runnable, anew(runnable, context)));
    },
  }));
  return { tests, diagnostics };
}

function anew(runnable: Runnable, context: Context): Context {
  return { ...deriveContext(context, {}), budget: newBudget(runnable) };
}

function createRunner(
  runnable: Runnable,
  extractors: Extractors,
  { defaults = {}, plan = (decision) => ({ decision, columns: null }) }: TestOptions,
  coverage: Coverage | null,
): Runner {
  const noteDecision = (context: Context) => coverage?.decided(context);
  return { runnable, extractors, defaults, plan, coverage, noteDecision };
}

interface Test {
  readonly package: string;
  readonly title: string;
  readonly file: string;
  /** Whether all cases of a table are wanted. */
  readonly whole: boolean;
  /** One result, or one for each wanted case of a table. */
  run(runner: Runner): readonly TestResult[];
}

function findTests({ program }: Runnable, { filter = () => true, wanted = () => true }: TestOptions): Test[] {
  const blocks = program.tests.map((test) => {
    const title = test.written.title.value;
    const whole = wanted(nameOf(test, title));
    return {
      package: test.package.join('.'),
      title,
      file: test.source.path,
      whole: whole || test.table === null,
      isWanted: whole || test.table !== null,
      run: (runner: Runner) => runBlock(runner, test, whole ? null : wanted),
    };
  });
  const rules = program.helpers.filter(isTestRule).map((group) => ({
    package: group.path.slice(0, -1).join('.'),
    title: group.path.at(-1)!,
    file: group.source.path,
    whole: true,
    isWanted: wanted(`${group.path.slice(0, -1).join('.')}: ${group.path.at(-1)!}`),
    run: (runner: Runner) => [runRule(runner, group)],
  }));
  return [...blocks, ...rules].filter(
    (test) => test.isWanted && filter(`${test.package}: ${test.title}`, test.file),
  );
}

function nameOf(test: CoreTest, title: string): string {
  return `${test.package.join('.')}: ${title}`;
}

function titleOf(test: CoreTest, title: string): string {
  const name = test.written.title.value;
  return title === '' ? name : `${name} (${title})`;
}

function runEach(
  plain: Runner,
  tests: readonly Test[],
  { brief = false, progress }: TestOptions,
): TestResult[] {
  const slow: Runner = { ...plain, runnable: traced(plain.runnable) };
  const results: TestResult[] = [];
  let done = 0;
  for (const test of tests) {
    const first = test.run(plain.coverage === null ? plain : slow);
    const passed = first.every((one) => one.passed);
    const known = passed || brief || plain.coverage !== null;
    const second = known ? first : test.run(slow);
    results.push(...first.map((one, at) => (one.passed ? one : explained(one, second[at] ?? one))));
    if (brief && !passed) break;
    progress?.(++done, tests.length);
  }
  return results;
}

/** The results of the first run, with the explanations of the second. */
function explained(first: TestResult, second: TestResult): TestResult {
  const rows = first.rows.map((row, at) => (second.rows[at]?.passed === row.passed ? second.rows[at] : row));
  return { ...first, rows };
}

/** All cases of a table as one test. */
function together(results: readonly TestResult[]): TestResult {
  const [first] = results as readonly [TestResult, ...TestResult[]];
  const rows = results.flatMap((one) => one.rows);
  return results.length === 1 ? first : { ...first, rows, passed: results.every(({ passed }) => passed) };
}

function byPlace(a: TestResult, b: TestResult): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}

interface Runner {
  readonly runnable: Runnable;
  readonly extractors: Extractors;
  readonly defaults: Facts;
  readonly plan: NonNullable<TestOptions['plan']>;
  readonly coverage: Coverage | null;
  /** Called with the context in which a command is decided. */
  readonly noteDecision: (context: Context) => void;
}

function isTestRule(group: HelperGroup): boolean {
  return group.kind === 'complete' && group.path.at(-1)!.startsWith('test_');
}

function place({ source, span }: Pick<CoreTestRow, 'source' | 'span'>) {
  return { file: source.path, line: source.position(span.start).line };
}

function startContext({ runnable, defaults }: Runner, trace: Trace): Context {
  const facts = completeFacts(defaults, runnable.host.schema);
  return createContext(facts, newBudget(runnable), trace);
}

function runBlock(runner: Runner, test: CoreTest, wanted: ((name: string) => boolean) | null): TestResult[] {
  const base = startContext(runner, new Trace(runner.coverage));
  const { table } = test;
  if (table === null) return [runCase(runner, test, base, { title: '', slots: [] })];
  const cases = limited(() => casesOf(runner.runnable, table, createFrame(test.slots, base)));
  if (typeof cases === 'string' || cases === null) {
    if (wanted !== null) return [];
    const complaint = cases ?? 'the step budget is spent';
    return [toResult(test, '', [broken({ ...test, span: table.span }, complaint)])];
  }
  const chosen = cases.filter(({ title }) => wanted?.(nameOf(test, titleOf(test, title))) ?? true);
  return chosen.map((one) => runCase(runner, test, startContext(runner, new Trace(runner.coverage)), one));
}

function runCase(runner: Runner, test: CoreTest, base: Context, { title, slots }: TableCase): TestResult {
  const frame = createFrame(test.slots, base);
  slots.forEach((value, slot) => (frame.slots[slot] = value));
  const given = limited(() => modify(runner, test.givens, frame, base));
  const rows = given
    ? test.rows.map((row) => runRow(runner, row, { slots: frame.slots, context: fresh(runner, given) }))
    : [broken(test, 'the value of a `given` is absent')];
  return toResult(test, title, rows);
}

function toResult(test: CoreTest, title: string, rows: readonly RowResult[]): TestResult {
  return {
    package: test.package.join('.'),
    title: titleOf(test, title),
    ...place(test),
    passed: rows.every((row) => row.passed),
    rows,
  };
}

/** Every row starts afresh, with a full step budget. Defaults for the givens are already filled in. */
function fresh({ runnable, coverage }: Runner, { facts, overrides, mocks }: Context): Context {
  return { ...createContext(facts, newBudget(runnable), new Trace(coverage)), overrides, mocks };
}

function modify(
  { runnable }: Runner,
  modifiers: readonly CoreModifier[],
  frame: Frame,
  base: Context,
): Context | null {
  return compileModifiers(runnable.compiler, modifiers)(frame, base);
}

/** A row that could not be run. */
function broken(at: Pick<CoreTestRow, 'source' | 'span'>, complaint: string): RowResult {
  return { kind: 'command', text: textOf(at), line: place(at).line, passed: false, ...refuse(complaint) };
}

/** Null if the steps ran out. */
function limited<T>(run: () => T): T | null {
  try {
    return run();
  } catch (error) {
    if (error instanceof EvaluationLimit) return null;
    throw error;
  }
}

function runRow(runner: Runner, row: CoreTestRow, frame: Frame): RowResult {
  return limited(() => runWithin(runner, row, frame)) ?? broken(row, 'the step budget is spent');
}

function runWithin(runner: Runner, row: CoreTestRow, frame: Frame): RowResult {
  const shown = { text: textOf(row), line: place(row).line };
  if (row.kind === 'command') {
    const { decision, complaints } = runCommand(runner, row, frame);
    return { kind: 'command', ...shown, passed: complaints.length === 0, decision, complaints };
  }
  const failure = runCondition(runner.runnable, row.literal, frame);
  return { kind: 'condition', ...shown, passed: failure === null, failure };
}

function runCommand(
  runner: Runner,
  row: CoreTestRow & { kind: 'command' },
  frame: Frame,
): { readonly decision: Decision | null; readonly complaints: readonly string[] } {
  const { protocol, expectation } = row.written;
  const extract = runner.extractors[protocol];
  if (extract === undefined) return refuse(`nothing reads \`${protocol}\` commands yet`);
  const text = contained(() => runner.runnable.compiler.expression(row.command)(frame));
  if (typeof text !== 'string') return refuse('the command is not a text');
  const modified = modify(runner, row.modifiers, frame, frame.context);
  if (modified === null) return refuse('a value after `with` is absent');
  const found = completeRoots(extract(text, modified.facts), runner.runnable.host.schema);
  const facts = { ...modified.facts, ...found };
  // The facts that a row gives override those of the extractor.
  const context = modify(runner, row.modifiers, frame, fresh(runner, { ...modified, facts }))!;
  const decide = (given: Facts): Decision => {
    const { overrides, mocks } = context;
    const plain = createContext(given, newBudget(runner.runnable), new Trace(null));
    return decideIn(runner.runnable, { ...plain, overrides, mocks });
  };
  const command = { protocol, text, facts: context.facts, decide };
  const { decision, columns } = runner.plan(decideIn(runner.runnable, context), command);
  runner.noteDecision(context);
  return { decision, complaints: compareDecision(decision, expectation, columns) };
}

function refuse(complaint: string) {
  return { decision: null, complaints: [complaint] };
}

function runRule(runner: Runner, group: HelperGroup): TestResult {
  const trace = new Trace(runner.coverage);
  const context = startContext(runner, trace);
  const value: Maybe = contained(() => runner.runnable.compiler.readHelper(group, context));
  const passed = holds(value) === true;
  const outcome = value === undefined ? 'absent' : value instanceof Unknown ? 'unknown' : 'false';
  const bodies = group.clauses.flatMap((clause) =>
    clause.branches.map(({ body }) => explainBody(clause, body, trace, 0)),
  );
  const row: ConditionResult = {
    kind: 'condition',
    text: group.path.at(-1)!,
    line: place(group).line,
    passed,
    failure: passed ? null : { outcome, parts: [], bodies },
  };
  return {
    package: group.path.slice(0, -1).join('.'),
    title: group.path.at(-1)!,
    ...place(group),
    passed,
    rows: [row],
  };
}
