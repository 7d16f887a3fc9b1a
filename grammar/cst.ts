/** Reads Chevrotain's concrete syntax tree, whose children are named lists of nodes or tokens. */
import type { CstElement, CstNode, IToken } from 'chevrotain';
import type { Span } from './source.js';

function isNode(element: CstElement): element is CstNode {
  return 'children' in element;
}

export function nodes(parent: CstNode, name: string): CstNode[] {
  return (parent.children[name] ?? []).filter(isNode);
}

export function tokens(parent: CstNode, name: string): IToken[] {
  return (parent.children[name] ?? []).filter((element): element is IToken => !isNode(element));
}

export function node(parent: CstNode, name: string): CstNode | undefined {
  return nodes(parent, name)[0];
}

export function token(parent: CstNode, name: string): IToken | undefined {
  return tokens(parent, name)[0];
}

/** A node that the grammar guarantees. */
export function requiredNode(parent: CstNode, name: string): CstNode {
  const found = node(parent, name);
  if (found === undefined) throw new Error(`${parent.name} without ${name}`);
  return found;
}

export function requiredToken(parent: CstNode, name: string): IToken {
  const found = token(parent, name);
  if (found === undefined) throw new Error(`${parent.name} without ${name}`);
  return found;
}

export function tokenSpan(at: IToken): Span {
  return { start: at.startOffset, end: at.startOffset + at.image.length };
}

/** The extent of a node, from its first token to its last. */
export function nodeSpan(at: CstNode): Span {
  const location = at.location;
  if (location?.endOffset === undefined || Number.isNaN(location.startOffset)) return { start: 0, end: 0 };
  return { start: location.startOffset, end: location.endOffset + 1 };
}

export function cover(first: Span, last: Span): Span {
  return { start: first.start, end: last.end };
}
