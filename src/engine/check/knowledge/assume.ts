/** Type narrowing: what a condition implies about its values, once it held or did not hold. Nothing is reported from here. */
import { never } from '../../../errors.js';
import type { Builtin } from '../../builtins/define/builtin.js';
import { nested, type Checker } from './checker.js';
import { bound } from './bounds.js';
import { conditionKey, presenceKey } from './condition-key.js';
import type {
  BinaryCore,
  CallCore,
  Core,
  CoreBody,
  CoreLiteral,
  HelperGroup,
  MembershipCore,
} from '../../core.js';
import type { Knowledge } from './knowledge.js';
import { exclude, learn, learnAll, need, ruleType, settle, typeAt, type Conflict } from './learn.js';
import { placeOf, targetType } from './place.js';
import { json, type Type } from '../../../values/schema.js';
import { join, meet, memberTypes, onlyText } from '../types/algebra.js';

/** Takes what follows from the condition into what is known; the answer is what contradicts it, if anything does. */
export function assume(checker: Checker, core: Core, truth: boolean): Conflict | null {
  switch (core.kind) {
    case 'not':
      return assume(checker, core.operand, !truth);
    case 'binary':
      return assumeBinary(checker, core, truth);
    case 'membership':
      return (
        assumeTruth(checker, core, truth) ??
        (truth ? assumeMember(checker, core) : assumeNoMember(checker, core))
      );
    case 'exists':
      return truth ? null : assumeNone(checker, core.body);
    case 'has':
      return truth ? assumePresent(checker, core.operand) : assumeAbsent(checker, core.operand);
    case 'rule':
      return assumeTruth(checker, core, truth) ?? assumeRule(checker, core, truth);
    case 'call':
      return (
        assumeTruth(checker, core, truth) ??
        (truth ? assumeCall(checker, core) : assumeTypeTest(checker, core, false))
      );
    case 'constant':
    case 'template':
    case 'array':
    case 'set':
    case 'object':
    case 'comprehension':
    case 'local':
    case 'input':
    case 'fact':
    case 'document':
    case 'step':
    case 'negate':
    case 'every':
    case 'with':
      return assumeTruth(checker, core, truth) ?? (truth ? assumePresent(checker, core) : null);
    default:
      return never(core);
  }
}

/** `not { … }` over one condition negates that condition; over several, it is not known which of them failed. */
function assumeNone(checker: Checker, { literals }: CoreBody): Conflict | null {
  const [first] = literals;
  if (first?.kind !== 'condition' || literals.length > 1) return null;
  return assume(checker, first.expression, false);
}

/** A condition that is asked again comes out as before. */
function assumeTruth(checker: Checker, core: Core, truth: boolean): Conflict | null {
  const key = conditionKey(checker.aliases, core);
  return key === null ? null : settle(checker, key, truth);
}

function assumeRule(checker: Checker, { rule }: Core & { kind: 'rule' }, truth: boolean): Conflict | null {
  return truth ? learnAll(checker, ruleType(checker, rule).whenTrue) : null;
}

function assumeAbsent(checker: Checker, core: Core): Conflict | null {
  const place = placeOf(checker.aliases, core);
  return place === null ? null : settle(checker, presenceKey(place), false);
}

function assumeBinary(checker: Checker, core: BinaryCore, truth: boolean): Conflict | null {
  const { operator, left, right } = core;
  const again = operator === 'and' || operator === 'or' ? null : assumeTruth(checker, core, truth);
  if (again !== null) return again;
  if (!bound(checker.knowledge, checker.aliases, core, truth)) return { kind: 'truth' };
  switch (operator) {
    case 'and':
    case 'or':
      if ((operator === 'and') === truth)
        return assume(checker, left, truth) ?? assume(checker, right, truth);
      return assumeEither(checker, left, right, truth);
    case '==':
      return truth
        ? (assumePresent(checker, core) ?? assumeEqual(checker, left, right))
        : assumeDifferent(checker, left, right);
    case '!=':
      if (truth) return assumePresent(checker, core) ?? assumeDifferent(checker, left, right);
      // If both sides are certain to be present, not different means equal.
      return left.kind === 'constant' || right.kind === 'constant' ? assumeEqual(checker, left, right) : null;
    case '<':
    case '<=':
    case '>':
    case '>=':
      return truth ? assumePresent(checker, core) : null;
    case '|':
    case '&':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '??':
      return null;
  }
}

/** One of two conditions held (or did not): what both leave is known. */
function assumeEither(checker: Checker, left: Core, right: Core, truth: boolean): Conflict | null {
  const [one, other] = [left, right].map((side) =>
    nested(checker, () => {
      const before = checker.knowledge.parent;
      // The second is evaluated only if the first did not decide.
      const conflict =
        side === left
          ? assume(checker, left, truth)
          : (assume(checker, left, !truth) ?? assume(checker, right, truth));
      return { conflict, known: conflict === null ? knownSince(checker, before) : null };
    }),
  );
  if (one!.known === null) return other!.known === null ? one!.conflict : learnAll(checker, other!.known);
  if (other!.known === null) return learnAll(checker, one!.known);
  for (const [place, type] of one!.known) {
    const second = other!.known.get(place);
    if (second !== undefined) learn(checker, place, json, join(type, second));
  }
  return null;
}

function knownSince(checker: Checker, before: Knowledge | null): Map<string, Type> {
  const all = new Map<string, Type>();
  for (let at: Knowledge | null = checker.knowledge; at !== before && at !== null; at = at.parent)
    for (const [place, type] of at.types) if (!all.has(place)) all.set(place, type);
  return all;
}

