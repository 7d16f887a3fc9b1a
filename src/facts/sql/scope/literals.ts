/**
 * Values that the client's own text gives: constants, and parameters by their numbers. Lineage carries them beside the columns
 * that a value comes from, so that it is known which of them a statement stores, and which columns it overwrites by them.
 *
 * They are kept as a tree that shares its parts: a value that is merged a thousand times over is still one node.
 */
import type { Node } from '../parse/tree.js';
import { as } from '../parse/tree.js';

export type Literals =
  | LiteralValue
  /** `part`: the value is made of them, and is not one of them. `elements`: they are arrays, and it is a member of one. */
  | { readonly kind: 'all' | 'part' | 'elements'; readonly of: readonly Literals[] };

export type LiteralValue =
  /** As it is written: a text without its quotes, the digits of a number, `true`; null is NULL. */
  | { readonly kind: 'constant'; readonly text: string | null; readonly number: boolean }
  /** From 1. */
  | { readonly kind: 'parameter'; readonly number: number };

/** The value of a constant or of a parameter; null if the node is neither. */
export function literalOf(node: Node | undefined): LiteralValue | null {
  const parameter = as(node, 'ParamRef');
  if (parameter !== null) return { kind: 'parameter', number: parameter.number ?? 0 };
  const constant = as(node, 'A_Const');
  if (constant === null) return null;
  const { isnull, sval, ival, fval, boolval, bsval } = constant;
  if (isnull === true) return { kind: 'constant', text: null, number: false };
  if (sval !== undefined) return { kind: 'constant', text: sval.sval ?? '', number: false };
  if (boolval !== undefined)
    return { kind: 'constant', text: boolval.boolval === true ? 'true' : 'false', number: false };
  if (bsval !== undefined) return { kind: 'constant', text: bsval.bsval ?? '', number: false };
  return { kind: 'constant', text: fval?.fval ?? String(ival?.ival ?? 0), number: true };
}

/** Every literal that stands in one of these, whatever it is there for. */
export function literalsIn(nodes: readonly (Node | undefined)[]): LiteralValue[] {
  const found: LiteralValue[] = [];
  const waiting: unknown[] = [...nodes];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== 'object' || node === null) continue;
    const literal = literalOf(node as Node);
    if (literal !== null) found.push(literal);
    else for (const member of Object.values(node) as unknown[]) waiting.push(member);
  }
  return found;
}

export function allOf(found: readonly (Literals | null)[]): Literals | null {
  const of = found.filter((literals) => literals !== null);
  return of.length <= 1 ? (of[0] ?? null) : { kind: 'all', of };
}

export function within(kind: 'part' | 'elements', literals: Literals | null): Literals | null {
  return literals === null || literals.kind === kind ? literals : { kind, of: [literals] };
}

/** One of the values, and what it is to what is stored: the thing itself, a part of it, an array that it is a member of. */
export interface Place {
  readonly value: LiteralValue;
  readonly as: 'all' | 'part' | 'elements';
}

/**
 * Each once in each place, even if it is reached in several ways, those that come last in a list first. A part stays a part,
 * however it is passed on, and is omitted if the literal was also the value itself.
 */
export function* placesOf(literals: Literals): Generator<Place> {
  const seen = { all: new Set<Literals>(), part: new Set<Literals>(), elements: new Set<Literals>() };
  const waiting: { readonly literals: Literals; readonly as: Place['as'] }[] = [{ literals, as: 'all' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen[next.as].has(next.literals)) continue;
    seen[next.as].add(next.literals);
    const { literals: at, as: place } = next;
    const isKnown = place === 'part' && (seen.all.has(at) || seen.elements.has(at));
    if (at.kind === 'constant' || at.kind === 'parameter') {
      if (!isKnown) yield { value: at, as: place };
    } else for (const one of at.of) waiting.push({ literals: one, as: inside(place, at.kind) });
  }
}

function inside(place: Place['as'], kind: Place['as']): Place['as'] {
  if (kind === 'all') return place;
  return place === 'part' ? 'part' : kind;
}
