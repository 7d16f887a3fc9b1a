/**
 * The type checker: what can be known to be wrong before anything runs. Gradual, in the order in which rules read each
 * other, one clause at a time; the parts are in the `check-*` files.
 */
import { never } from '../../errors.js';
import { askedOfRules, soughtParts, unasked, type Asked } from './knowledge/asked.js';
import { absentPart, bindAbsent, bindMembers } from './absent.js';
import { assume, assumeMembers, assumePresent, laterTargets } from './knowledge/assume.js';
import { memberHelp } from './help.js';
import { checkConstant } from './constant.js';
import { reportConflict } from './conflict.js';
import { checkModifier, inferExpression, isMock } from './expression.js';
import { checkOverlaps } from './overlap.js';
import { bindPattern, typeOfPattern } from './pattern.js';
import { instanceOf, knowArgument, reportInstances, type Given } from './instance.js';
import { checkRules } from './rule.js';
import { checkSelectors } from './selector.js';
import { nested, reportAt, type Checker } from './knowledge/checker.js';
import type {
  Branch,
  CallCore,
  Clause,
  Core,
  CoreBody,
  CoreLiteral,
  CoreTest,
  DecisionClause,
  HelperGroup,
  Program,
} from '../core.js';
import { dependenciesFirst } from '../resolve/cycle.js';
import type { RuleType } from '../resolve/inferred.js';
import { allKnown, newKnowledge } from './knowledge/knowledge.js';
import { ruleType } from './knowledge/learn.js';
import { placeOf } from './knowledge/place.js';
import { ruleTypeOf, type CheckedBranch } from './rule-type.js';
import { arrayOf, json, setOf, text, type Type } from '../../values/schema.js';
import type { World } from '../resolve/scope.js';
import { disjoint, isCondition, memberTypes } from './types/algebra.js';
import { describeType } from './types/text.js';

export function check(program: Program, world: World): void {
  const asked = askedOfRules(program);
  for (const group of dependenciesFirst(program.helpers))
    checkHelper(world, group, asked.get(group) ?? unasked);
  for (const group of program.decisions) {
    for (const clause of group.clauses)
      checkDecision(createChecker(world, 'decision', asked.get(group) ?? unasked), clause);
  }
  reportInstances(world);
  for (const test of program.tests) checkTest(world, test);
  checkRules(program, world);
  checkOverlaps(program, world);
}

export function createChecker(
  world: World,
  place: Checker['place'] = 'test',
  asked: Asked = unasked,
): Checker {
  const checker: Checker = {
    world,
    place,
    locals: new Map(),
    aliases: new Map(),
    knowledge: newKnowledge(),
    laterTarget: null,
    mocked: false,
    explicit: false,
    asked,
    called: asked,
    sought: new Set(),
    negated: false,
    depth: 0,
    open: false,
    calls: new Map(),
    bound: new Map(),
    absent: new Map(),
    types: new Map(),
    infer: (core) => {
      for (const part of soughtParts(core, checker.sought.has(core))) checker.sought.add(part);
      const type = inferExpression(checker, core);
      checker.types.set(core, type);
      world.types?.set(core, type);
      return type;
    },
    body: (body) => checkBody(checker, body),
    condition: (core) => checkCondition(checker, core),
    bind: (pattern, type) => bindPattern(checker, pattern, type),
    call: (core, group, types) => checkCalled(checker, core, group, types),
  };
  return checker;
}

/** What is inferred of a rule is there for the rules that read it. */
function checkHelper(world: World, group: HelperGroup, asked: Asked): void {
  const place = group.path.at(-1)!.startsWith('test_') ? 'test' : 'helper';
  // What a function makes of its parameters is asked where it is called.
  const open = group.arity > 0;
  const own = open ? { ...asked, lack: false, grant: false } : asked;
  const branches = group.clauses.flatMap((clause) => {
    const checker = createChecker(world, place, own);
    checker.open = open;
    for (const parameter of clause.parameters) checker.bind(parameter, json);
    return checkClause(checker, clause);
  });
  const fallback = group.default === null ? null : createChecker(world).infer(group.default);
  world.rules.set(group, ruleTypeOf(group, branches, fallback));
}

