/** Diagnostics of the compiler and the linter in the formats of pipelines. */
import packageJson from '../../package.json' with { type: 'json' };
import type { Diagnostic } from '../../grammar/diagnostic.js';
import { never } from '../../src/errors.js';
import { diagnosticJson, githubDiagnostics, junitDiagnostics } from './diagnostics.js';
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
