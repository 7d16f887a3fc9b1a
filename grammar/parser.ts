/** Text → tree. The one way into the language; it never throws, whatever the text. */
import type { CstNode, IToken } from 'chevrotain';
import type { Expression, Module } from './ast.js';
import { findUnpaired } from './brackets.js';
import { buildComment, buildModule, checkStatements } from './build/module.js';
import type { Builder } from './build/builder.js';
import { createBuilder } from './build/builders.js';
import { node } from './cst.js';
import type { Diagnostic } from './diagnostic.js';
import { RuleGrammar } from './grammar.js';
import { findingsMax, findTooDeep, lex, textMax, tokensMax, type Finding, type Lexed } from './lexical.js';
import * as lexical from './lexical-messages.js';
import type { Problem } from './problem.js';
import { recover, type Attempt } from './mistakes/recovery.js';
import { Source, type Span } from './source.js';
import { explainMistake } from './mistakes/syntax-messages.js';
import { createLexer } from './tokens.js';

type Root = 'module' | 'lone';

/** Chevrotain analyses a grammar on construction, which takes some 10 ms, so it is made once and lazily. */
let machinery: { lexer: ReturnType<typeof createLexer>; grammar: RuleGrammar } | undefined;

function machine() {
  machinery ??= { lexer: createLexer(), grammar: new RuleGrammar() };
  return machinery;
}

function attempt(root: Root, tokens: readonly IToken[]): Attempt {
  const { grammar } = machine();
  grammar.input = tokens as IToken[];
  const tree = grammar[root]() as CstNode | undefined;
  const [error] = grammar.errors;
  return { tree: error === undefined && tree !== undefined ? tree : null, error };
}

interface Reading {
  readonly builder: Builder;
  readonly tree: CstNode | null;
  readonly comments: Module['comments'];
  /** Grows while the tree is built. */
  readonly findings: Finding[];
}

function read(source: Source, root: Root): Reading {
  const { text } = source;
  const findings: Finding[] = [];
  const report = (problem: Problem, span: Span) => findings.push({ problem, span });
  const builder = createBuilder(source, report);
  const failed = { builder, tree: null, comments: [], findings };
  if (text.length > textMax) {
    report(lexical.tooLarge(text.length), { start: 0, end: 0 });
    return failed;
  }
  const lexed = lex(machine().lexer, text);
  findings.push(...lexed.findings);
  if (lexed.tokens.length > tokensMax) {
    report(lexical.tooManyTokens(lexed.tokens.length), { start: 0, end: 0 });
    return failed;
  }
  const deep = findTooDeep(lexed.tokens);
  if (deep !== undefined) {
    report(lexical.tooDeep, { start: deep.startOffset, end: deep.startOffset + 1 });
    return failed;
  }
  const whole = attempt(root, lexed.tokens);
  if (whole.error === undefined && lexed.findings.length === 0) {
    return { builder, tree: whole.tree, comments: lexed.comments.map(buildComment), findings };
  }
  if (root === 'module') findMore(builder, whole, lexed.tokens, findings);
  else findings.push(...explainExpression(whole, lexed));
  return failed;
}

function explainExpression(whole: Attempt, { tokens, findings }: Lexed): Finding[] {
  if (whole.error === undefined || findings.length > 0) return [];
  const unpaired = findUnpaired(tokens, undefined);
  return unpaired.length > 0 ? unpaired : [explainMistake(whole.error, tokens)];
}

/** For a text that does not parse: the syntax errors of each statement, and the builder's findings for the rest. */
function findMore(builder: Builder, whole: Attempt, tokens: readonly IToken[], findings: Finding[]): void {
  const lexicalFindings = findings.splice(0);
  const recovered = recover((statement) => attempt('module', statement), tokens, lexicalFindings);
  findings.push(...recovered.findings);
  for (const { tree, whole: isWhole } of recovered.trees) {
    // A body may look empty because a line was left out.
    const report = (problem: Problem, span: Span) => {
      if (isWhole || problem.code !== 'empty-body') findings.push({ problem, span });
    };
    checkStatements(createBuilder(builder.source, report), tree);
  }
  if (findings.length === 0 && whole.error !== undefined) {
    findings.push(explainMistake(whole.error, tokens));
  }
}

/** In source order, one per position, up to a limit. */
function toDiagnostics(source: Source, findings: readonly Finding[]): Diagnostic[] {
  const sorted = findings.toSorted((one, other) => one.span.start - other.span.start);
  const places = sorted.filter(({ span }, index) => sorted[index - 1]?.span.start !== span.start);
  const diagnostics = places.slice(0, findingsMax).map(({ problem, span }, index): Diagnostic => {
    const more = index === findingsMax - 1 && places.length > findingsMax;
    return { ...(more ? lexical.tooManyErrors : problem), severity: 'error', span, source };
  });
  return diagnostics;
}

/**
 * The nesting limits leave room on the stack, but the caller may already be deep in it. A text that overflows the stack
 * is refused as nested too deeply.
 */
function guarded<T>(source: Source, parse: () => T, refused: (diagnostics: Diagnostic[]) => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refused(toDiagnostics(source, [{ problem: lexical.tooDeep, span: { start: 0, end: 0 } }]));
  }
}

/**
 * Parses a rule file. `module` is null when the text cannot be read as one; it may be present beside errors, so
 * compile it only when there is no diagnostic of severity `error`.
 */
export function parseModule(
  path: string,
  text: string,
): { module: Module | null; diagnostics: Diagnostic[] } {
  const source = new Source(path, text);
  const parse = () => {
    const { builder, tree, comments, findings } = read(source, 'module');
    const module = tree && buildModule(builder, tree, comments);
    return { module, diagnostics: toDiagnostics(source, findings) };
  };
  return guarded(source, parse, (diagnostics) => ({ module: null, diagnostics }));
}

/** Parses one expression, as `policy eval` is given it. */
export function parseExpression(
  path: string,
  text: string,
): { expression: Expression | null; diagnostics: Diagnostic[] } {
  const source = new Source(path, text);
  const parse = () => {
    const { builder, tree, findings } = read(source, 'lone');
    const root = tree && node(tree, 'expression');
    const expression = root ? builder.expression(root) : null;
    return { expression, diagnostics: toDiagnostics(source, findings) };
  };
  return guarded(source, parse, (diagnostics) => ({ expression: null, diagnostics }));
}
