/** Findings in the formats of `policy lint`. */
import { diagnosticJson, paintDiagnostic } from '../diagnostics.js';
import { junit } from '../junit.js';
import type { Paint } from '../terminal.js';
import type { LintFinding } from './finding.js';
import type { LintRule } from './rule.js';
import { sarif } from './sarif.js';

export type LintFormat = 'pretty' | 'json' | 'sarif' | 'junit' | 'github';

export interface Reporting {
  readonly paint: Paint;
  readonly rules: readonly LintRule[];
  readonly version: string;
  /** The files that were looked at. */
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
      return junitReport(findings, about);
    case 'github':
      return findings.map(annotation).join('\n');
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

/** A case for each finding, and one that passes for each file without any. */
function junitReport(findings: readonly LintFinding[], { files }: Reporting): string {
  const found = findings.map(({ code, severity, message, help, source, span }) => {
    const { line, column } = source.position(span.start);
    const detail = `${source.path}:${line}:${column}${help === undefined ? '' : `\n${help}`}`;
    return {
      suite: source.path,
      name: `${code} at ${line}:${column}`,
      seconds: 0,
      failure: { message: `${severity}: ${message}`, detail },
    };
  });
  const clean = files.filter((file) => !findings.some(({ source }) => source.path === file));
  const passed = clean.map((file) => ({ suite: file, name: 'lint', seconds: 0, failure: null }));
  return junit('policy lint', [...found, ...passed]);
}

/** GitHub's workflow commands, with what they escape in data and in properties. */
function annotation({ code, severity, message, help, source, span }: LintFinding): string {
  const start = source.position(span.start);
  const end = source.position(span.end);
  const place = [
    `file=${property(source.path)}`,
    `line=${start.line}`,
    `col=${start.column}`,
    `endLine=${end.line}`,
    `endColumn=${end.column}`,
    `title=${property(code)}`,
  ].join(',');
  return `::${severity} ${place}::${escaped(help === undefined ? message : `${message}\n${help}`)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
