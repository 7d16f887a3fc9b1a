/**
 * The needs of a rule: ground equality and membership that every one of its bodies requires. A need is necessary, never
 * sufficient: if it is certainly not met, the rule's body is certainly false.
 */
import type { Compiler } from './compiler.js';
import type { Core, CoreBody, CoreLiteral, DecisionGroup, HelperGroup } from '../core.js';
import { factPath } from '../fact-path.js';
import { isArray, isScalar, ValueSet, type Value } from '../../values/value.js';

/** How a need reads the facts: the value of one, the members of one, or fields of its members. */
export interface IndexKey {
  readonly kind: 'equals' | 'contains' | 'member-field';
  /** Names the key: two needs with the same text read the same facts. */
  readonly text: string;
  readonly fact: Core;
  /**
   * Of `member-field`: from the members of the fact to the value. All but the last are collections, of which the
   * members are read: `tables`, `name` below `sql.statements`.
   */
  readonly fields: readonly MemberField[];
}
export interface MemberField {
  readonly name: string;
  /** Whether the schema promises it for each member, so that a missing one is unknown. */
  readonly promised: boolean;
}
/** One of these values must be present. */
export interface Need {
  readonly key: IndexKey;
  readonly values: ReadonlySet<Value>;
}
export type Needs = ReadonlyMap<string, Need>;

/** What the schema says of the facts. */
type NeedsContext = Pick<Compiler, 'schema' | 'promised'>;

/** More values than this are no help, and would fill the index. */
const valuesMax = 32;
/** How deeply helper rules are followed. */
const depthMax = 8;

export function needsOf(group: DecisionGroup, c: NeedsContext): Needs {
  return either(group.clauses.map(({ body }) => bodyNeeds(body, c, 0)));
}

/** The collection whose members a variable stands for. */
interface Collection {
  readonly fact: Core;
  readonly path: string;
  readonly fields: readonly MemberField[];
}
/** By the slots of variables. */
type Collections = ReadonlyMap<number, Collection>;

function bodyNeeds(body: CoreBody, c: NeedsContext, depth: number): Needs {
  const needs = new Map<string, Need>();
  const collections = new Map<number, Collection>();
  for (const literal of body.literals) {
    noteCollection(literal, collections, c);
    if (literal.kind === 'condition')
      for (const need of conditionNeeds(literal.expression, collections, c, depth).values()) add(needs, need);
  }
  return needs;
}

/** `some s in sql.statements`: a need of `s` is a need of some member of the collection; `some t in s.tables` too. */
function noteCollection(literal: CoreLiteral, collections: Map<number, Collection>, c: NeedsContext): void {
  if (literal.kind !== 'some' || literal.value.kind !== 'variable') return;
  const { slot } = literal.value;
  const fact = factPath(literal.collection, c.schema);
  const inside = fact === null ? memberField(literal.collection, collections, c) : null;
  if (fact !== null)
    collections.set(slot, { fact: literal.collection, path: fact.path.join('.'), fields: [] });
  else if (inside !== null) collections.set(slot, inside);
}

/** `t.name`, if `t` is a member of a known collection. */
function memberField(core: Core, collections: Collections, c: NeedsContext): Collection | null {
  if (core.kind !== 'step' || core.base.kind !== 'local') return null;
  if (core.key.kind !== 'constant' || typeof core.key.value !== 'string') return null;
  const collection = collections.get(core.base.slot);
  if (collection === undefined) return null;
  const name = core.key.value;
  const field = { name, promised: c.promised.has(core) };
  return {
    fact: collection.fact,
    path: `${collection.path}[].${name}`,
    fields: [...collection.fields, field],
  };
}

/** Of two needs on one key, keeps the narrower. */
function add(needs: Map<string, Need>, need: Need): void {
  const before = needs.get(need.key.text);
  if (before === undefined || need.values.size < before.values.size) needs.set(need.key.text, need);
}

function conditionNeeds(core: Core, collections: Collections, c: NeedsContext, depth: number): Needs {
  const inside = (part: Core) => conditionNeeds(part, collections, c, depth);
  if (core.kind === 'binary' && core.operator === 'and') {
    const needs = new Map(inside(core.left));
    for (const need of inside(core.right).values()) add(needs, need);
    return needs;
  }
  if (core.kind === 'binary' && core.operator === 'or')
    return either([inside(core.left), inside(core.right)]);
  if (core.kind === 'rule') return helperNeeds(core.rule, c, depth + 1);
  const need = groundNeed(core, collections, c);
  return need === null ? new Map() : new Map([[need.key.text, need]]);
}

/** A helper rule holds only if one of its branches does; with a default it may always have a value. */
function helperNeeds(group: HelperGroup, c: NeedsContext, depth: number): Needs {
  if (depth > depthMax || group.kind !== 'complete' || group.default !== null) return new Map();
  return either(
    group.clauses.flatMap(({ branches }) => branches.map(({ body }) => bodyNeeds(body, c, depth))),
  );
}

/** What all alternatives need: any of the values that one of them needs. */
function either(alternatives: readonly Needs[]): Needs {
  const [first, ...rest] = alternatives;
  const needs = new Map<string, Need>();
  for (const [text, need] of first ?? []) {
    const values = new Set(need.values);
    const others = rest.map((other) => other.get(text));
    if (others.includes(undefined)) continue;
    for (const other of others) for (const value of other!.values) values.add(value);
    if (values.size <= valuesMax) needs.set(text, { key: need.key, values });
  }
  return needs;
}

function groundNeed(core: Core, collections: Collections, c: NeedsContext): Need | null {
  if (core.kind === 'binary' && core.operator === '==') {
    const [fact, literal] = core.left.kind === 'constant' ? [core.right, core.left] : [core.left, core.right];
    return needFor(fact, constantsOf(literal, false), collections, c);
  }
  if (core.kind !== 'membership' || core.key !== null) return null;
  if (core.value.kind !== 'constant')
    return needFor(core.value, constantsOf(core.collection, true), collections, c);
  const path = factPath(core.collection, c.schema);
  if (path === null || !isScalar(core.value.value)) return null;
  const text = `${path.path.join('.')} contains`;
  return {
    key: { kind: 'contains', text, fact: core.collection, fields: [] },
    values: new Set([core.value.value]),
  };
}

function needFor(
  core: Core,
  values: ReadonlySet<Value> | null,
  collections: Collections,
  c: NeedsContext,
): Need | null {
  const key = values === null || values.size > valuesMax ? null : keyOf(core, collections, c);
  return key === null ? null : { key, values: values! };
}

function keyOf(core: Core, collections: Collections, c: NeedsContext): IndexKey | null {
  const path = factPath(core, c.schema);
  if (path !== null) return { kind: 'equals', text: path.path.join('.'), fact: core, fields: [] };
  const member = memberField(core, collections, c);
  return member && { kind: 'member-field', text: member.path, fact: member.fact, fields: member.fields };
}

/** The scalars of a literal, or of the members of one; null if a part is not constant. */
function constantsOf(core: Core, members: boolean): ReadonlySet<Value> | null {
  if (!members) return core.kind === 'constant' && isScalar(core.value) ? new Set([core.value]) : null;
  if (core.kind === 'set' || core.kind === 'array') {
    const values = core.elements.map((element) => (element.kind === 'constant' ? element.value : undefined));
    return values.every((value) => value !== undefined && isScalar(value))
      ? new Set(values as Value[])
      : null;
  }
  if (core.kind !== 'constant') return null;
  const { value } = core;
  const items = isArray(value) ? value : value instanceof ValueSet ? value.items : null;
  return items?.every(isScalar) === true ? new Set(items) : null;
}
