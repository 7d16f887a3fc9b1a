/** The tree below `data`: packages and their rules, and the values of data files. */
import type { DocumentNode, Program } from './core.js';
import { isObject, property, type Maybe, type ValueObject } from './value.js';

export function createDocuments(data: ValueObject): DocumentNode {
  return createNode([], data);
}

function createNode(path: readonly string[], data: Maybe): DocumentNode {
  return { kind: 'document', path, children: new Map(), data, rule: null, decisions: [], virtual: false };
}

/** The node one step below, made where nobody asked for it before. */
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

/** Marks the way to a rule as depending on facts. */
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
