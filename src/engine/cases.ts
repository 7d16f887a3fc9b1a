/** Test blocks and `test_` rules, run: each row decides a real command or asks a condition, and says what differs. */
import type { CommandRow } from '../../grammar/ast.js';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { compileModifiers } from './compile-with.js';
import { contained, decideIn, newBudget, prepare, traced, type Runnable } from './compile.js';
import {
  createContext,
  createFrame,
  deriveContext,
  EvaluationLimit,
  type Context,
  type Frame,
} from './context.js';
import { contrast } from './contrast.js';
import { Coverage, type CoverageReport } from './coverage.js';
import type { CoreLiteral, CoreModifier, CoreTest, CoreTestRow, HelperGroup } from './core.js';
import type { Decision } from './decision.js';
import { completeFacts, completeRoots } from './default-facts.js';
import { compareDecision } from './expectation.js';
import { explainBody, type BodyExplanation } from './explain.js';
import { holds } from './kleene.js';
import type { EngineHost, Facts, PolicySource } from './policy.js';
import { textOf, Trace, type Part } from './trace.js';
import { Unknown, type Maybe, type ValueObject } from './value.js';

/**
 * The gateway's own extractors, by the word that opens a row: from a command's text and the facts so far to the roots of
 * the facts that the command has (`{ sql: …, command: … }`).
 */
export type Extractors = {
  readonly [protocol in CommandRow['protocol']]?: (text: string, facts: Facts) => ValueObject;
};

export interface TestOptions {
  /** Which tests to run, by `package: title`; all where left out. */
  readonly filter?: (name: string) => boolean;
  /** Facts that tests leave out, over the neutral ones of the schema. */
  readonly defaults?: Facts;
  /** What the gateway makes of a decision: a mask that cannot be carried out on the command turns it into deny. */
  readonly settle?: (decision: Decision, command: DecidedCommand) => Decision;
  /** Ends with the first test that fails, and does not say why. */
  readonly brief?: boolean;
  /** Told after each test. */
  readonly progress?: (done: number, total: number) => void;
  /** Which files' conditions to count; none where left out. */
  readonly covers?: (file: string) => boolean;
}

export interface DecidedCommand {
  readonly protocol: CommandRow['protocol'];
  readonly text: string;
  /** All of them: givens, what the extractor found, and what the row puts in their place. */
  readonly facts: Facts;
  /** What the same rules say of other facts, with what the row puts in the place of data and functions. */
  readonly decide: (facts: Facts) => Decision;
}

export interface TestRun {
  /** Empty where the rules do not compile. */
  readonly tests: readonly TestResult[];
  readonly diagnostics: readonly Diagnostic[];
  /** Null where nobody asked for it. */
  readonly coverage: CoverageReport | null;
}
export interface TestResult {
  readonly package: string;
  /** The title of a block, or the name of a `test_` rule. */
  readonly title: string;
  readonly file: string;
  readonly line: number;
  readonly passed: boolean;
  readonly rows: readonly RowResult[];
}
export type RowResult = CommandResult | ConditionResult;
interface RowPlace {
  /** As written. */
  readonly text: string;
  readonly line: number;
  readonly passed: boolean;
}
export interface CommandResult extends RowPlace {
  readonly kind: 'command';
  /** Null where nothing could be decided: the command is no text, or nothing reads such commands. */
  readonly decision: Decision | null;
  /** What differs from what the row says. */
  readonly complaints: readonly string[];
}
export interface ConditionResult extends RowPlace {
  readonly kind: 'condition';
  /** Of a condition that does not hold: why, with the value of every part. */
  readonly failure: {
    readonly outcome: 'false' | 'absent' | 'unknown';
    readonly parts: readonly Part[];
    readonly bodies: readonly BodyExplanation[];
  } | null;
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
  /** Each command of the test as a decision over facts that are there already. */
  decisions(): readonly (() => Decision)[];
}

