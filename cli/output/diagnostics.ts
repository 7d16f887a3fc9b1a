/** Diagnostics, for people and for programs. */
import { renderDiagnostic, type Diagnostic } from '../../grammar/diagnostic.js';
import { annotation } from './github.js';
import { junit } from './junit.js';
import type { Paint } from './terminal.js';

export function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}

/** As `renderDiagnostic` writes it, with its head, its caret and its help in colour. */
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

/** A case for each finding, and one that passes for each file without any. */
export function junitDiagnostics(
  command: string,
  diagnostics: readonly Diagnostic[],
  files: readonly string[],
): string {
  const found = diagnostics.map(({ code, severity, message, help, source, span }) => {
    const { line, column } = source.position(span.start);
    const detail = `${source.path}:${line}:${column}${help === undefined ? '' : `\n${help}`}`;
    return {
      suite: source.path,
      name: `${code} at ${line}:${column}`,
      seconds: 0,
      failure: { message: `${severity}: ${message}`, detail },
    };
  });
  const broken = new Set(diagnostics.map(({ source }) => source.path));
  const name = command.split(' ').at(-1)!;
  const passed = files
    .filter((file) => !broken.has(file))
    .map((file) => ({ suite: file, name, seconds: 0, failure: null }));
  return junit(command, [...found, ...passed]);
}

export function githubDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ code, severity, message, help, source, span }) => {
      const start = source.position(span.start);
      const end = source.position(span.end);
      return annotation({
        severity,
        file: source.path,
        line: start.line,
        more: { col: start.column, endLine: end.line, endColumn: end.column },
        title: code,
        message: help === undefined ? message : `${message}\n${help}`,
      });
    })
    .join('\n');
}
