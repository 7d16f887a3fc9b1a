/** Expressions in the tree walk, in the order of `docs/language.md`. */
import { never } from '../../errors.js';
import type { Context } from '../context.js';
import type { BinaryCore, ComprehensionCore, Core, EveryCore, StepCore } from '../core.js';
import { callFunction, evaluateWith } from './call.js';
import { gatherMembers, gatherObject, type Entry } from './gather.js';
import { doubtOf } from './body.js';
import type { Environment, Given, Interpreter } from './interpreter.js';
import { isReplaced, lacksData, missingData } from '../document.js';
import { attribute, factPath, missing, readRoot } from '../fact-path.js';
import {
  entriesOf,
  findUnknown,
  holds,
  isEntry,
  isMember,
  isSame,
  not,
  step,
  type Truth,
} from '../../values/kleene.js';
import { negate } from '../../values/number.js';
import { calculate, combine, isNumber, isOrdered } from '../../values/operators.js';
import { renderInTemplate } from '../../values/render.js';
import {
  isObject,
  isScalar,
  property,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from '../../values/value.js';
import { noFields, noMembers } from '../../values/wrong-type.js';

export function evaluateExpression(w: Interpreter, core: Core, environment: Environment): Maybe {
  const { context } = environment;
  const value = (part: Core) => w.evaluate(part, environment);
  switch (core.kind) {
    case 'constant':
      return core.value;
    case 'template':
      return evaluateTemplate(core.parts.map((part) => (typeof part === 'string' ? part : value(part))));
    case 'array':
      return allThere(core.elements.map(value), (values) => values);
    case 'set':
      return allThere(core.elements.map(value), (values) => ValueSet.of(values));
    case 'object':
      return evaluateObject(core.entries.map((entry) => [value(entry.key), value(entry.value)]));
    case 'comprehension':
      return evaluateComprehension(w, core, environment);
    case 'local':
      return environment.variables.get(core.slot);
    case 'input':
      return Object.hasOwn(w.schema.roots, 'input') ? property(context.facts, 'input') : context.facts;
    case 'fact':
      return readRoot(context.facts, core.root, w.schema.roots[core.root]!);
    case 'rule':
      return w.readHelper(core.rule, context);
    case 'document':
      return evaluateDocument(w, core, context);
    case 'step':
      return evaluateStep(w, core, environment);
    case 'call':
      return allThereAsTheyAre(core.arguments.map(value), (args) =>
        callFunction(w, core.callee, args, context),
      );
    case 'not':
      return not(holds(value(core.operand)));
    case 'negate':
      return evaluateNegate(value(core.operand));
    case 'has':
      return isThere(value(core.operand));
    case 'binary':
      return evaluateBinary(core, value);
    case 'membership':
      return evaluateMembership(core.key && [value(core.key)], value(core.value), value(core.collection));
    case 'every':
      return evaluateEvery(w, core, environment);
    case 'exists':
      return someSolution(w.solve(core.body, environment));
    case 'with':
      return evaluateWith(w, core, environment);
    default:
      return never(core);
  }
}

/** Data that no file gives is unknown, unless the rule tolerates that or a test replaces it. */
function evaluateDocument(w: Interpreter, core: Core & { kind: 'document' }, context: Context): Maybe {
  const value = w.readDocument(core.document, context);
  const known = value !== undefined || w.tolerated.has(core) || isReplaced(core.document, context);
  return known || !lacksData(core.document) ? value : missingData(core.document);
}

/** An absent value has a text of its own, so that a template never vanishes; an unknown part makes the text unknown. */
function evaluateTemplate(parts: readonly Maybe[]): Value {
  for (const part of parts) {
    const unknown = part === undefined ? null : findUnknown(part);
    if (unknown !== null) return unknown;
  }
  return parts.map(renderInTemplate).join('');
}

/** Absent if a part is absent. */
function allThereAsTheyAre(parts: readonly Maybe[], make: (values: readonly Value[]) => Maybe): Maybe {
  return parts.includes(undefined) ? undefined : make(parts as readonly Value[]);
}

/** Absent if a part is absent, and unknown if a part is unknown, because it may be absent. */
function allThere(parts: readonly Maybe[], make: (values: readonly Value[]) => Maybe): Maybe {
  return allThereAsTheyAre(
    parts,
    (values) => values.find((value) => value instanceof Unknown) ?? make(values),
  );
}

function evaluateObject(entries: readonly (readonly [key: Maybe, value: Maybe])[]): Maybe {
  if (entries.some((entry) => entry.includes(undefined))) return undefined;
  const unknown = entries.map(([, value]) => value).find((value) => value instanceof Unknown);
  const there = entries.map(([key, value]): Entry => ({
    keys: [key!],
    value: value!,
    doubt: null,
    member: false,
  }));
  return unknown ?? gatherObject(there, 'one key of an object has two values');
}

function evaluateComprehension(w: Interpreter, core: ComprehensionCore, environment: Environment): Value {
  const members: Given[] = [];
  const entries: Entry[] = [];
  for (const solution of w.solve(core.body, environment)) {
    const key = core.key === null ? undefined : w.evaluate(core.key, solution.environment);
    const value = w.evaluate(core.value, solution.environment);
    if (value === undefined || (core.key !== null && key === undefined)) continue;
    const { doubt } = solution;
    if (key === undefined) members.push({ value, doubt });
    else entries.push({ keys: [key], value, doubt, member: false });
  }
  if (core.of === 'object') return gatherObject(entries, 'one key of an object has two values');
  return core.of === 'set' ? ValueSet.of(gatherMembers(members)) : gatherMembers(members);
}

/** A fact that the schema promises and that is missing is unknown, not absent. */
function evaluateStep(w: Interpreter, core: StepCore, environment: Environment): Maybe {
  const base = w.evaluate(core.base, environment);
  if (base === undefined) return undefined;
  const fact = factPath(core, w.schema);
  if (fact === null) {
    const key = w.evaluate(core.key, environment);
    const { source, span } = core;
    const promised = w.promised.has(core) ? missing([source.text.slice(span.start, span.end)]) : undefined;
    const value = key === undefined ? undefined : step(base, key);
    return key === undefined || value !== undefined ? value : promised;
  }
  if (base instanceof Unknown) return base;
  if (!isObject(base)) return noFields(base, fact.path.at(-1)!);
  const value = property(base, fact.path.at(-1)!);
  const promised = fact.field !== null && fact.field.optional !== true;
  return value === undefined && promised ? missing(fact.path) : attribute(value, fact.path);
}

function evaluateNegate(value: Maybe): Maybe {
  if (value === undefined || value instanceof Unknown) return value;
  return isNumber(value) ? negate(value) : new Unknown('`-` takes numbers');
}

function isThere(value: Maybe): Truth {
  return value instanceof Unknown ? value : value !== undefined;
}

function evaluateBinary({ operator, left, right }: BinaryCore, value: (core: Core) => Maybe): Maybe {
  const a = value(left);
  if (operator === 'and') return both(holds(a), () => holds(value(right)));
  // By De Morgan's laws, which hold in Kleene's logic.
  if (operator === 'or') return not(both(not(holds(a)), () => not(holds(value(right)))));
  if (operator === '??') return a === undefined ? value(right) : a;
  const b = a === undefined ? undefined : value(right);
  return a === undefined || b === undefined ? undefined : operate(operator, a, b);
}

function both(left: Truth, right: () => Truth): Truth {
  if (left === false) return false;
  const other = right();
  return other === false || left === true ? other : left;
}

function operate(operator: Exclude<BinaryCore['operator'], 'and' | 'or' | '??'>, a: Value, b: Value): Value {
  switch (operator) {
    case '==':
      return isSame(a, b);
    case '!=':
      return not(isSame(a, b));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isOrdered(operator, a, b);
    case '|':
    case '&':
      return combine(operator, a, b);
    case '-':
      return a instanceof ValueSet && b instanceof ValueSet ? combine('-', a, b) : calculate('-', a, b);
    case '+':
    case '*':
    case '/':
    case '%':
      return calculate(operator, a, b);
    default:
      return never(operator);
  }
}

/** An unknown value may be absent, and then membership is absent too, even in a value without members. */
function evaluateMembership(key: readonly [Maybe] | null, value: Maybe, collection: Maybe): Maybe {
  if (collection === undefined) return undefined;
  if (key === null) return allThere([value], ([v]) => isMember(v!, collection));
  return allThere([key[0], value], ([k, v]) => isEntry(k!, v!, collection));
}

/** True if there is a certain solution; unknown if there are only uncertain ones. */
function someSolution(solutions: Iterable<{ readonly doubt: Unknown | null }>): Truth {
  let truth: Truth = false;
  for (const { doubt } of solutions) {
    if (doubt === null) return true;
    if (truth === false) truth = doubt;
  }
  return truth;
}

/** False if a certain member fails, whatever else is unknown. */
function evaluateEvery(w: Interpreter, core: EveryCore, environment: Environment): Maybe {
  const members = w.evaluate(core.collection, environment);
  if (members === undefined || members instanceof Unknown) return members;
  if (isScalar(members)) return noMembers(members);
  let truth: Truth = true;
  for (const [key, value] of entriesOf(members)) {
    const own = value instanceof Unknown ? value : holdsForMember(w, core, key, value, environment);
    if (own === false) return false;
    if (own instanceof Unknown) truth = own;
  }
  return truth;
}

function holdsForMember(
  w: Interpreter,
  core: EveryCore,
  key: Value,
  value: Value,
  environment: Environment,
): Truth {
  const { context } = environment;
  const variables = new Map(environment.variables);
  const fitsKey = core.key === null ? true : w.match(core.key, key, variables, context);
  const fits = fitsKey === false ? false : w.match(core.value, value, variables, context);
  if (fits === false) return false;
  const doubt = doubtOf(fitsKey) ?? doubtOf(fits);
  return someSolution(w.solve(core.body, { variables, context }, doubt));
}