function assumeEqual(checker: Checker, left: Core, right: Core): Conflict | null {
  const [leftType, rightType] = [typeAt(checker, left), typeAt(checker, right)];
  return need(checker, left, rightType) ?? need(checker, right, leftType);
}

function assumeDifferent(checker: Checker, left: Core, right: Core): Conflict | null {
  const [leftType, rightType] = [typeAt(checker, left), typeAt(checker, right)];
  const [leftOnly, rightOnly] = [onlyText(leftType), onlyText(rightType)];
  return (
    (rightOnly === null ? null : exclude(checker, left, [rightOnly])) ??
    (leftOnly === null ? null : exclude(checker, right, [leftOnly]))
  );
}

function assumeMember(checker: Checker, core: MembershipCore): Conflict | null {
  const members = memberTypes(typeAt(checker, core.collection));
  return (
    assumePresent(checker, core) ??
    (members === null ? null : need(checker, core.value, members.value)) ??
    (members === null || core.key === null ? null : need(checker, core.key, members.key))
  );
}

function assumeNoMember(checker: Checker, { key, value, collection }: MembershipCore): Conflict | null {
  if (key !== null || (collection.kind !== 'set' && collection.kind !== 'array')) return null;
  const texts = collection.elements.map((element) => onlyText(typeAt(checker, element)));
  return exclude(
    checker,
    value,
    texts.filter((text) => text !== null),
  );
}

/** A call that has a value had arguments that it takes. */
function assumeCall(checker: Checker, core: CallCore): Conflict | null {
  return assumePresent(checker, core) ?? assumeTypeTest(checker, core, true);
}

const typeTests: Readonly<Record<string, Type>> = {
  is_array: { kind: 'array', element: json },
  is_boolean: { kind: 'boolean' },
  is_null: { kind: 'null' },
  is_number: { kind: 'number' },
  is_object: { kind: 'map', value: json },
  is_set: { kind: 'set', element: json },
  is_string: { kind: 'string' },
};

function assumeTypeTest(
  checker: Checker,
  { callee, arguments: args }: CallCore,
  truth: boolean,
): Conflict | null {
  const [argument] = args;
  const tested = 'clauses' in callee || argument === undefined ? undefined : typeTests[callee.name];
  if (tested === undefined) return null;
  if (truth) return need(checker, argument!, tested);
  const type = typeAt(checker, argument!);
  if (type.kind !== 'union') return null;
  const left = type.members.filter((member) => meet(member, tested) === null);
  return left.length === 0 ? null : need(checker, argument!, { kind: 'union', members: left });
}

/** If an expression has a value, so has everything that it requires. */
export function assumePresent(checker: Checker, core: Core): Conflict | null {
  switch (core.kind) {
    case 'fact': {
      const targets = checker.world.schema.roots[core.root]?.targets;
      if (targets === undefined || checker.explicit) return null;
      return learn(checker, targetType, json, { kind: 'string', values: targets });
    }
    case 'step': {
      const place = placeOf(checker.aliases, core);
      const absent = place === null ? null : settle(checker, presenceKey(place), true);
      return absent ?? assumeMembers(checker, core.base) ?? assumePresent(checker, core.key);
    }
    case 'local': {
      const place = placeOf(checker.aliases, core);
      return place === null ? null : settle(checker, presenceKey(place), true);
    }
    case 'negate':
      return assumePresent(checker, core.operand);
    case 'binary':
      return core.operator === 'and' || core.operator === 'or' || core.operator === '??'
        ? null
        : (assumePresent(checker, core.left) ?? assumePresent(checker, core.right));
    case 'membership':
      return assumePresent(checker, core.value) ?? assumeMembers(checker, core.collection);
    case 'rule':
      // A set or an object without members is there as well.
      return core.rule.kind === 'complete'
        ? learnAll(checker, ruleType(checker, core.rule).whenPresent)
        : null;
    case 'call':
      return assumeArguments(checker, core);
    case 'constant':
    case 'template':
    case 'array':
    case 'set':
    case 'object':
    case 'comprehension':
    case 'input':
    case 'document':
    case 'not':
    case 'has':
    case 'every':
    case 'exists':
    case 'with':
      return null;
    default:
      return never(core);
  }
}

/** If something is found in a collection, the collection is present and has members. */
export function assumeMembers(checker: Checker, core: Core): Conflict | null {
  if (core.kind === 'rule') return learnAll(checker, ruleType(checker, core.rule).whenPresent);
  return assumePresent(checker, core);
}

function assumeArguments(checker: Checker, core: CallCore): Conflict | null {
  const { callee } = core;
  const types = 'clauses' in callee ? ruleType(checker, callee).parameters : null;
  let conflict =
    types === null ? null : learnAll(checker, ruleType(checker, callee as HelperGroup).whenPresent);
  core.arguments.forEach((argument, i) => {
    const type = types === null ? parameterType(callee as Builtin, i) : types[i];
    conflict ??= assumePresent(checker, argument) ?? need(checker, argument, type ?? json);
  });
  return conflict;
}

function parameterType({ parameters }: Builtin, index: number): Type | undefined {
  return parameters[Math.min(index, parameters.length - 1)]?.type;
}

/** By literal of a body: what the conditions after it ask of the target's type in so many words. */
export function laterTargets(checker: Checker, literals: readonly CoreLiteral[]): (Type | null)[] {
  const later: (Type | null)[] = [];
  nested(checker, () => {
    checker.explicit = true;
    for (const [i, literal] of [...literals.entries()].reverse()) {
      later[i] = checker.knowledge.types.get(targetType) ?? null;
      if (literal.kind === 'condition') assume(checker, literal.expression, true);
    }
    checker.explicit = false;
  });
  return later;
}
