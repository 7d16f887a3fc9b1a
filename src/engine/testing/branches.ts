/** What tests of a rule set can cover: its rules, and every condition in them. */
import type { Core, CoreBody, CoreLiteral, DecisionGroup, HelperGroup, Origin, Program } from '../core.js';
import { literalParts, partsOf } from '../core-walk.js';

/** Something that comes out one way or another each time it is evaluated. */
export interface Condition {
  /** `binding` is `some … in` and `:=`: it finds a solution or none. */
  readonly kind: 'condition' | 'binding';
  readonly origin: Origin;
  /** What a tracer reports: an expression, or a literal that binds. */
  readonly of: Core | CoreLiteral;
}

/** One written rule. */
export interface Triable {
  /** `deny ci.orders.drop`, `ci.orders.prod`, or `applies`. */
  readonly name: string;
  /** The position of its name. */
  readonly at: Pick<Core, 'source' | 'span'>;
  /** The decision rule, which is reported when it fires; null for other rules. */
  readonly group: DecisionGroup | null;
  /** For other rules: the expressions that may give its value. */
  readonly values: readonly Core[];
  readonly conditions: readonly Condition[];
}

/** In the order of the program; the `applies` of a file comes with the first rule that it guards. */
export function triablesOf(program: Program): Triable[] {
  const guards = new Set<HelperGroup>();
  const decisions = program.decisions.flatMap((group) =>
    group.clauses.flatMap((clause) => {
      const guard = guardOf(clause.body);
      const fresh = guard !== null && !guards.has(guard);
      if (guard !== null) guards.add(guard);
      const { name, span } = clause.written;
      const rule: Triable = {
        name: `${group.shadow ? 'shadow ' : ''}${group.effect} ${group.id}`,
        at: { source: clause.source, span: name?.span ?? span },
        group,
        values: [],
        conditions: conditionsOf(clause.body),
      };
      return fresh ? [...helperTriables(guard, 'applies'), rule] : [rule];
    }),
  );
  const helpers = program.helpers.filter((group) => !guards.has(group));
  return [...decisions, ...helpers.flatMap((group) => helperTriables(group, group.name))];
}

function helperTriables(group: HelperGroup, name: string): Triable[] {
  const clauses = group.clauses.map(({ branches, ...at }) => ({
    name,
    at,
    group: null,
    values: branches.map(({ value }) => value),
    conditions: [
      ...branches.flatMap(({ body }) => conditionsOf(body)),
      ...branches.flatMap(({ value, keys }) => [...keys, value].flatMap(innerConditions)),
    ],
  }));
  if (group.default === null) return clauses;
  const fallback = { name: `default ${name}`, at: group.default, group: null, values: [group.default] };
  return [...clauses, { ...fallback, conditions: [] }];
}

/** The hidden rule of `applies`, which is read like any other and counted once. */
function guardOf({ literals }: CoreBody): HelperGroup | null {
  const expression = literals[0]?.kind === 'condition' ? literals[0].expression : null;
  return expression?.kind === 'rule' && isGuard(expression) ? expression.rule : null;
}

function isGuard(core: Core & { kind: 'rule' }): boolean {
  return core.span === core.rule.span;
}

function conditionsOf({ literals }: CoreBody): Condition[] {
  return literals.flatMap((literal) => [
    ...ownConditions(literal),
    ...literalParts(literal).flatMap(innerConditions),
  ]);
}

/** Bodies inside of expressions: comprehensions, `every`, `not { … }` and `unless` clauses. */
function innerConditions(core: Core): Condition[] {
  const body =
    core.kind === 'comprehension' || core.kind === 'every' || core.kind === 'exists' ? core.body : null;
  const own = body?.literals.flatMap(ownConditions) ?? [];
  return [...own, ...partsOf(core).flatMap(innerConditions)];
}

function ownConditions(literal: CoreLiteral): Condition[] {
  const { origin } = literal;
  if (literal.kind !== 'condition') return [{ kind: 'binding', origin, of: literal }];
  const { expression } = literal;
  if (expression.kind === 'rule' && isGuard(expression)) return [];
  // The `not` of an `unless` is not in the source; its conditions are.
  if (isUnless(expression)) return [];
  return leavesOf(expression).map((of) => ({ kind: 'condition', origin, of }));
}

function isUnless(core: Core): boolean {
  if (core.kind !== 'not' || core.operand.kind !== 'exists') return false;
  return core.operand.body.literals.every(({ origin }) => origin === 'unless');
}

/** `a and (b or not c)` is three conditions. */
function leavesOf(core: Core): Core[] {
  if (core.kind === 'binary' && (core.operator === 'and' || core.operator === 'or'))
    return [...leavesOf(core.left), ...leavesOf(core.right)];
  if (core.kind !== 'not' || core.operand.kind !== 'binary') return [core];
  const inner = leavesOf(core.operand);
  return inner.length === 1 ? [core] : inner;
}
