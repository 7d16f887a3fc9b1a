/** Running tests from the editor. */
import type { CodeLens, Diagnostic as Shown } from 'vscode-languageserver';
import { DiagnosticSeverity } from 'vscode-languageserver';
import type { Module } from '../../../grammar/ast.js';
import type { RowResult, TestResult } from '../../../src/engine/testing/result.js';
import { loadProtocols } from '../../../src/protocols/list.js';
import { testBundle } from '../../testing/bundle-tests.js';
import { describeDecision } from '../../output/decision.js';
import { UsageError } from '../../output/outcome.js';
import { rangeOf, type ParsedFile } from '../workspace/parsed-file.js';
import type { RuleSet } from '../workspace/rule-set.js';

export const RUN_TEST = 'sallyport.runTest';

/** Above each test block and each `test_` rule. */
export function testLenses({ module, document }: ParsedFile): CodeLens[] {
  if (module === null) return [];
  return module.statements.flatMap((statement) => {
    const title =
      statement.kind === 'test-block'
        ? statement.title.value
        : statement.kind === 'helper-rule' && statement.name.name.startsWith('test_')
          ? statement.name.name
          : null;
    if (title === null) return [];
    const command = { title: '▶ Run test', command: RUN_TEST, arguments: [document.uri, title] };
    return [{ range: rangeOf(document, statement.span), command }];
  });
}

export interface TestOutcome {
  readonly passed: boolean;
  readonly message: string;
  /** For the file that contains the test. */
  readonly diagnostics: readonly Shown[];
}

/** Runs the test with that title in a file; failing rows become diagnostics. */
export async function runTest(ruleSet: RuleSet, path: string, title: string): Promise<TestOutcome> {
  await loadProtocols();
  try {
    return run(ruleSet, path, title);
  } catch (error) {
    // For example, a catalogue that cannot be read.
    if (error instanceof UsageError) return failed(error.message);
    throw error;
  }
}

function run(ruleSet: RuleSet, path: string, title: string): TestOutcome {
  const open = ruleSet.files.get(path);
  if (open === undefined || !open.file.whole) return failed('the file does not parse');
  const modules = ruleSet.modules();
  const isTest = (module: Module): boolean => module.source.path.endsWith('_test.rules');
  const bundle = {
    modules: modules.filter((module) => !isTest(module)),
    tests: modules.filter(isTest),
    data: ruleSet.data.data,
    revision: 'editor',
    catalogues: ruleSet.data.catalogues,
  };
  const outcome = testBundle(bundle, { wanted: title });
  const [problem] = outcome.diagnostics.filter(({ severity }) => severity === 'error');
  if (problem !== undefined) return failed(`the rules do not compile: ${problem.message}`);
  const results = outcome.tests.filter((test) => test.title === title && test.file === path);
  return results.length === 0
    ? failed(`there is no test \`${title}\``)
    : outcomeOf(title, results, open.file);
}

function failed(message: string): TestOutcome {
  return { passed: false, message, diagnostics: [] };
}

function outcomeOf(title: string, results: readonly TestResult[], file: ParsedFile): TestOutcome {
  const rows = results.flatMap((result) => result.rows);
  const wrong = rows.filter(({ passed }) => !passed);
  const passed = results.every((result) => result.passed);
  const message = passed
    ? `✓ ${title}: ${rows.length} of ${rows.length} rows passed`
    : `✗ ${title}: ${wrong.length} of ${rows.length} rows failed`;
  return { passed, message, diagnostics: wrong.map((row) => show(row, file)) };
}

function show(row: RowResult, { document }: ParsedFile): Shown {
  const line = row.line - 1;
  const text = document.getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } });
  const start = text.length - text.trimStart().length;
  return {
    range: { start: { line, character: start }, end: { line, character: text.trimEnd().length } },
    severity: DiagnosticSeverity.Error,
    source: 'policy test',
    message: whyFailed(row),
  };
}

function whyFailed(row: RowResult): string {
  if (row.kind === 'command') {
    const decision = row.decision === null ? [] : describeDecision(row.decision);
    return [...row.complaints, ...decision].join('\n');
  }
  if (row.failure === null) return 'it does not hold';
  const { outcome, parts } = row.failure;
  const head = outcome === 'false' ? 'it does not hold' : `it is ${outcome}`;
  return [head, ...parts.map(({ text, value }) => `${text} is ${value}`)].join('\n');
}
