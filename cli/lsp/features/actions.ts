/** Quick fixes in the editor: misspelled names with a near match, and the linter's fixes. */
import { CodeActionKind, type CodeAction, type Range, type TextEdit } from 'vscode-languageserver';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { Fix } from '../../lint/finding.js';
import type { Problem } from './diagnostics.js';
import { rangeOf } from '../workspace/parsed-file.js';
import type { RuleSet } from '../workspace/rule-set.js';
import { uriOf } from '../workspace/workspace.js';

export function actionsFor(ruleSet: RuleSet, problems: readonly Problem[], range: Range): CodeAction[] {
  return problems
    .filter(({ shown }) => touches(shown.range, range))
    .flatMap((problem) => [
      ...nearestName(ruleSet, problem),
      ...removal(ruleSet, problem),
      ...lintFix(ruleSet, problem),
      ...ignore(ruleSet, problem),
    ]);
}

function touches(one: Range, other: Range): boolean {
  return !isBefore(one.end, other.start) && !isBefore(other.end, one.start);
}

function isBefore(one: Range['start'], other: Range['start']): boolean {
  return one.line < other.line || (one.line === other.line && one.character < other.character);
}

/** `did you mean`: the help of a diagnostic contains the probable name. */
function nearestName(ruleSet: RuleSet, { diagnostic, shown }: Problem): CodeAction[] {
  const [, meant] = /^did you mean `([^`]+)`\?/.exec(diagnostic.help ?? '') ?? [];
  if (meant === undefined) return [];
  const written = textAt(diagnostic);
  const quoted = /^".*"$/s.test(written) && !meant.startsWith('"');
  const [, path = ''] = /^(.*\.)\w+$/s.exec(written) ?? [];
  const replacement = quoted ? JSON.stringify(meant) : meant.includes('.') ? meant : `${path}${meant}`;
  const edits = [{ range: shown.range, newText: replacement }];
  return [quickFix(`Write \`${replacement}\``, shown, changesOf(ruleSet, diagnostic, edits), true)];
}

/** An unused import is removed with its line. */
function removal(ruleSet: RuleSet, { diagnostic, shown }: Problem): CodeAction[] {
  if (diagnostic.code !== 'unused-import') return [];
  const start = { line: shown.range.start.line, character: 0 };
  const edits = [{ range: { start, end: { line: shown.range.end.line + 1, character: 0 } }, newText: '' }];
  return [quickFix('Remove the import', shown, changesOf(ruleSet, diagnostic, edits), true)];
}

function lintFix(ruleSet: RuleSet, { finding, shown }: Problem): CodeAction[] {
  if (finding === null || finding.fix === null) return [];
  const { title } = finding.fix;
  const name = title.charAt(0).toUpperCase() + title.slice(1);
  return [quickFix(name, shown, changesOfFix(ruleSet, finding.fix), false)];
}

/** Without its reason, which a person has to write: the linter asks for it. */
function ignore(ruleSet: RuleSet, { diagnostic, finding, shown }: Problem): CodeAction[] {
  if (finding === null || /^ignore|ignore$/.test(finding.code)) return [];
  const start = { line: shown.range.start.line, character: 0 };
  const { text } = diagnostic.source;
  const margin = text.slice(text.lastIndexOf('\n', diagnostic.span.start - 1) + 1, diagnostic.span.start);
  const [indent = ''] = /^\s*/.exec(margin) ?? [];
  const edits = [{ range: { start, end: start }, newText: `${indent}# lint:ignore ${finding.code} \n` }];
  const title = `Ignore \`${finding.code}\` here, with a reason`;
  return [quickFix(title, shown, changesOf(ruleSet, diagnostic, edits), false)];
}

function changesOfFix(ruleSet: RuleSet, fix: Fix): Record<string, TextEdit[]> {
  const changes: Record<string, TextEdit[]> = {};
  for (const { source, span, text } of fix.edits) {
    const document = ruleSet.files.get(source.path)?.file.document;
    if (document === undefined) continue;
    (changes[document.uri] ??= []).push({ range: rangeOf(document, span), newText: text });
  }
  return changes;
}

function quickFix(
  title: string,
  shown: Problem['shown'],
  changes: Record<string, TextEdit[]>,
  isPreferred: boolean,
): CodeAction {
  return { title, kind: CodeActionKind.QuickFix, diagnostics: [shown], edit: { changes }, isPreferred };
}

function changesOf(ruleSet: RuleSet, { source }: Diagnostic, edits: TextEdit[]): Record<string, TextEdit[]> {
  const uri = ruleSet.files.get(source.path)?.file.document.uri ?? uriOf(source.path);
  return { [uri]: edits };
}

function textAt({ source, span }: Diagnostic): string {
  return source.text.slice(span.start, span.end);
}
