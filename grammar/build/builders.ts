/** Ties the parts of the tree builder together. */
import { buildBody, buildLiterals, buildModifier } from './body.js';
import { buildExpression, buildPath } from './expression.js';
import { buildPattern } from './pattern.js';
import type { Builder } from './builder.js';
import type { Problem } from '../problem.js';
import type { Source, Span } from '../source.js';

export function createBuilder(source: Source, report: (problem: Problem, span: Span) => void): Builder {
  const b: Builder = {
    source,
    report,
    operators: 0,
    expression: (at) => buildExpression(b, at),
    path: (at) => buildPath(b, at),
    pattern: (at) => buildPattern(b, at),
    body: (at) => buildBody(b, at),
    literals: (at, around) => buildLiterals(b, at, around),
    modifier: (at) => buildModifier(b, at),
  };
  return b;
}
