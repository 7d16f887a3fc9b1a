/** Findings in the formats of `policy lint`. */
import {
  diagnosticJson,
  githubDiagnostics,
  junitDiagnostics,
  paintDiagnostic,
} from '../output/diagnostics.js';
import { sarif } from '../output/sarif.js';
import type { Paint } from '../output/terminal.js';
import type { LintFinding } from './finding.js';
import type { LintRule } from './rule.js';

export type LintFormat = 'pretty' | 'json' | 'sarif' | 'junit' | 'github';

export interface Reporting {
  readonly paint: Paint;
  readonly rules: readonly LintRule[];
  readonly version: string;
  /** The linted files. */
  readonly files: readonly string[];
}

export function lintReport(findings: readonly LintFinding[], format: LintFormat, about: Reporting): string {
  switch (format) {
    case 'pretty':
      return findings.map((finding) => `${paintDiagnostic(finding, about.paint)}\n`).join('\n');
    case 'json':
      return JSON.stringify(findings.map(findingJson), null, 2);
    case 'sarif':
      return JSON.stringify(sarif(findings, about.rules, about.version), null, 2);
    case 'junit':
      return junitDiagnostics('policy lint', findings, about.files);
    case 'github':
      return githubDiagnostics(findings);
  }
}

function findingJson(finding: LintFinding): object {
  const { category, fix } = finding;
  return {
    ...diagnosticJson(finding),
    category,
    fix:
      fix === null
        ? null
        : {
            title: fix.title,
            edits: fix.edits.map(({ source, span, text }) => ({
              file: source.path,
              start: span.start,
              end: span.end,
              text,
            })),
          },
  };
}
