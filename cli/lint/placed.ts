/** Maps a node of the tree to its meaning in the resolved program. */
import type { Expression } from '../../grammar/ast.js';
import type { Source } from '../../grammar/source.js';
import type { Core, Program } from '../../src/engine/core.js';
import type { Field } from '../../src/values/schema.js';
import { factOf, fieldAt, framesOf, type Bindings } from './frame.js';
import type { LintSet } from './rule.js';
import type { Placed } from './walk.js';

interface Found {
  readonly core: Core;
  readonly bindings: Bindings;
}

const indexes = new WeakMap<Program, Map<Source, Map<string, Found>>>();

/** Expressions by source position; of those that share one, the outermost. */
function indexOf(program: Program): Map<Source, Map<string, Found>> {
  const known = indexes.get(program);
  if (known !== undefined) return known;
  const index = new Map<Source, Map<string, Found>>();
  for (const { cores, bindings } of framesOf(program)) {
    for (const core of cores) {
      const ofSource = index.get(core.source) ?? new Map<string, Found>();
      index.set(core.source, ofSource);
      const key = `${core.span.start}-${core.span.end}`;
      if (!ofSource.has(key)) ofSource.set(key, { core, bindings });
    }
  }
  indexes.set(program, index);
  return index;
}

export function coreAt({ meaning }: LintSet, source: Source, { span }: Expression): Found | null {
  if (meaning === null) return null;
  return indexOf(meaning.program).get(source)?.get(`${span.start}-${span.end}`) ?? null;
}

/** The fact that an expression reads, and its schema. */
export function factAt(
  set: LintSet,
  source: Source,
  node: Expression,
): { readonly path: readonly string[]; readonly field: Field | null } | null {
  const found = coreAt(set, source, node);
  const path = found === null ? null : factOf(found.core, found.bindings);
  return path === null ? null : { path, field: fieldAt(path, set.schema) };
}

/** Whether only the truth of an expression counts at its place, so that false and absent are the same. */
export function isTruth({ parent }: Placed): boolean {
  if (parent === null) return false;
  const { node } = parent;
  if (node.kind === 'condition') return true;
  if (node.kind === 'unary' && node.operator === 'not') return isTruth(parent);
  return node.kind === 'binary' && (node.operator === 'and' || node.operator === 'or') && isTruth(parent);
}

/** Whether an expression is a line of a body by itself. */
export function isLiteral({ parent }: Placed): boolean {
  return parent?.node.kind === 'condition';
}

export function isConstant(expression: Expression): boolean {
  return (
    expression.kind === 'string' ||
    expression.kind === 'number' ||
    expression.kind === 'boolean' ||
    expression.kind === 'null' ||
    expression.kind === 'duration'
  );
}

export function textOf(source: Source, { span }: Expression): string {
  return source.text.slice(span.start, span.end);
}

/** In parentheses if it is more than a name or a literal; the printer removes unneeded ones. */
export function inParentheses(source: Source, expression: Expression): string {
  const text = textOf(source, expression);
  return isConstant(expression) || expression.kind === 'variable' || expression.kind === 'reference'
    ? text
    : `(${text})`;
}

/** The replacement of an expression: in parentheses if operators may stand around it. */
export function standing(placed: Placed, text: string): string {
  return isLiteral(placed) ? text : `(${text})`;
}
