/** The tree below `data`: packages and their rules, and the values of data files. */
import type { Context } from './context.js';
import type { DecisionGroup, DocumentNode, Program } from './core.js';
import { isObject, property, Unknown, type Maybe, type ValueObject } from '../values/value.js';

export function createDocuments(data: ValueObject): DocumentNode {
  return createNode([], data);
}

function createNode(path: readonly string[], data: Maybe): DocumentNode {
  return { kind: 'document', path, children: new Map(), data, rule: null, decisions: [], virtual: false };
}

/** The node one step below, created on first use. */
export function childDocument(node: DocumentNode, key: string): DocumentNode {
  let child = node.children.get(key);
  if (child === undefined) {
    child = createNode([...node.path, key], isObject(node.data) ? property(node.data, key) : undefined);
    node.children.set(key, child);
  }
  return child;
}

export function documentAt(root: DocumentNode, path: readonly string[]): DocumentNode {
  return path.reduce(childDocument, root);
}

/** Whether neither a data file nor a rule gives anything at or below a path that rules name. */
export function lacksData({ path, data, virtual }: DocumentNode): boolean {
  return path.length > 0 && data === undefined && !virtual;
}

/** The value read there: what a missing file would have said is unknown. */
export function missingData({ path }: DocumentNode): Unknown {
  return new Unknown('no data file has it', ['data', ...path].join('.'));
}

/** Whether a test replaces the value at a path, even with nothing. */
export function isReplaced({ path }: DocumentNode, { overrides }: Pick<Context, 'overrides'>): boolean {
  return overrides.some((override) => override.path.every((key, i) => key === path[i]));
}

/** Whether a path has only shadow rules, which reading the whole package does not include. */
export function isTriedOut({ decisions, rule, children }: DocumentNode): boolean {
  return (
    rule === null &&
    decisions.length > 0 &&
    decisions.every(({ shadow }) => shadow) &&
    ![...children.values()].some(({ virtual }) => virtual)
  );
}

/** If real rules and shadow rules share a name, the real ones. */
export function countedDecisions({ decisions }: DocumentNode): readonly DecisionGroup[] {
  const real = decisions.filter(({ shadow }) => !shadow);
  return real.length === 0 ? decisions : real;
}

/** Marks the path to a rule as dependent on facts. */
export function markVirtual(root: DocumentNode, path: readonly string[]): void {
  let node = root;
  node.virtual = true;
  for (const key of path) {
    node = childDocument(node, key);
    node.virtual = true;
  }
}

/** Every rule at or below a node. */
export function* rulesBelow(
  node: DocumentNode,
): Generator<Program['helpers'][number] | Program['decisions'][number]> {
  if (!node.virtual) return;
  if (node.rule !== null) yield node.rule;
  yield* node.decisions;
  for (const child of node.children.values()) yield* rulesBelow(child);
}

/** A decision rule is true if it fired. */
export function isDecision(document: DocumentNode): boolean {
  return document.decisions.length > 0 && document.rule === null && document.children.size === 0;
}