/** Empty where the rules do not compile. */
export function openTests(
  source: PolicySource,
  host: EngineHost,
  extractors: Extractors,
  options: TestOptions = {},
): { readonly tests: readonly OpenTest[]; readonly diagnostics: readonly Diagnostic[] } {
  const { runnable, diagnostics } = prepare(source, host, false);
  if (runnable === null) return { tests: [], diagnostics };
  const runner = createRunner(runnable, extractors, options, null);
  const tests = findTests(runnable, options).map((test) => ({
    package: test.package,
    title: test.title,
    run: () => test.run(runner),
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
  { defaults = {}, settle = (decision) => decision }: TestOptions,
  coverage: Coverage | null,
): Runner {
  const noteDecision = (context: Context) => coverage?.decided(context);
  return { runnable, extractors, defaults, settle, coverage, noteDecision };
}

interface Test {
  readonly package: string;
  readonly title: string;
  run(runner: Runner): TestResult;
}

function findTests({ program }: Runnable, { filter = () => true }: TestOptions): Test[] {
  const blocks = program.tests.map((test) => ({
    package: test.package.join('.'),
    title: test.written.title.value,
    run: (runner: Runner) => runBlock(runner, test),
  }));
  const rules = program.helpers.filter(isTestRule).map((group) => ({
    package: group.path.slice(0, -1).join('.'),
    title: group.path.at(-1)!,
    run: (runner: Runner) => runRule(runner, group),
  }));
  return [...blocks, ...rules].filter((test) => filter(`${test.package}: ${test.title}`));
}

function runEach(
  plain: Runner,
  tests: readonly Test[],
  { brief = false, progress }: TestOptions,
): TestResult[] {
  const slow: Runner = { ...plain, runnable: traced(plain.runnable) };
  const results: TestResult[] = [];
  for (const test of tests) {
    const first = test.run(plain.coverage === null ? plain : slow);
    const known = first.passed || brief || plain.coverage !== null;
    results.push(known ? first : explained(first, test.run(slow)));
    if (brief && !first.passed) break;
    progress?.(results.length, tests.length);
  }
  return results;
}

/** Each row as it came out first, with what the second run knows of why. */
function explained(first: TestResult, second: TestResult): TestResult {
  const rows = first.rows.map((row, at) => (second.rows[at]?.passed === row.passed ? second.rows[at] : row));
  return { ...first, rows };
}

function byPlace(a: TestResult, b: TestResult): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}

interface Runner {
  readonly runnable: Runnable;
  readonly extractors: Extractors;
  readonly defaults: Facts;
  readonly settle: NonNullable<TestOptions['settle']>;
  readonly coverage: Coverage | null;
  /** Told of the context in which a command is decided. */
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

function runBlock(runner: Runner, test: CoreTest): TestResult {
  const trace = new Trace(runner.coverage);
  const base = startContext(runner, trace);
  const frame = createFrame(test.slots, base);
  const given = limited(() => modify(runner, test.givens, frame, base));
  const rows = given
    ? test.rows.map((row) => runRow(runner, row, { slots: frame.slots, context: fresh(runner, given) }))
    : [broken(test, 'the value of a `given` is absent')];
  return {
    package: test.package.join('.'),
    title: test.written.title.value,
    ...place(test),
    passed: rows.every((row) => row.passed),
    rows,
  };
}

/** Every row starts anew, with all of its steps. What the givens left out is filled in already. */
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

/** Null where the steps ran out. */
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
  const failure = runCondition(runner, row.literal, frame);
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
  // What a row says of the facts holds also where the extractor says otherwise.
  const context = modify(runner, row.modifiers, frame, fresh(runner, { ...modified, facts }))!;
  const decide = (given: Facts): Decision => {
    const { overrides, mocks } = context;
    const plain = createContext(given, newBudget(runner.runnable), new Trace(null));
    return decideIn(runner.runnable, { ...plain, overrides, mocks });
  };
  const command = { protocol, text, facts: context.facts, decide };
  const decision = runner.settle(decideIn(runner.runnable, context), command);
  runner.noteDecision(context);
  return { decision, complaints: compareDecision(decision, expectation) };
}

function refuse(complaint: string) {
  return { decision: null, complaints: [complaint] };
}

/** A condition, or a line that binds names for the lines below it, which then must have a solution. */
function runCondition({ runnable }: Runner, literal: CoreLiteral, frame: Frame): ConditionResult['failure'] {
  const doubts: Unknown[] = [];
  const run = runnable.compiler.body({ literals: [literal] }, (_, doubt) => {
    if (doubt !== null) doubts.push(doubt);
    return doubt === null;
  });
  const found = contained(() => run(frame, null));
  if (found === true) return null;
  const trace = frame.context.tracer as Trace;
  const core =
    literal.kind === 'condition'
      ? literal.expression
      : literal.kind === 'some'
        ? literal.collection
        : literal.value;
  const outcome =
    found instanceof Unknown || doubts.length > 0
      ? 'unknown'
      : trace.last(core) === undefined
        ? 'absent'
        : 'false';
  const bodies = explainBody(literal, { literals: [literal] }, trace, 0).conditions.flatMap(
    ({ within }) => within,
  );
  return { outcome, parts: [...trace.parts(core), ...memberSought(literal, trace)], bodies };
}

/** `some "dba" in identity.groups` compares as `in` does. */
function memberSought(literal: CoreLiteral, trace: Trace): Part[] {
  if (literal.kind !== 'some' || literal.value.kind !== 'constant') return [];
  const notes = contrast('in', trace.last(literal.value.value), trace.last(literal.collection));
  return notes.length === 0 ? [] : [{ text: textOf(literal), value: 'false', notes }];
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
