/** The types of expressions: gradual, so that what comes from JSON is never wrong before it is there. */
import { never } from '../../errors.js';
import { askedOfMembers, isUnless, turned } from './knowledge/asked.js';
import { checkEveryMember } from './absent.js';
import { checkCall } from './call.js';
import { checkBinary, checkMembership } from './operator.js';
import { checkDocument } from './document.js';
import { checkFact } from './fact.js';
import { localType, narrowed, nested, reportAt, tolerant, type Checker } from './knowledge/checker.js';
import type { Core, CoreModifier, ObjectCore } from '../core.js';
import { ruleType } from './knowledge/learn.js';
import { inferStep } from './step.js';
import { newKnowledge } from './knowledge/knowledge.js';
import { json, type Field, type Type } from '../../values/schema.js';
import { didYouMean } from '../../values/nearest.js';
import { conversion } from './help.js';
import { disjoint, joinAll, memberTypes, onlyText } from './types/algebra.js';
import { describeType, listOf } from './types/text.js';
import { typeOfConstant } from './types/value-type.js';

const boolean: Type = { kind: 'boolean' };

export function inferExpression(checker: Checker, core: Core): Type {
  switch (core.kind) {
    case 'constant':
      return typeOfConstant(core.value);
    case 'template':
      for (const part of core.parts) if (typeof part !== 'string') checker.infer(part);
      return { kind: 'string' };
    case 'array':
    case 'set':
      return { kind: core.kind, element: joinAll(core.elements.map((element) => checker.infer(element))) };
    case 'object':
      return inferObject(checker, core);
    case 'comprehension':
      return inferMembers(checker, core);
    case 'local':
      return narrowed(checker, core, localType(checker, core.slot));
    case 'input':
      return (
        checker.world.schema.roots['input']?.type ?? { kind: 'object', fields: checker.world.schema.roots }
      );
    case 'fact':
      checkFact(checker, core);
      return narrowed(checker, core, checker.world.schema.roots[core.root]!.type);
    case 'rule':
      return narrowed(checker, core, ruleType(checker, core.rule).value);
    case 'document':
      return checkDocument(checker, core);
    case 'step':
      return narrowed(checker, core, inferStep(checker, core));
    case 'call':
      return checkCall(checker, core);
    case 'not':
      nested(checker, () => checkNot(checker, core));
      return boolean;
    case 'negate':
      checkNumber(checker, core.operand);
      return { kind: 'number' };
    case 'has':
      tolerant(checker, () => checker.infer(core.operand));
      return boolean;
    case 'binary':
      return checkBinary(checker, core);
    case 'membership':
      checkMembership(checker, core);
      return boolean;
    case 'every':
      nested(checker, () => checkEvery(checker, core));
      return boolean;
    case 'exists':
      nested(checker, () => checker.body(core.body));
      return boolean;
    case 'with':
      for (const modifier of core.modifiers) checkModifier(checker, modifier);
      return inferElsewhere(checker, core.operand, checker.mocked || core.modifiers.some(isMock));
    default:
      return never(core);
  }
}

/** A `not` says what absent means; an exception is asked for as its conditions stand, and so is a `not` in another. */
function checkNot(checker: Checker, core: Core & { readonly operand: Core }): void {
  const { asked, called, negated } = checker;
  const inside = turned(called);
  const lack = inside.lack && (isUnless(core) || negated || asked.refuses);
  const grant = asked.lack || asked.grant;
  Object.assign(checker, { asked: { ...asked, lack, grant }, called: inside, negated: true });
  checker.condition(core.operand);
  Object.assign(checker, { asked, called, negated });
}

/** What a test puts in the place of a fact must be able to be that fact. */
export function checkModifier(checker: Checker, modifier: CoreModifier): void {
  if (modifier.target === 'function') {
    if ('value' in modifier.value) checker.infer(modifier.value.value);
    return;
  }
  const type = checker.infer(modifier.value);
  if (modifier.target === 'data') return;
  checkGiven(checker, modifier.value, type, checker.infer(modifier.fact));
}

