/** A whole file: package, imports, statements, and the comments that belong to each. */
import type { CstNode, IToken } from 'chevrotain';
import type { Comment, Import, Module, PackageName, Statement } from '../ast.js';
import { buildApplies, buildDecisionRule, buildDefault, buildHelperRule } from './rule.js';
import { buildSharedGiven, buildTestBlock } from './test.js';
import type { Builder } from './builder.js';
import { node, nodeSpan, nodes, requiredNode, token, tokenSpan, tokens } from '../cst.js';
import { buildString } from './literal-text.js';
import * as messages from '../messages.js';

export function buildModule(b: Builder, at: CstNode, comments: readonly Comment[]): Module {
  const clause = node(at, 'packageClause');
  const statements = nodes(at, 'statement');
  if (clause === undefined) b.report(messages.missingPackage, { start: 0, end: 0 });
  const first = statements[0] ? nodeSpan(statements[0]).start : Infinity;
  const docs = docsByLine(b, comments);
  return {
    kind: 'module',
    source: b.source,
    package: buildPackage(b, clause),
    imports: nodes(at, 'importClause').map((clause) => buildImport(b, clause, first)),
    statements: statements.map((statement) => buildStatement(b, statement, docs)),
    comments,
    span: { start: 0, end: b.source.text.length },
  };
}

/** Builds the statements of a tree only for their diagnostics. */
export function checkStatements(b: Builder, at: CstNode): void {
  for (const clause of nodes(at, 'importClause')) buildImport(b, clause, Infinity);
  for (const statement of nodes(at, 'statement')) buildStatement(b, statement, new Map());
}

function buildPackage(b: Builder, clause: CstNode | undefined): PackageName {
  if (clause === undefined) return { kind: 'package-name', path: [], span: { start: 0, end: 0 } };
  return { kind: 'package-name', path: buildWords(b, requiredNode(clause, 'path')), span: nodeSpan(clause) };
}

/** The words of a path; a quoted key counts as one. */
function buildWords(b: Builder, path: CstNode): string[] {
  return tokens(path, 'part').map((part) =>
    part.image.startsWith('"') ? buildString(b, part).value : part.image,
  );
}

function buildImport(b: Builder, at: CstNode, firstStatement: number): Import {
  const span = nodeSpan(at);
  const path = buildWords(b, requiredNode(at, 'path'));
  const alias = token(at, 'Name');
  if (path[0] === 'rego' || path[0] === 'future') b.report(messages.regoImport, span);
  else if (path[0] !== 'data' && path[0] !== 'input') b.report(messages.badImport, span);
  else if (span.start > firstStatement) b.report(messages.lateImport, span);
  return {
    kind: 'import',
    path,
    alias: alias ? { kind: 'identifier', name: alias.image, span: tokenSpan(alias) } : null,
    span,
  };
}

function buildStatement(b: Builder, at: CstNode, docs: ReadonlyMap<number, readonly string[]>): Statement {
  const { line } = b.source.position(nodeSpan(at).start);
  const doc = docs.get(line)?.join('\n') ?? null;
  b.operators = 0;
  const name = Object.keys(at.children)[0] ?? '';
  switch (name) {
    case 'applies':
      return { ...buildApplies(b, requiredNode(at, name)), doc };
    case 'decisionRule':
      return { ...buildDecisionRule(b, requiredNode(at, name)), doc };
    case 'testBlock':
      return { ...buildTestBlock(b, requiredNode(at, name)), doc };
    case 'given':
      return { ...buildSharedGiven(b, requiredNode(at, name)), doc };
    case 'defaultRule':
      return { ...buildDefault(b, requiredNode(at, name)), doc };
    case 'helperRule':
      return { ...buildHelperRule(b, requiredNode(at, name)), doc };
    default:
      throw new Error(`unreachable: statement ${name}`);
  }
}

/** `##` opens a doc comment; three or more are a ruler. */
export function buildComment(at: IToken): Comment {
  const doc = /^##(?!#)/.test(at.image);
  return { kind: 'comment', text: at.image.slice(doc ? 2 : 1).trimEnd(), doc, span: tokenSpan(at) };
}

/** The doc comment above each line: the `##` lines of the comments directly over it, joined. */
function docsByLine(b: Builder, comments: readonly Comment[]): Map<number, readonly string[]> {
  const docs = new Map<number, string[]>();
  for (const comment of comments) {
    const { line, column } = b.source.position(comment.span.start);
    if (!standsAlone(b, line, column)) continue;
    const lines = docs.get(line) ?? [];
    if (comment.doc) lines.push(comment.text.replace(/^ /, ''));
    docs.delete(line);
    if (lines.length > 0) docs.set(line + 1, lines);
  }
  return docs;
}

/** Whether a comment is preceded only by whitespace on its line. */
function standsAlone(b: Builder, line: number, column: number): boolean {
  const before = b.source.line(line).slice(0, column - 1);
  return before.trim() === '';
}
