/** What is wrong in a rule set, as editors show it. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic as Shown } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { LintFinding } from '../../lint/finding.js';
import { lintRuleSet } from './lint.js';
import { checkRuleSet } from './meaning.js';
import { rangeOf } from '../workspace/parsed-file.js';
import type { RuleSet } from '../workspace/rule-set.js';

export interface Problem {
  readonly diagnostic: Diagnostic;
  readonly shown: Shown;
  /** Null if it is not one of the linter's. */
  readonly finding: LintFinding | null;
}

const shownMax = 200;
/** Unused code is shown faint. */
const unused = new Set(['unused-variable', 'unused-import', 'unused-rule']);

type Problems = ReadonlyMap<string, readonly Problem[]>;

const known = new WeakMap<RuleSet, Problems>();

/** By path, for every file of the rule set, including those without a problem. */
export function findProblems(ruleSet: RuleSet): Problems {
  const found = known.get(ruleSet) ?? collect(ruleSet);
  known.set(ruleSet, found);
  return found;
}

function collect(ruleSet: RuleSet): Problems {
  const { files, data } = ruleSet;
  const problems = new Map<string, Problem[]>();
  const documents = new Map<string, TextDocument>(data.documents);
  for (const [path, { file }] of files) documents.set(path, file.document);
  for (const path of documents.keys()) problems.set(path, []);
  const add = (diagnostic: Diagnostic, finding: LintFinding | null = null): void => {
    const document = documents.get(diagnostic.source.path);
    const found = problems.get(diagnostic.source.path);
    if (document === undefined || found === undefined || found.length >= shownMax) return;
    found.push({ diagnostic, finding, shown: show(document, diagnostic, finding) });
  };
  for (const { file } of files.values()) for (const diagnostic of file.diagnostics) add(diagnostic);
  for (const diagnostic of data.diagnostics) add(diagnostic);
  // A text with a mistake is compiled in its last correct version: its own diagnostics report the current mistake.
  const isWhole = ({ source }: Diagnostic): boolean => files.get(source.path)?.file.whole === true;
  checkRuleSet(ruleSet)
    .filter(isWhole)
    .forEach((diagnostic) => add(diagnostic));
  lintRuleSet(ruleSet)
    .filter(isWhole)
    .forEach((finding) => add(finding, finding));
  return problems;
}

function show(document: TextDocument, diagnostic: Diagnostic, finding: LintFinding | null): Shown {
  const { code, message, help, span, severity } = diagnostic;
  return {
    range: rangeOf(document, span),
    severity: severity === 'error' ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning,
    code,
    source: finding === null ? 'policy' : 'policy lint',
    message: help === undefined ? message : `${message}\n${help}`,
    ...(unused.has(code) ? { tags: [DiagnosticTag.Unnecessary] } : {}),
  };
}
