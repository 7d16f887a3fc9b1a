/**
 * The type checker: what can be known to be wrong before anything runs. Gradual, in the order of the text, one clause at
 * a time; the parts are in the `check-*` files.
 */
import { never } from '../errors.js';
import { checkRules } from './check-rule.js';
import { checkModifier, inferExpression } from './check-expression.js';
import { reportAt, type Checker } from './checker.js';
import type {
  Clause,
  Core,
  CoreBody,
  CoreLiteral,
  CorePattern,
  CoreTest,
  DecisionClause,
  Program,
} from './core.js';
import type { World } from './scope.js';
import { json, type Type } from './schema.js';
import { describeType, isCondition, memberTypes } from './type-algebra.js';

export function check(program: Program, world: World): void {
  for (const group of program.helpers) {
    for (const clause of group.clauses) checkClause(createChecker(world), clause);
    if (group.default !== null) createChecker(world).infer(group.default);
  }
  for (const group of program.decisions) {
    for (const clause of group.clauses) checkDecision(createChecker(world), clause);
  }
  for (const test of program.tests) checkTest(createChecker(world), test);
  checkRules(program, world);
}

export function createChecker(world: World): Checker {
  const checker: Checker = {
    world,
    locals: new Map(),
    infer: (core) => inferExpression(checker, core),
    body: (body) => checkBody(checker, body),
    condition: (core) => checkCondition(checker, core),
    bind: (pattern, type) => bindPattern(checker, pattern, type),
  };
  return checker;
}

function checkClause(checker: Checker, clause: Clause): void {
  for (const parameter of clause.parameters) checker.bind(parameter, json);
  for (const { body, value, keys } of clause.branches) {
    checker.body(body);
    checker.infer(value);
    for (const key of keys) checker.infer(key);
  }
}

function checkDecision(checker: Checker, clause: DecisionClause): void {
  checker.body(clause.body);
  if (clause.reason !== null) checker.infer(clause.reason);
  if (clause.by === null) return;
  const type = checker.infer(clause.by);
  if (type.kind === 'json' || type.kind === 'set' || type.kind === 'array') return;
  const help = 'write `by {"dba"}`';
  reportAt(
    checker,
    { code: 'bad-groups', message: `\`by\` takes a set of groups, not ${describeType(type)}`, help },
    clause.by,
  );
}

function checkTest(checker: Checker, test: CoreTest): void {
  for (const given of test.givens) checkModifier(checker, given);
  for (const row of test.rows) {
    if (row.kind === 'condition') {
      checkLiteral(checker, row.literal);
      continue;
    }
    for (const modifier of row.modifiers) checkModifier(checker, modifier);
    checker.infer(row.command);
  }
}

function checkBody(checker: Checker, body: CoreBody): void {
  for (const literal of body.literals) checkLiteral(checker, literal);
}

function checkLiteral(checker: Checker, literal: CoreLiteral): void {
  switch (literal.kind) {
    case 'condition':
      checker.condition(literal.expression);
      return;
    case 'assign':
      checker.bind(literal.pattern, checker.infer(literal.value));
      return;
    case 'some': {
      const type = checker.infer(literal.collection);
      const members = memberTypes(type);
      if (members === null) {
        const message = `${describeType(type)} has no members`;
        reportAt(checker, { code: 'not-a-collection', message }, literal.collection);
      }
      if (literal.key !== null) checker.bind(literal.key, members?.key ?? json);
      checker.bind(literal.value, members?.value ?? json);
      return;
    }
    default:
      never(literal);
  }
}

function checkCondition(checker: Checker, core: Core): void {
  const type = checker.infer(core);
  if (isCondition(type)) return;
  const help =
    type.kind === 'set' || type.kind === 'array'
      ? 'ask for its members: `count(xs) > 0`, `x in xs`'
      : 'compare it with `==`';
  reportAt(
    checker,
    { code: 'not-a-condition', message: `${describeType(type)} is no condition`, help },
    core,
  );
}

function bindPattern(checker: Checker, pattern: CorePattern, type: Type): void {
  switch (pattern.kind) {
    case 'variable':
      checker.locals.set(pattern.slot, type);
      return;
    case 'wildcard':
      return;
    case 'constant':
      checker.infer(pattern.value);
      return;
    case 'array':
      for (const element of pattern.elements)
        checker.bind(element, type.kind === 'array' ? type.element : json);
      return;
    case 'object':
      for (const { key, value } of pattern.entries) {
        const field =
          type.kind === 'object' && Object.hasOwn(type.fields, key) ? type.fields[key]!.type : json;
        checker.bind(value, type.kind === 'map' ? type.value : field);
      }
      return;
    default:
      never(pattern);
  }
}
