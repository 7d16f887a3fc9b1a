/** Diagnostics in the formats of pipelines: those of the compiler as those of the linter. */
import packageJson from '../package.json' with { type: 'json' };
import type { Diagnostic } from '../grammar/diagnostic.js';
import { never } from '../src/errors.js';
import { diagnosticJson } from './diagnostics.js';
import { annotation } from './github.js';
import { junit } from './junit.js';
import { sarif } from './sarif.js';

export type DiagnosticFormat = 'json' | 'sarif' | 'junit' | 'github';

/** `files` are those that were looked at. */
export function diagnosticReport(
  command: string,
  diagnostics: readonly Diagnostic[],
  format: DiagnosticFormat,
  files: readonly string[] = [],
): string {
  switch (format) {
    case 'json':
      return JSON.stringify(diagnostics.map(diagnosticJson), null, 2);
    case 'sarif':
      return JSON.stringify(sarif(diagnostics, codesOf(diagnostics), packageJson.version), null, 2);
    case 'junit':
      return junitDiagnostics(command, diagnostics, files);
    case 'github':
      return githubDiagnostics(diagnostics);
    default:
      return never(format);
  }
}

function codesOf(diagnostics: readonly Diagnostic[]): { readonly id: string }[] {
  return [...new Set(diagnostics.map(({ code }) => code))].sort().map((id) => ({ id }));
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
