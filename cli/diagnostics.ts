/** Diagnostics, for people and for programs. */
import { renderDiagnostic, type Diagnostic } from '../grammar/diagnostic.js';
import type { Paint } from './terminal.js';

export function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** As `renderDiagnostic` writes it, with its head, its caret and its help set apart by colour. */
export function paintDiagnostic(diagnostic: Diagnostic, paint: Paint): string {
  const strong = isError(diagnostic) ? paint.red : paint.yellow;
  const lines = renderDiagnostic(diagnostic).split('\n');
  return lines
    .map((line, index) => {
      if (index === 0) return line.replace(/^\w+\[[^\]]*\]/, strong);
      if (index === 4) return line.replace(/\^+$/, strong);
      return line.replace(/^( *= help)/, paint.cyan).replace(/^ *-->|^ *\d* \|/, paint.dim);
    })
    .join('\n');
}

export function diagnosticJson({ code, severity, message, span, source, help }: Diagnostic): object {
  const start = source.position(span.start);
  const end = source.position(span.end);
  return {
    code,
    severity,
    message,
    file: source.path,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    ...(help === undefined ? {} : { help }),
  };
}
