/**
 * The rule index: a tree over the needs of rules, so that the cost of a decision depends on the rules that could fire
 * and not on how many exist. It leaves out only rules whose bodies are certainly false; an unknown fact matches every
 * branch.
 */
import type { Compiler, Evaluate } from './compiler.js';
import { createFrame, type Context, type Frame } from '../context.js';
import type { DecisionGroup } from '../core.js';
import { missing } from '../fact-path.js';
import { needsOf, type IndexKey, type MemberField, type Needs } from './index-key.js';
import { membersOf, step } from '../../values/kleene.js';
import { isScalar, Unknown, type Maybe, type Value } from '../../values/value.js';
import { noMembers, unlike } from '../../values/wrong-type.js';

/** The rules that could fire, by their positions among those given, in order. */
export type RuleIndex = (context: Context) => readonly number[];

interface Indexed {
  /** The position among the rules given. */
  readonly place: number;
  readonly needs: Needs;
}

type Node = Leaf | Fork;
interface Leaf {
  readonly kind: 'leaf';
  readonly places: readonly number[];
}
interface Fork {
  readonly kind: 'fork';
  readonly key: IndexKey;
  readonly read: Evaluate;
  readonly branches: ReadonlyMap<Value, Node>;
  /** Rules that do not need this key. */
  readonly others: Node;
}

/** Up to this many rules are evaluated as fast as they are looked up. */
const leafMax = 4;
const depthMax = 3;

/**
 * A rule stands in a branch for each value it needs. Below the first fork the number of values is limited, or rules
 * that need many values of several keys would exhaust memory.
 */
const valuesMax = [32, 4, 4];

function needAt(rule: Indexed, key: string, depth: number): ReadonlySet<Value> | null {
  const values = rule.needs.get(key)?.values;
  return values !== undefined && values.size <= valuesMax[depth]! ? values : null;
}

export function createIndex(c: Compiler, groups: readonly DecisionGroup[]): RuleIndex {
  const rules = groups.map((group, place) => ({ place, needs: needsOf(group, c) }));
  const root = build(c, rules, new Set(), 0);
  return (context) => {
    const found: Leaf[] = [];
    collect(root, createFrame(0, context), found);
    return found.length === 1 ? found[0]!.places : inOrder(found);
  };
}

/** A rule may stand in several leaves. */
function inOrder(leaves: readonly Leaf[]): readonly number[] {
  const places = leaves.flatMap((leaf) => leaf.places).sort((a, b) => a - b);
  return places.filter((place, i) => place !== places[i - 1]);
}

function build(c: Compiler, rules: readonly Indexed[], used: ReadonlySet<string>, depth: number): Node {
  const key = rules.length <= leafMax || depth >= depthMax ? null : chooseKey(rules, used, depth);
  if (key === null) return { kind: 'leaf', places: rules.map(({ place }) => place) };
  const branches = new Map<Value, Indexed[]>();
  for (const rule of rules) {
    for (const value of needAt(rule, key.text, depth) ?? []) {
      const branch = branches.get(value) ?? [];
      branches.set(value, branch);
      branch.push(rule);
    }
  }
  const below = new Set([...used, key.text]);
  const others = rules.filter((rule) => needAt(rule, key.text, depth) === null);
  return {
    kind: 'fork',
    key,
    read: c.expression(key.fact),
    branches: new Map([...branches].map(([value, branch]) => [value, build(c, branch, below, depth + 1)])),
    others: build(c, others, below, depth),
  };
}

/** The most selective key: the one with the most values, the first by name among equals. */
function chooseKey(rules: readonly Indexed[], used: ReadonlySet<string>, depth: number): IndexKey | null {
  const values = new Map<string, { readonly key: IndexKey; readonly seen: Set<Value>; rules: number }>();
  for (const rule of rules) {
    for (const { key } of rule.needs.values()) {
      const wanted = needAt(rule, key.text, depth);
      if (wanted === null || used.has(key.text)) continue;
      const entry = values.get(key.text) ?? { key, seen: new Set(), rules: 0 };
      values.set(key.text, entry);
      for (const value of wanted) entry.seen.add(value);
      entry.rules++;
    }
  }
  let best: { readonly key: IndexKey; readonly seen: Set<Value>; rules: number } | null = null;
  for (const text of [...values.keys()].sort()) {
    const entry = values.get(text)!;
    if (
      best === null ||
      entry.seen.size > best.seen.size ||
      (entry.seen.size === best.seen.size && entry.rules > best.rules)
    )
      best = entry;
  }
  return best?.key ?? null;
}

function collect(node: Node, frame: Frame, found: Leaf[]): void {
  if (node.kind === 'leaf') {
    if (node.places.length > 0) found.push(node);
    return;
  }
  collectBranches(node, frame, found);
  collect(node.others, frame, found);
}

/** The branches that match the facts; all of them if the fact is unknown or of the wrong type. */
function collectBranches({ key, read, branches }: Fork, frame: Frame, found: Leaf[]): void {
  const value = read(frame);
  if (value === undefined) return;
  const values = key.kind === 'equals' ? value : valuesOf(key, value);
  if (values instanceof Unknown || (key.kind === 'equals' && !isScalar(value))) {
    for (const branch of branches.values()) collect(branch, frame, found);
  } else if (key.kind === 'equals') {
    collectBranch(branches, value, frame, found);
  } else {
    for (const member of values as Iterable<Maybe>) collectBranch(branches, member, frame, found);
  }
}

/** An absent value equals no literal of a need and selects no branch. */
function collectBranch(branches: Fork['branches'], value: Maybe, frame: Frame, found: Leaf[]): void {
  const branch = branches.get(value as Value);
  if (branch !== undefined) collect(branch, frame, found);
}

/** The members of a collection, or a field of each of them, without duplicates; unknown if one is not a scalar. */
function valuesOf({ fields }: IndexKey, collection: Value): Iterable<Maybe> | Unknown {
  const values: Maybe[] = [];
  const unknown = gather(collection, fields, 0, values);
  return unknown ?? (values.length < 2 ? values : new Set(values));
}

/** Collects the values of the last field through all members; returns the unknown if something on the way is unknown. */
function gather(
  collection: Value,
  fields: readonly MemberField[],
  depth: number,
  values: Maybe[],
): Unknown | null {
  if (collection instanceof Unknown) return collection;
  if (isScalar(collection)) return noMembers(collection);
  const field = fields[depth];
  for (const member of membersOf(collection)) {
    const value = field === undefined ? member : fieldOf(member, field);
    if (value instanceof Unknown) return value;
    const unknown =
      depth < fields.length - 1 ? gatherBelow(value, fields, depth, values) : add(value, values);
    if (unknown !== null) return unknown;
  }
  return null;
}

function gatherBelow(
  value: Maybe,
  fields: readonly MemberField[],
  depth: number,
  values: Maybe[],
): Unknown | null {
  return value === undefined ? null : gather(value, fields, depth + 1, values);
}

/** Comparing a collection with a scalar is unknown. */
function add(value: Maybe, values: Maybe[]): Unknown | null {
  if (value !== undefined && !isScalar(value)) return unlike(value, null);
  values.push(value);
  return null;
}

function fieldOf(member: Value, { name, promised }: MemberField): Maybe {
  const value = step(member, name);
  return value === undefined && promised ? missing([name]) : value;
}
