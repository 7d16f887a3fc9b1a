/**
 * The rule index: a tree over what rules need of the facts, so that the cost of a decision follows the rules that could
 * fire and not the rules that exist. It leaves out only rules whose bodies are false for certain; a fact that is unknown
 * matches every branch.
 */
import type { Compiler, Evaluate } from './compiler.js';
import { createFrame, type Context } from './context.js';
import type { DecisionGroup } from './core.js';
import { missing } from './fact-path.js';
import { needsOf, type IndexKey, type Needs } from './index-key.js';
import { membersOf } from './kleene.js';
import { isObject, isScalar, property, Unknown, type Maybe, type Value } from './value.js';

/** The rules that could fire, in the order in which all of them were given. */
export type RuleIndex = (context: Context) => readonly DecisionGroup[];

interface Indexed {
  readonly group: DecisionGroup;
  readonly order: number;
  readonly needs: Needs;
}

type Node = Leaf | Fork;
interface Leaf {
  readonly kind: 'leaf';
  readonly rules: readonly Indexed[];
}
interface Fork {
  readonly kind: 'fork';
  readonly read: (context: Context) => ReadonlySet<Value> | 'any';
  readonly branches: ReadonlyMap<Value, Node>;
  /** Rules that do not need this key. */
  readonly others: Node;
}

/** So few rules are evaluated as fast as they are looked up. */
const leafMax = 4;
const depthMax = 3;

/**
 * A rule stands in a branch for each value it needs. Below the first fork few values count, or rules that need many of
 * several keys would fill the memory.
 */
const valuesMax = [32, 4, 4];

function needAt(rule: Indexed, key: string, depth: number): ReadonlySet<Value> | null {
  const values = rule.needs.get(key)?.values;
  return values !== undefined && values.size <= valuesMax[depth]! ? values : null;
}

export function createIndex(c: Compiler, groups: readonly DecisionGroup[]): RuleIndex {
  const rules = groups.map((group, order) => ({ group, order, needs: needsOf(group, c) }));
  const root = build(c, rules, new Set(), 0);
  if (root.kind === 'leaf') return () => groups;
  return (context) => {
    const found = new Set<Indexed>();
    collect(root, context, found);
    return [...found].sort((a, b) => a.order - b.order).map(({ group }) => group);
  };
}

function build(c: Compiler, rules: readonly Indexed[], used: ReadonlySet<string>, depth: number): Node {
  const key = rules.length <= leafMax || depth >= depthMax ? null : chooseKey(rules, used, depth);
  if (key === null) return { kind: 'leaf', rules };
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
    read: compileRead(key, c.expression(key.fact)),
    branches: new Map([...branches].map(([value, branch]) => [value, build(c, branch, below, depth + 1)])),
    others: build(c, others, below, depth),
  };
}

/** The key that tells most rules apart: the one with the most values, the first by name among equals. */
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

function collect(node: Node, context: Context, found: Set<Indexed>): void {
  if (node.kind === 'leaf') {
    for (const rule of node.rules) found.add(rule);
    return;
  }
  const values = node.read(context);
  if (values === 'any') {
    for (const branch of node.branches.values()) collect(branch, context, found);
  } else {
    for (const value of values) {
      const branch = node.branches.get(value);
      if (branch !== undefined) collect(branch, context, found);
    }
  }
  collect(node.others, context, found);
}

function compileRead(key: IndexKey, evaluate: Evaluate): Fork['read'] {
  const { field, promised } = key;
  return (context) => {
    const value = evaluate(createFrame(0, context));
    if (value === undefined) return new Set();
    if (value instanceof Unknown) return 'any';
    if (key.kind === 'equals') return scalars([value]);
    const members = membersOf(value);
    return field === null
      ? scalars(members)
      : scalars(members.map((member) => fieldOf(member, field, promised)));
  };
}

function fieldOf(member: Value, field: string, promised: boolean): Maybe {
  if (member instanceof Unknown) return member;
  const value = isObject(member) ? property(member, field) : undefined;
  return value ?? (promised ? missing([field]) : undefined);
}

/** What is no scalar equals no literal of a need. */
function scalars(values: readonly Maybe[]): ReadonlySet<Value> | 'any' {
  const found = new Set<Value>();
  for (const value of values) {
    if (value instanceof Unknown) return 'any';
    if (value !== undefined && isScalar(value)) found.add(value);
  }
  return found;
}
