/** A rule file in an editor: usually in the middle of a change. */
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Range } from 'vscode-languageserver';
import type { Module } from '../../../grammar/ast.js';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { parseModule } from '../../../grammar/parser.js';
import type { Span } from '../../../grammar/source.js';

export interface ParsedFile {
  readonly path: string;
  readonly document: TextDocument;
  /** The readable part: statements with a mistake are left out, and the others keep their positions. */
  readonly module: Module | null;
  /** Nothing was left out. */
  readonly whole: boolean;
  /** Diagnostics of the text itself. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A longer text with a mistake is not read statement by statement. In UTF-16 units. */
const piecewiseMax = 1024 * 1024;
const attemptsMax = 4;

export function parseFile(path: string, document: TextDocument): ParsedFile {
  const text = document.getText();
  const { module, diagnostics } = parseModule(path, text);
  const whole = module !== null && diagnostics.every(({ severity }) => severity !== 'error');
  const rest = whole ? module : (parseRest(path, text, diagnostics) ?? module);
  return { path, document, module: rest, whole, diagnostics };
}

/** Statements with a mistake become blanks, so that every position in the others stays the same. */
function parseRest(path: string, text: string, first: readonly Diagnostic[]): Module | null {
  if (text.length > piecewiseMax) return null;
  let rest = text;
  let diagnostics = first;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const starts = statementStarts(rest);
    const before = rest;
    for (const { span } of diagnostics) rest = blankAt(rest, starts, span.start);
    if (rest === before) return null;
    const parsed = parseModule(path, rest);
    if (parsed.diagnostics.length === 0) return parsed.module;
    diagnostics = parsed.diagnostics;
  }
  return null;
}

/** Words at the left margin, as the layout has them. */
function statementStarts(text: string): readonly number[] {
  return [...text.matchAll(/^(?!else\b|unless\b|if\b)[A-Za-z_]/gm)].map(({ index }) => index);
}

function blankAt(text: string, starts: readonly number[], offset: number): string {
  const next = starts.findIndex((start) => start > offset);
  const from = starts.at(next === -1 ? -1 : next - 1) ?? 0;
  const until = next === -1 ? text.length : starts[next]!;
  if (next === 0) return text;
  return text.slice(0, from) + text.slice(from, until).replace(/[^\r\n]/g, ' ') + text.slice(until);
}

export function rangeOf(document: TextDocument, { start, end }: Span): Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}
