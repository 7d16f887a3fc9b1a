/** Findings as SARIF 2.1.0 (OASIS Standard, 27 March 2020), which code scanning services read. */
import type { Diagnostic } from '../../grammar/diagnostic.js';
import type { Source, Span } from '../../grammar/source.js';

/** The source of a finding: a rule of the linter, or a code of the compiler, whose level cannot be configured. */
type Finder =
  | {
      readonly id: string;
      readonly doc: string;
      readonly level: 'error' | 'warning' | 'off';
      readonly category: string;
    }
  | { readonly id: string };

interface Edit {
  readonly source: Source;
  readonly span: Span;
  readonly text: string;
}
interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
}
type Finding = Diagnostic & { readonly fix?: Fix | null };

export function sarif(findings: readonly Finding[], rules: readonly Finder[], version: string): object {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'policy', version, rules: rules.map(descriptor) } },
        // Ours count UTF-16 units, as section 3.14.17 lets a run say.
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => result(finding, indexes)),
      },
    ],
  };
}

function descriptor(finder: Finder): object {
  const { id } = finder;
  if (!('doc' in finder)) return { id };
  const { doc, level, category } = finder;
  return {
    id,
    shortDescription: { text: doc },
    defaultConfiguration: { enabled: level !== 'off', level: level === 'off' ? 'none' : level },
    properties: { category },
  };
}

function result(finding: Finding, indexes: ReadonlyMap<string, number>): object {
  const { code, severity, message, help, source, span, fix = null } = finding;
  const start = source.position(span.start);
  const end = source.position(span.end);
  return {
    ruleId: code,
    ruleIndex: indexes.get(code) ?? -1,
    level: severity,
    message: { text: help === undefined ? message : `${message}: ${help}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(source.path) },
          region: {
            startLine: start.line,
            startColumn: start.column,
            endLine: end.line,
            endColumn: end.column,
          },
        },
      },
    ],
    ...(fix === null ? {} : { fixes: [sarifFix(fix)] }),
  };
}

function sarifFix({ title, edits }: Fix): object {
  const paths = [...new Set(edits.map(({ source }) => source.path))];
  return {
    description: { text: title },
    artifactChanges: paths.map((path) => ({
      artifactLocation: { uri: uriOf(path) },
      replacements: edits.filter(({ source }) => source.path === path).map(replacement),
    })),
  };
}

function replacement({ span, text }: Edit): object {
  return {
    deletedRegion: { charOffset: span.start, charLength: span.end - span.start },
    insertedContent: { text },
  };
}

/** A relative reference of RFC 3986; an absolute path becomes a `file` URI. */
function uriOf(path: string): string {
  const encoded = path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${encoded}` : encoded.replace(/^\.\//, '');
}
