/** Tree → text: `policy fmt`. There is one layout; what it prints parses to the same tree. */
import type { Expression, Import, Module, Statement } from '../ast.js';
import { concat, hardLine, render, trailing, type Layout } from './layout.js';
import { printBody, printLiteral, printLiterals, printModifiers } from './body.js';
import { anywhere, blankBetween, CommentStore, commentText, type Printer } from './context.js';
import { printExpression as printAnyExpression, printPattern } from './expression.js';
import { printApplies, printDecisionRule, printDefault, printHelperRule } from './rule.js';
import { printGiven, printTestBlock } from './test.js';
import { quote } from './text.js';
import type { Span } from '../source.js';

function createPrinter(text: string, comments: CommentStore): Printer {
  const create = (oneLine: boolean): Printer => {
    const p: Printer = {
      text,
      comments,
      oneLine,
      get onOneLine() {
        return oneLine ? p : create(true);
      },
      expression: (expression, place) => printAnyExpression(p, expression, place),
      pattern: (pattern, place) => printPattern(p, pattern, place),
      body: (body) => printBody(p, body),
      literals: (body, between) => printLiterals(p, body, between),
      literal: (literal) => printLiteral(p, literal),
      modifiers: (modifiers) => printModifiers(p, modifiers),
    };
    return p;
  };
  return create(false);
}

/** An expression on one line. */
export function printExpression(expression: Expression): string {
  const p = createPrinter('', new CommentStore([])).onOneLine;
  return render(p.expression(expression, anywhere), Infinity);
}

/** A whole file, ending in a line break. Line endings follow the first one of the source: CR LF or LF. */
export function printModule(module: Module): string {
  const text = printLines(module);
  return /^[^\n]*\r\n/.test(module.source.text) ? text.replaceAll('\n', '\r\n') : text;
}

function printLines(module: Module): string {
  const p = createPrinter(module.source.text, new CommentStore(module.comments));
  const parts = topLevel(p, module);
  const lines: string[] = [];
  let before: { end: number; text: string; group: Part['group'] } | null = null;
  for (const part of parts) {
    const { text, start, end } = printPart(p, part, before?.end ?? 0);
    const apart =
      before !== null &&
      (before.group !== part.group ||
        before.text.includes('\n') ||
        text.includes('\n') ||
        blankBetween(p, before.end, start));
    if (apart) lines.push('');
    lines.push(text);
    before = { end, text, group: part.group };
  }
  const rest = p.comments.claim({ start: 0, end: Infinity });
  for (const comment of rest) {
    if (before !== null && blankBetween(p, before.end, comment.span.start)) lines.push('');
    lines.push(commentText(comment));
    before = { end: comment.span.end, text: '', group: 'comment' };
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

interface Part {
  readonly span: Span;
  readonly group: 'package' | 'import' | 'statement' | 'comment';
  readonly print: () => Layout;
}

function topLevel(p: Printer, module: Module): Part[] {
  const name: Part = {
    span: module.package.span,
    group: 'package',
    print: () => `package ${printPath(module.package.path)}`,
  };
  const imports = module.imports.map((clause): Part => ({
    span: clause.span,
    group: 'import',
    print: () => printImport(clause),
  }));
  const statements = module.statements.map((statement): Part => ({
    span: statement.span,
    group: 'statement',
    print: () => printStatement(p, statement),
  }));
  return [...(module.package.path.length === 0 ? [] : [name]), ...imports, ...statements];
}

/** A part with the comments above and beside it; `start` is the offset of the first of these. */
function printPart(p: Printer, part: Part, from: number): { text: string; start: number; end: number } {
  const layout = part.print();
  const inside = p.comments.claim(part.span);
  const above = p.comments.claim({ start: from, end: part.span.start });
  const newline = p.text.indexOf('\n', part.span.end);
  const beside = p.comments.claim({ start: part.span.end, end: newline === -1 ? Infinity : newline });
  const lines: Layout[] = [];
  // Directly above the statement, a doc comment from inside it would become its documentation.
  const docs = inside.filter(({ doc }) => doc);
  for (const comment of docs) lines.push(commentText(comment), hardLine);
  if (docs.length > 0) lines.push(hardLine);
  above.forEach((comment, index) => {
    const next = above[index + 1]?.span.start ?? part.span.start;
    lines.push(commentText(comment), hardLine);
    if (blankBetween(p, comment.span.end, next)) lines.push(hardLine);
  });
  for (const comment of inside) if (!comment.doc) lines.push(commentText(comment), hardLine);
  lines.push(layout, ...beside.map((comment) => trailing(commentText(comment))));
  const start = above[0]?.span.start ?? part.span.start;
  return { text: render(concat(...lines)), start, end: beside.at(-1)?.span.end ?? part.span.end };
}

function printImport({ path, alias }: Import): string {
  return `import ${printPath(path)}${alias === null ? '' : ` as ${alias.name}`}`;
}

function printPath(path: readonly string[]): string {
  return path
    .map((part, index) => (isWord(part) ? (index === 0 ? part : `.${part}`) : `[${quote(part)}]`))
    .join('');
}

function isWord(part: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(part);
}

function printStatement(p: Printer, statement: Statement): Layout {
  switch (statement.kind) {
    case 'applies':
      return printApplies(p, statement);
    case 'decision-rule':
      return printDecisionRule(p, statement);
    case 'helper-rule':
      return printHelperRule(p, statement);
    case 'default-rule':
      return printDefault(p, statement);
    case 'test-block':
      return printTestBlock(p, statement);
    case 'shared-given':
      return printGiven(p, statement.given);
  }
}
