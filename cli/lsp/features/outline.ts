/** What a file or a whole rule set consists of, for lists of symbols. */
import { SymbolKind, type DocumentSymbol, type WorkspaceSymbol } from 'vscode-languageserver';
import type { Statement } from '../../../grammar/ast.js';
import { declarationsOf, type Declaration } from '../analysis/declarations.js';
import { rangeOf, type ParsedFile } from '../workspace/parsed-file.js';
import type { RuleSet } from '../workspace/rule-set.js';

const kinds: Readonly<Record<Declaration['kind'], SymbolKind>> = {
  allow: SymbolKind.Event,
  deny: SymbolKind.Event,
  review: SymbolKind.Event,
  mask: SymbolKind.Event,
  limit: SymbolKind.Event,
  helper: SymbolKind.Variable,
  function: SymbolKind.Function,
};

const symbolsMax = 2000;

export function outline({ module, document }: ParsedFile): DocumentSymbol[] {
  if (module === null) return [];
  const rules = declarationsOf(module).map(({ path, kind, shadow, name, whole }): DocumentSymbol => ({
    name: path.at(-1)!,
    detail: shadow ? `shadow ${kind}` : kind,
    kind: kinds[kind],
    range: rangeOf(document, whole),
    selectionRange: rangeOf(document, name),
  }));
  const others = module.statements.flatMap((statement) => {
    const name = nameOf(statement);
    if (name === null) return [];
    const range = rangeOf(document, statement.span);
    return [
      { name, kind: SymbolKind.Method, range, selectionRange: { start: range.start, end: range.start } },
    ];
  });
  return [...rules, ...others].sort(
    (one, other) => document.offsetAt(one.range.start) - document.offsetAt(other.range.start),
  );
}

function nameOf(statement: Statement): string | null {
  if (statement.kind === 'applies') return 'applies';
  return statement.kind === 'test-block' ? `test ${JSON.stringify(statement.title.value)}` : null;
}

/** Those that have the letters of the query in order, as editors look for names. */
export function symbolsIn(ruleSet: RuleSet, query: string): WorkspaceSymbol[] {
  const wanted = query.toLowerCase();
  const found = [...ruleSet.names.declarations.rules.values()].flat().flatMap((declaration) => {
    const name = declaration.path.join('.');
    const document = ruleSet.files.get(declaration.source.path)?.file.document;
    if (document === undefined || !isSubsequence(wanted, name.toLowerCase())) return [];
    const location = { uri: document.uri, range: rangeOf(document, declaration.name) };
    return [{ name, kind: kinds[declaration.kind], location, containerName: declaration.kind }];
  });
  return found.slice(0, symbolsMax);
}

function isSubsequence(wanted: string, name: string): boolean {
  let at = -1;
  return wanted.split(/(?:)/u).every((letter) => (at = name.indexOf(letter, at + 1)) !== -1);
}
