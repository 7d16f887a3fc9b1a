import type { Source, Span } from './source.js';

/** Something wrong in a rule text. Returned in lists, never thrown. Codes are documented in docs/errors.md. */
export interface Diagnostic {
  /** Stable, kebab-case: `unknown-fact`, `unexpected-token`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** One sentence, lower case, no full stop, user text in backticks. */
  readonly message: string;
  readonly span: Span;
  readonly source: Source;
  /** What to do about it: what to write instead, the nearest name. */
  readonly help?: string;
}

/**
 * Renders a diagnostic with its line and a caret:
 *
 *     error[unknown-fact]: `sql.statments` is not a fact
 *       --> rules/orders.rules:4:17
 *        |
 *      4 |   some s in sql.statments
 *        |                 ^^^^^^^^^
 *        = help: did you mean `statements`?
 */
export function renderDiagnostic(diagnostic: Diagnostic): string {
  const { source, span } = diagnostic;
  const { line, column } = source.position(span.start);
  const text = source.line(line).replaceAll('\t', ' ');
  const gutter = String(line);
  const pad = ' '.repeat(gutter.length);
  const width = Math.max(1, Math.min(span.end - span.start, text.length - column + 1));
  const lines = [
    `${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`,
    `${pad}--> ${source.path}:${line}:${column}`,
    `${pad} |`,
    `${gutter} | ${text}`,
    `${pad} | ${' '.repeat(column - 1)}${'^'.repeat(width)}`,
  ];
  if (diagnostic.help !== undefined) lines.push(`${pad} = help: ${diagnostic.help}`);
  return lines.join('\n');
}
