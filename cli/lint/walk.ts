/** Walking the tree as it was written: every node, with the nodes around it. */
import type {
  AppliesClause,
  Body,
  DecisionRule,
  DefaultRule,
  ElseBranch,
  Expectation,
  Expression,
  Given,
  HelperRule,
  Identifier,
  Import,
  Literal,
  MaskMethod,
  Module,
  PackageName,
  PathStep,
  Pattern,
  Selector,
  TestBlock,
  TestRow,
  WithModifier,
} from '../../grammar/ast.js';

/** Whatever has a span, apart from comments and the module itself. */
export type AnyNode =
  | AppliesClause
  | Body
  | DecisionRule
  | DefaultRule
  | ElseBranch
  | Expectation
  | Expression
  | Given
  | HelperRule
  | Identifier
  | Import
  | Literal
  | MaskMethod
  | PackageName
  | PathStep
  | Pattern
  | Selector
  | TestBlock
  | TestRow
  | WithModifier;

export interface Placed {
  readonly node: AnyNode;
  readonly parent: Placed | null;
}

export function placeNodes(module: Module): readonly Placed[] {
  const found: Placed[] = [];
  const parts = [module.package, ...module.imports, ...module.statements];
  for (const part of parts) visit(part, null, found);
  return found;
}

/**
 * The tree is plain data, so its nodes are recognized by their shape: no list of fields has to be kept in step with the
 * grammar. The parser bounds its depth.
 */
function visit(value: unknown, parent: Placed | null, found: Placed[]): void {
  if (Array.isArray(value)) {
    for (const member of value) visit(member, parent, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  let around = parent;
  if ('kind' in value && 'span' in value) {
    around = { node: value as AnyNode, parent };
    found.push(around);
  }
  for (const [key, member] of Object.entries(value)) if (key !== 'span') visit(member, around, found);
}

/** The nearest enclosing node of a kind. */
export function around<Kind extends AnyNode['kind']>(
  placed: Placed,
  ...kinds: readonly Kind[]
): Extract<AnyNode, { kind: Kind }> | null {
  for (let at = placed.parent; at !== null; at = at.parent) {
    if ((kinds as readonly string[]).includes(at.node.kind))
      return at.node as Extract<AnyNode, { kind: Kind }>;
  }
  return null;
}