/** A function as it is called; where it may be called with anything, as it was found by itself. */
function checkCalled(caller: Checker, core: CallCore, group: HelperGroup, types: readonly Type[]): RuleType {
  if (caller.open || caller.place === 'test' || caller.mocked) return ruleType(caller, group);
  const type = instanceOf(caller, core, group, types, checkInstance);
  caller.calls.set(core, type);
  return type;
}

function checkInstance(caller: Checker, world: World, clause: Clause, given: Given): CheckedBranch[] {
  const checker = createChecker(world, 'helper', given.asked);
  checker.depth = caller.depth + 1;
  clause.parameters.forEach((parameter, i) => {
    checker.bind(parameter, given.types[i] ?? json);
    if (parameter.kind === 'variable') knowArgument(checker, parameter.slot, given, i);
  });
  return checkClause(checker, clause);
}

function checkClause(checker: Checker, clause: Clause): CheckedBranch[] {
  checkElse(checker, clause);
  return clause.branches.map((branch) => nested(checker, () => checkBranch(checker, clause, branch)));
}

/** Behind a branch that asks nothing no other one is reached. */
function checkElse(checker: Checker, { branches, source }: Clause): void {
  const certain = branches.findIndex(({ body }) => body.literals.length === 0);
  const beyond = certain === -1 ? undefined : branches[certain + 1];
  if (beyond === undefined) return;
  const message = 'this `else` is never reached: the branch before it always has a value';
  const help = 'take it out, or give the branch before it a condition: `else := 2 if …`';
  reportAt(checker, { code: 'unreachable-else', message, help }, { span: beyond.value.span, source });
}

function checkBranch(checker: Checker, clause: Clause, branch: Branch): CheckedBranch {
  checker.body(branch.body);
  const value = checker.infer(branch.value);
  for (const key of branch.keys) checker.infer(key);
  const parameters = clause.parameters.map((parameter) => typeOfPattern(checker, parameter));
  return {
    branch,
    value,
    parameters,
    known: allKnown(checker.knowledge),
    absent: absentPart(checker, branch.value) !== null,
    open: clause.parameters.every(({ kind }) => kind === 'variable' || kind === 'wildcard'),
  };
}

function checkDecision(checker: Checker, clause: DecisionClause): void {
  checker.body(clause.body);
  if (clause.reason !== null) checker.infer(clause.reason);
  if (clause.by !== null) checkGroups(checker, clause.by);
  checkSelectors(checker, clause);
}

const groups: Type = { kind: 'union', members: [setOf(text), arrayOf(text)] };

function checkGroups(checker: Checker, by: Core): void {
  const type = checker.infer(by);
  const members = memberTypes(type);
  if (!disjoint(type, groups) && !(members !== null && disjoint(members.value, text))) return;
  const help = 'write `by {"dba"}`';
  const message = `\`by\` takes a set of groups, not ${describeType(type)}${members === null ? '' : ` of ${describeType(members.value).replace(/^an? /, '')}s`}`;
  reportAt(checker, { code: 'bad-groups', message, help }, by);
}

function checkTest(world: World, test: CoreTest): void {
  const checker = createChecker(world, 'test');
  const { table } = test;
  // The cases are found before anything is given: what they rest on says nothing of the rows.
  if (table !== null) nested(checker, () => checkLiteral(checker, table));
  for (const given of test.givens) checkModifier(checker, given);
  checker.mocked = test.givens.some(isMock);
  for (const row of test.rows) {
    // Each row is asked by itself, and `with` may give it facts of its own.
    nested(checker, () => {
      if (row.kind === 'condition') {
        checkLiteral(checker, row.literal);
        return;
      }
      for (const modifier of row.modifiers) checkModifier(checker, modifier);
      checker.infer(row.command);
    });
  }
}

