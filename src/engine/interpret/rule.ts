/** Helper rules, functions and documents in the tree walk. */
import { replaceAt } from '../../values/answer.js';
import type { Context } from '../context.js';
import type { Branch, Clause, DocumentNode, HelperGroup } from '../core.js';
import { gatherMembers, gatherObject, gatherValue, isThereForCertain, type Entry } from './gather.js';
import { emptyEnvironment, type Environment, type Given, type Interpreter } from './interpreter.js';
import { countedDecisions, isTriedOut } from '../document.js';
import { isEqual, step, type Truth } from '../../values/kleene.js';
import { compare, isObject, Unknown, ValueSet, type Maybe, type Value } from '../../values/value.js';

export function evaluateRule(
  w: Interpreter,
  group: HelperGroup,
  args: readonly Value[],
  context: Context,
): Maybe {
  const branches = group.clauses.flatMap((clause) => clause.branches);
  switch (group.kind) {
    case 'set': {
      const given = branches.flatMap((branch) => [
        ...solutionsOf(w, branch, emptyEnvironment(context), null),
      ]);
      return ValueSet.of(gatherMembers(given));
    }
    case 'object': {
      const entries = branches.flatMap((branch) => [...entriesOf(w, branch, emptyEnvironment(context))]);
      return gatherObject(entries, `one key of \`${group.name}\` has two values`);
    }
    case 'complete':
    case 'function': {
      const conflict = `\`${group.name}\` has two values at once`;
      const given = group.clauses.flatMap((clause) => evaluateClause(w, clause, args, context, conflict));
      const value = gatherValue(given, conflict);
      const fallback = value === undefined ? group.default : null;
      return fallback === null ? value : w.evaluate(fallback, emptyEnvironment(context));
    }
  }
}

/** What each solution of a branch gives. */
function* solutionsOf(
  w: Interpreter,
  { body, value }: Branch,
  environment: Environment,
  initial: Unknown | null,
): Iterable<Given> {
  for (const solution of w.solve(body, environment, initial)) {
    const found = w.evaluate(value, solution.environment);
    if (found !== undefined) yield { value: found, doubt: solution.doubt };
  }
}

function* entriesOf(w: Interpreter, branch: Branch, environment: Environment): Iterable<Entry> {
  for (const solution of w.solve(branch.body, environment)) {
    const keys = branch.keys.map((key) => w.evaluate(key, solution.environment));
    const value = w.evaluate(branch.value, solution.environment);
    if (value === undefined || keys.includes(undefined)) continue;
    yield { keys: keys as Value[], value, doubt: solution.doubt, member: branch.member };
  }
}

function evaluateClause(
  w: Interpreter,
  clause: Clause,
  args: readonly Value[],
  context: Context,
  conflict: string,
): readonly Given[] {
  const variables = new Map<number, Value>();
  let fits: Truth = true;
  for (const [i, parameter] of clause.parameters.entries()) {
    const own = w.match(parameter, args[i]!, variables, context);
    if (own === false) return [];
    if (fits === true) fits = own;
  }
  const doubt = fits instanceof Unknown ? fits : null;
  const answers = clause.branches.map((branch) => () => [
    ...solutionsOf(w, branch, { variables, context }, doubt),
  ]);
  return answers.length === 1 ? answers[0]!() : firstThatHolds(answers, conflict);
}

/**
 * `… else …`: the first branch that holds gives the value. If a branch only may hold, a later one may apply, so the
 * value is certain only if it is the same.
 */
function firstThatHolds(branches: readonly (() => readonly Given[])[], conflict: string): readonly Given[] {
  const possible: Value[] = [];
  let doubt: Unknown | null = null;
  const asPossible = () => possible.map((value) => ({ value, doubt }));
  for (const branch of branches) {
    const given = branch();
    const value = gatherValue(given, conflict);
    if (value === undefined) continue;
    if (!(value instanceof Unknown)) {
      const agreed = possible.every((other) => isEqual(other, value) === true);
      return agreed ? [{ value, doubt: null }] : [...asPossible(), { value, doubt }];
    }
    if (isThereForCertain(given)) return [{ value, doubt: null }];
    doubt ??= value;
    possible.push(...given.map((one) => one.value));
  }
  return asPossible();
}

/** A path below `data`: the values of files and rules, with the replacements of `with`. */
export function evaluateDocument(w: Interpreter, document: DocumentNode, context: Context): Maybe {
  const { path } = document;
  let value = naturalValue(w, document, context);
  for (const override of context.overrides) {
    if (startsWith(path, override.path))
      value = path.slice(override.path.length).reduce<Maybe>(stepInto, override.value);
    else if (startsWith(override.path, path))
      value = replaceAt(value, override.path.slice(path.length), override.value);
  }
  return value;
}

function naturalValue(w: Interpreter, document: DocumentNode, context: Context): Maybe {
  const { rule, decisions } = document;
  if (!document.virtual) return document.data;
  if (rule !== null) return rule.kind === 'function' ? undefined : w.callRule(rule, [], context);
  if (decisions.length > 0) {
    const outcomes = countedDecisions(document).map((group) => w.readDecision(group, context));
    if (outcomes.some(({ fired }) => fired)) return true;
    return outcomes.find(({ unknown }) => unknown !== null)?.unknown ?? undefined;
  }
  const object = Object.create(null) as Record<string, Value>;
  if (isObject(document.data)) Object.assign(object, document.data);
  const children = [...document.children].filter(([, child]) => child.virtual && !isTriedOut(child));
  for (const [key, child] of children.sort(([a], [b]) => compare(a, b))) {
    const value = w.readDocument(child, context);
    if (value !== undefined) object[key] = value;
  }
  return object;
}

function startsWith(path: readonly string[], prefix: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((key, i) => key === path[i]);
}

function stepInto(base: Maybe, key: string): Maybe {
  return base === undefined ? undefined : step(base, key);
}
