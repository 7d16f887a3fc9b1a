/** The resolved program in the units that lint rules inspect: one frame per clause, with the meaning of its variables. */
import type {
  Core,
  CoreBody,
  CoreLiteral,
  CorePattern,
  CoreTest,
  DecisionClause,
  DecisionGroup,
  HelperGroup,
  Program,
} from '../../src/engine/core.js';
import { literalParts, partsOf } from '../../src/engine/core-walk.js';
import type { FactSchema, Field } from '../../src/values/schema.js';

/** What a variable refers to: a value, or any member of one. */
interface Binding {
  readonly core: Core;
  readonly member: boolean;
}
export type Bindings = ReadonlyMap<number, Binding>;

export interface Frame {
  readonly owner: DecisionGroup | HelperGroup | CoreTest;
  /** Null for helpers and tests. */
  readonly clause: DecisionClause | null;
  /** The bodies of the clause, those of its branches one after the other; nested ones are inside the expressions. */
  readonly bodies: readonly CoreBody[];
  /** Every expression of the clause, those inside others too. */
  readonly cores: readonly Core[];
  readonly bindings: Bindings;
}

const frames = new WeakMap<Program, readonly Frame[]>();

/** All clauses of decision rules, of helper rules and of tests. */
export function framesOf(program: Program): readonly Frame[] {
  const known = frames.get(program);
  if (known !== undefined) return known;
  const made = [
    ...program.decisions.flatMap((group) => group.clauses.map((clause) => decisionFrame(group, clause))),
    ...program.helpers.flatMap(helperFrames),
    ...program.tests.map(testFrame),
  ];
  frames.set(program, made);
  return made;
}

export interface DecisionFrame extends Frame {
  readonly owner: DecisionGroup;
  readonly clause: DecisionClause;
}

export function decisionFrames(program: Program): readonly DecisionFrame[] {
  return framesOf(program).filter((frame): frame is DecisionFrame => frame.clause !== null);
}

function decisionFrame(owner: DecisionGroup, clause: DecisionClause): Frame {
  const roots = [clause.reason, clause.by].filter((core) => core !== null);
  return frame(owner, clause, [clause.body], roots);
}

function helperFrames(owner: HelperGroup): Frame[] {
  const clauses = owner.clauses.map(({ branches }) =>
    frame(
      owner,
      null,
      branches.map(({ body }) => body),
      branches.flatMap(({ value, keys }) => [value, ...keys]),
    ),
  );
  return owner.default === null ? clauses : [...clauses, frame(owner, null, [], [owner.default])];
}

function testFrame(owner: CoreTest): Frame {
  const literals = owner.rows.flatMap((row) => (row.kind === 'condition' ? [row.literal] : []));
  const values = owner.rows.flatMap((row) =>
    row.kind === 'command' ? [row.command, ...row.modifiers.flatMap(({ value }) => expression(value))] : [],
  );
  const givens = owner.givens.flatMap(({ value }) => expression(value));
  const table = owner.table === null ? [] : [owner.table];
  return frame(owner, null, [{ literals: [...table, ...literals] }], [...givens, ...values]);
}

function expression(value: Core | object): Core[] {
  return 'kind' in value ? [value] : [];
}

function frame(
  owner: Frame['owner'],
  clause: DecisionClause | null,
  bodies: readonly CoreBody[],
  roots: readonly Core[],
): Frame {
  const bindings = new Map<number, Binding>();
  const cores: Core[] = [];
  const enter = (core: Core): void => {
    cores.push(core);
    if (core.kind === 'every') bindPattern(core.value, core.collection, true, bindings);
    if (core.kind === 'comprehension' || core.kind === 'every' || core.kind === 'exists')
      for (const literal of core.body.literals) bindLiteral(literal, bindings);
    partsOf(core).forEach(enter);
  };
  for (const literal of bodies.flatMap(({ literals }) => literals)) {
    bindLiteral(literal, bindings);
    literalParts(literal).forEach(enter);
  }
  roots.forEach(enter);
  return { owner, clause, bodies, cores, bindings };
}

function bindLiteral(literal: CoreLiteral, bindings: Map<number, Binding>): void {
  if (literal.kind === 'some') bindPattern(literal.value, literal.collection, true, bindings);
  if (literal.kind === 'assign') bindPattern(literal.pattern, literal.value, false, bindings);
}

function bindPattern(
  pattern: CorePattern,
  core: Core,
  member: boolean,
  bindings: Map<number, Binding>,
): void {
  if (pattern.kind === 'variable') bindings.set(pattern.slot, { core, member });
}

/** A step of a fact's path that stands for any member of a collection. */
export const anyMember = '[]';

/** The path of the fact that an expression reads, also through variables: `sql statements [] verb`; null for others. */
export function factOf(core: Core, bindings: Bindings): readonly string[] | null {
  if (core.kind === 'fact') return [core.root];
  if (core.kind === 'local') {
    const binding = bindings.get(core.slot);
    const path = binding === undefined ? null : factOf(binding.core, bindings);
    return path !== null && binding!.member ? [...path, anyMember] : path;
  }
  if (core.kind !== 'step') return null;
  if (core.base.kind === 'input') return stepName(core.key) === null ? null : [stepName(core.key)!];
  const base = factOf(core.base, bindings);
  return base === null ? null : [...base, stepName(core.key) ?? anyMember];
}

export function stepName(key: Core): string | null {
  return key.kind === 'constant' && typeof key.value === 'string' ? key.value : null;
}

/** As people write it: `sql.statements[].verb`. */
export function factName(path: readonly string[]): string {
  return path.reduce((text, step) => (step === anyMember ? `${text}[]` : `${text}.${step}`));
}

/** The schema's description of a fact; a member of a collection has that of its collection. */
export function fieldAt(path: readonly string[], schema: FactSchema): Field | null {
  let field: Field | null = null;
  for (const [index, step] of path.entries()) {
    if (index === 0) field = Object.hasOwn(schema.roots, step) ? schema.roots[step]! : null;
    else if (field !== null) field = below(field, step);
  }
  return field;
}

function below(field: Field, step: string): Field | null {
  const { type } = field;
  if ((type.kind === 'array' || type.kind === 'set') && step === anyMember)
    return { ...field, type: type.element };
  // The description of a map may be about its keys.
  if (type.kind === 'map') return { type: type.value, doc: '', optional: true };
  if (type.kind !== 'object' || !Object.hasOwn(type.fields, step)) return null;
  const next = type.fields[step]!;
  // Everything below an optional value is optional.
  return field.optional === true ? { ...next, optional: true } : next;
}

/**
 * A text that is equal for two expressions exactly if they mean the same: within a clause by the slots of their variables,
 * across clauses by their names.
 */
export function canonical(value: Core | CoreLiteral | CorePattern, locals: 'slots' | 'names'): string {
  return JSON.stringify(value, (key, member: unknown) => {
    switch (key) {
      case 'span':
      case 'source':
      case 'keySpan':
      case 'origin':
        return undefined;
      case 'rule':
      case 'callee':
        return (member as { readonly name: string }).name;
      case 'document':
        return (member as { readonly path: readonly string[] }).path;
      case 'slot':
        return locals === 'slots' ? member : undefined;
      case 'name':
        return locals === 'names' ? member : undefined;
      default:
        return typeof member === 'bigint' ? `${member}n` : member;
    }
  });
}
