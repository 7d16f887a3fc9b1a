import type { Source, Span } from './source.js';

/** A problem in a rule text. Returned in lists, never thrown. */
export interface Diagnostic {
  /** Stable, kebab-case: `unknown-fact`, `unexpected-token`. */
  readonly code: string;
  readonly severity: 'error' | 'warning';
  /** One sentence, lower case, no full stop, user text in backticks. */
  readonly message: string;
  readonly span: Span;
  readonly source: Source;
  /** What to do about it: what to write instead, or the nearest name. */
  readonly help?: string;
}

/** How many characters of a line are shown. */
const lineMax = 160;

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
  const whole = source.line(line);
  // A line may be as long as its file, so only the part around the mistake is shown.
  const from = whole.length <= lineMax ? 0 : Math.max(0, column - lineMax / 2);
  const text = whole.slice(from, from + lineMax);
  const indent = column - 1 - from;
  const gutter = String(line);
  const pad = ' '.repeat(gutter.length);
  const width = Math.max(1, Math.min(span.end - span.start, text.length - indent));
  const lines = [
    `${diagnostic.severity}[${diagnostic.code}]: ${diagnostic.message}`,
    `${pad}--> ${source.path}:${line}:${column}`,
    `${pad} |`,
    `${gutter} | ${text}`,
    `${pad} | ${' '.repeat(indent)}${'^'.repeat(width)}`,
  ];
  if (diagnostic.help !== undefined) lines.push(`${pad} = help: ${diagnostic.help}`);
  return lines.map(showHidden).join('\n');
}

/** A rule text must not steer the terminal that shows it: control and bidirectional characters are each shown as a box. */
function showHidden(text: string): string {
  return text
    .replaceAll('\t', ' ')
    .replace(/[\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '\ufffd');
}
