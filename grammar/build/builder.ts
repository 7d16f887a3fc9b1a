/**
 * What the parts of the tree builder share. Expressions hold bodies and bodies hold expressions, so each part reaches
 * the others through this interface, which avoids import cycles.
 */
import type { CstNode } from 'chevrotain';
import type { Body, Expression, Identifier, Pattern, Reference, Variable, WithModifier } from '../ast.js';
import type { Problem } from '../problem.js';
import type { Source, Span } from '../source.js';

export interface Builder {
  readonly source: Source;
  report(problem: Problem, span: Span): void;

  expression(node: CstNode): Expression;
  /** A name with its dots and brackets, without a call. */
  path(node: CstNode): Reference | Variable;
  pattern(node: CstNode): Pattern;
  body(node: CstNode): Body;
  /** The literals of a comprehension, which have no braces of their own; `around` is the comprehension. */
  literals(node: CstNode, around: Span): Body;
  modifier(node: CstNode): WithModifier;

  /** Operators and prefixes around the expression being built. */
  operators: number;
}

/** A placeholder for missing text. A diagnostic goes with it, so it is never compiled. */
export function missingIdentifier(span: Span): Identifier {
  return { kind: 'identifier', name: '_', span };
}
