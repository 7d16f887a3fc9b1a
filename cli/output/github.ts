/**
 * GitHub's workflow commands, which put annotations on the lines of a pull request. They take their data and their
 * properties percent-encoded (docs.github.com, "Workflow commands for GitHub Actions").
 */
import type { Diagnostic } from '../../grammar/diagnostic.js';

export interface Annotation {
  readonly severity: Diagnostic['severity'];
  readonly file: string;
  readonly line: number;
  /** Further properties: `col`, `endLine`, `endColumn`. */
  readonly more?: Readonly<Record<string, number>>;
  readonly title: string;
  readonly message: string;
}

export function annotation({ severity, file, line, more = {}, title, message }: Annotation): string {
  const properties = [
    `file=${property(file)}`,
    `line=${line}`,
    ...Object.entries(more).map(([name, value]) => `${name}=${value}`),
    `title=${property(title)}`,
  ];
  return `::${severity} ${properties.join(',')}::${data(message)}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