/** What is written out is looked at part by part: a field that is misspelt there would be given to nobody. */
function checkGiven(checker: Checker, core: Core, type: Type, wanted: Type): void {
  if (disjoint(type, wanted)) {
    reportAt(checker, misfit(type, wanted), core);
    return;
  }
  const partOf = (part: Core, expected: Type): void =>
    checkGiven(checker, part, checker.types.get(part) ?? json, expected);
  if (core.kind === 'object') {
    for (const { key, value } of core.entries) {
      const name = key.kind === 'constant' && typeof key.value === 'string' ? key.value : null;
      if (wanted.kind === 'map') partOf(value, wanted.value);
      if (name === null || wanted.kind !== 'object' || wanted.dictionary === true) continue;
      const field = Object.hasOwn(wanted.fields, name) ? wanted.fields[name]! : null;
      if (field !== null) partOf(value, field.type);
      else reportAt(checker, { code: 'unknown-field', ...noField(name, Object.keys(wanted.fields)) }, key);
    }
  } else if ((core.kind === 'array' || core.kind === 'set') && core.kind === wanted.kind) {
    for (const element of core.elements) partOf(element, wanted.element);
  }
}

function noField(
  name: string,
  names: readonly string[],
): { readonly message: string; readonly help: string } {
  const near = didYouMean(name, names);
  return { message: `there is no \`${name}\` here`, help: near.help ?? `there is ${listOf(names, 'and')}` };
}

function misfit(type: Type, wanted: Type) {
  const code = 'fact-type';
  const text = onlyText(type);
  if (text === null || wanted.kind !== 'string') {
    const message = `the fact is ${describeType(wanted)}, not ${describeType(type)}`;
    return { code, message, help: 'give a value such as the gateway gives' };
  }
  const values = wanted.values ?? [];
  const near = didYouMean(text, values);
  const help = near.help ?? `it is ${listOf(values)}`;
  return { code, message: `the fact is never \`${text}\``, help };
}

function checkNumber(checker: Checker, operand: Core): void {
  const type = checker.infer(operand);
  if (type.kind === 'number' || type.kind === 'json' || type.kind === 'union') return;
  reportAt(
    checker,
    {
      code: 'operand-type',
      message: `\`-\` takes a number, not ${describeType(type)}`,
      ...conversion(type, { kind: 'number' }),
    },
    operand,
  );
}

/** Under `with` nothing holds that held of the facts as they were. */
function inferElsewhere(checker: Checker, core: Core, mocked: boolean): Type {
  const before = { aliases: checker.aliases, mocked: checker.mocked };
  Object.assign(checker, { aliases: new Map(), mocked });
  const type = nested(checker, () => checker.infer(core), newKnowledge());
  Object.assign(checker, before);
  return type;
}

/** What is put in the place of a document or a function may be of any type, and so may every rule that reads it. */
export function isMock({ target }: CoreModifier): boolean {
  return target !== 'fact';
}

function inferMembers(checker: Checker, core: Core & { kind: 'comprehension' }): Type {
  const { asked, called } = checker;
  const sought = checker.sought.has(core);
  Object.assign(checker, { asked: askedOfMembers(asked, sought), called: askedOfMembers(called, sought) });
  const type = nested(checker, () => inferComprehension(checker, core));
  Object.assign(checker, { asked, called });
  return type;
}

function inferComprehension(checker: Checker, core: Core & { kind: 'comprehension' }): Type {
  checker.body(core.body);
  if (core.key !== null) checkKey(checker, core.key);
  const value = checker.infer(core.value);
  return core.of === 'object' ? { kind: 'map', value } : { kind: core.of, element: value };
}

function inferObject(checker: Checker, core: ObjectCore): Type {
  const fields: [string, Field][] = [];
  const types: Type[] = [];
  for (const { key, value } of core.entries) {
    const type = checker.infer(value);
    types.push(type);
    // A test may put something else in the place of a rule with this value, which then lacks the field.
    if (key.kind === 'constant' && typeof key.value === 'string')
      fields.push([key.value, { type, doc: '', optional: true, everywhere: true }]);
    checkKey(checker, key);
  }
  return fields.length === types.length
    ? { kind: 'object', fields: Object.fromEntries(fields) }
    : { kind: 'map', value: joinAll(types) };
}

function checkKey(checker: Checker, key: Core): void {
  const type = checker.infer(key);
  if (type.kind === 'string' || type.kind === 'json' || type.kind === 'union') return;
  const help = 'write it between quotes, or make a text of it with `format_int` or `$"{…}"`';
  reportAt(
    checker,
    { code: 'object-key', message: `the keys of an object are strings, not ${describeType(type)}`, help },
    key,
  );
}

function checkEvery(checker: Checker, core: Core & { kind: 'every' }): void {
  const members = memberTypes(checker.infer(core.collection)) ?? { key: json, value: json };
  checkEveryMember(checker, core);
  if (core.key !== null) checker.bind(core.key, members.key);
  checker.bind(core.value, members.value);
  checker.body(core.body);
}
