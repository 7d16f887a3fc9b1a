/** Text → tree. The one way into the language: never throws, whatever the text. */
import type { CstNode } from 'chevrotain';
import type { Expression, Module } from './ast.js';
import { buildBody, buildLiterals, buildModifier } from './build-body.js';
import { buildExpression, buildPath } from './build-expression.js';
import { buildComment, buildModule } from './build-module.js';
import { buildPattern } from './build-pattern.js';
import type { Builder, Problem } from './builder.js';
import type { Diagnostic } from './diagnostic.js';
import { RuleGrammar } from './grammar.js';
import { Source, type Span } from './source.js';
import { createLexer } from './tokens.js';

function createBuilder(source: Source, report: (problem: Problem, span: Span) => void): Builder {
  const b: Builder = {
    source,
    report,
    operators: 0,
    expression: (at) => buildExpression(b, at),
    path: (at) => buildPath(b, at),
    pattern: (at) => buildPattern(b, at),
    body: (at) => buildBody(b, at),
    literals: (at) => buildLiterals(b, at),
    modifier: (at) => buildModifier(b, at),
  };
  return b;
}

/** Chevrotain analyses a grammar when it is made, which takes some 10 ms: once, and only when something is parsed. */
let machinery: { lexer: ReturnType<typeof createLexer>; grammar: RuleGrammar } | undefined;

function machine() {
  machinery ??= { lexer: createLexer(), grammar: new RuleGrammar() };
  return machinery;
}

interface Parsed {
  readonly tree: CstNode | null;
  readonly builder: Builder;
  readonly comments: Module['comments'];
  readonly diagnostics: Diagnostic[];
}

function parse(path: string, text: string, rule: 'module' | 'lone'): Parsed {
  const { lexer, grammar } = machine();
  const source = new Source(path, text);
  const diagnostics: Diagnostic[] = [];
  const report = (problem: Problem, span: Span) => {
    diagnostics.push({ ...problem, severity: 'error', span, source });
  };
  const lexed = lexer.tokenize(text);
  grammar.input = lexed.tokens;
  const tree = grammar[rule]() as CstNode | undefined;
  for (const error of grammar.errors) {
    const at = Number.isNaN(error.token.startOffset) ? text.length : error.token.startOffset;
    report(
      { code: 'syntax', message: `this is not expected here`, help: error.message },
      { start: at, end: at + error.token.image.length },
    );
  }
  return {
    tree: grammar.errors.length === 0 && tree ? tree : null,
    builder: createBuilder(source, report),
    comments: (lexed.groups['comments'] ?? []).map(buildComment),
    diagnostics,
  };
}

/**
 * Parses a rule file. `module` is null when the text cannot be read as one; it may be present beside errors, so
 * compile it only when there is no diagnostic of severity `error`.
 */
export function parseModule(
  path: string,
  text: string,
): { module: Module | null; diagnostics: Diagnostic[] } {
  const { tree, builder, comments, diagnostics } = parse(path, text, 'module');
  return { module: tree && buildModule(builder, tree, comments), diagnostics };
}

/** Parses one expression, as `policy eval` is given it. */
export function parseExpression(
  path: string,
  text: string,
): { expression: Expression | null; diagnostics: Diagnostic[] } {
  const { tree, builder, diagnostics } = parse(path, text, 'lone');
  const expression = tree?.children['expression']?.[0];
  return {
    expression: expression && 'children' in expression ? builder.expression(expression) : null,
    diagnostics,
  };
}