function checkBody(checker: Checker, body: CoreBody): void {
  const later = laterTargets(checker, body.literals);
  const { laterTarget } = checker;
  body.literals.forEach((literal, i) => {
    const before = checker.world.diagnostics.length;
    checker.laterTarget = later[i] ?? laterTarget;
    const type = inferLiteral(checker, literal);
    checker.laterTarget = laterTarget;
    const reported = checker.world.diagnostics.length > before;
    // What a wrong condition takes for granted would only make the next one look wrong.
    checker.explicit = reported;
    takeIn(checker, literal, type, reported);
    checker.explicit = false;
  });
}

function checkLiteral(checker: Checker, literal: CoreLiteral): void {
  checkBody(checker, { literals: [literal] });
}

/** The type of what a literal goes through or binds; what is wrong in it is reported. */
function inferLiteral(checker: Checker, literal: CoreLiteral): Type {
  switch (literal.kind) {
    case 'condition':
      checker.condition(literal.expression);
      checkConstant(checker, literal);
      return json;
    case 'assign':
      return checker.infer(literal.value);
    case 'some': {
      checker.sought.add(literal.collection);
      const type = checker.infer(literal.collection);
      if (memberTypes(type) !== null) return type;
      const message = `${describeType(type)} has no members`;
      const finding = { code: 'not-a-collection', message, help: memberHelp(type) };
      reportAt(checker, finding, literal.collection);
      return json;
    }
    default:
      return never(literal);
  }
}

/** What is bound and known after a literal. A contradiction is reported where nothing else was. */
function takeIn(checker: Checker, literal: CoreLiteral, type: Type, reported: boolean): void {
  switch (literal.kind) {
    case 'condition': {
      const conflict = assume(checker, literal.expression, true);
      if (conflict !== null && !reported) reportConflict(checker, conflict, literal);
      return;
    }
    case 'assign': {
      const place = placeOf(checker.aliases, literal.value);
      if (literal.pattern.kind === 'variable' && place !== null)
        checker.aliases.set(literal.pattern.slot, place);
      if (literal.pattern.kind === 'variable') checker.bound.set(literal.pattern.slot, literal.value);
      // What the rest of the rule rests on in silence is not said to be there.
      const silent = bindAbsent(checker, literal.pattern, literal.value);
      checker.bind(literal.pattern, type);
      if (!silent) assumePresent(checker, literal.value);
      return;
    }
    case 'some': {
      const members = memberTypes(type);
      bindMembers(checker, literal.value, literal.collection);
      if (literal.key !== null) checker.bind(literal.key, members?.key ?? json);
      checker.bind(literal.value, members?.value ?? json);
      assumeMembers(checker, literal.collection);
      return;
    }
    default:
      never(literal);
  }
}

function checkCondition(checker: Checker, core: Core): void {
  const before = checker.world.diagnostics.length;
  checker.sought.add(core);
  const type = checker.infer(core);
  if (isCondition(type)) {
    if (type.kind === 'json' && checker.world.diagnostics.length === before) checkDynamic(checker, core);
    return;
  }
  const message = `${describeType(type)} is no condition`;
  reportAt(checker, { code: 'not-a-condition', message, help: conditionHelp(type) }, core);
}

/** Anything but `false` holds: the text "false" too. Where that lets somebody in, it is said what is meant. */
function checkDynamic(checker: Checker, core: Core): void {
  if (!checker.asked.grant || isMeaningless(checker, core)) return;
  const text = core.source.text.slice(core.span.start, core.span.end);
  const message = `\`${text}\` may be any value, and every value but \`false\` would let somebody in`;
  reportAt(checker, { code: 'dynamic-condition', message, help: `compare it: \`${text} == true\`` }, core);
}

/** What could not be resolved, and what reads itself, was reported as that. */
function isMeaningless(checker: Checker, core: Core): boolean {
  if (core.kind === 'step') return isMeaningless(checker, core.base);
  if (core.kind === 'rule') return !checker.world.rules.has(core.rule);
  return core.kind === 'local' && core.slot === -1;
}

function conditionHelp(type: Type): string {
  if (type.kind === 'set' || type.kind === 'array') return 'ask for its members: `count(xs) > 0`, `x in xs`';
  if (type.kind === 'object' || type.kind === 'map')
    return 'ask whether it is there with `has`, or for one of its fields';
  return 'compare it with `==`, or ask whether it is there with `has`';
}
