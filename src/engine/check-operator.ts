/** Operators: operands of the wrong type, and comparisons that can never hold. */
import { reportAt, type Checker } from './checker.js';
import type { BinaryCore, Core, MembershipCore } from './core.js';
import { didYouMean } from './nearest.js';
import { json, type Type } from './schema.js';
import { describeType, disjoint, join, memberTypes } from './type-algebra.js';

const boolean: Type = { kind: 'boolean' };
const number: Type = { kind: 'number' };
const set: Type = { kind: 'set', element: json };
const numberOrSet: Type = { kind: 'union', members: [number, set] };

export function checkBinary(checker: Checker, core: BinaryCore): Type {
  switch (core.operator) {
    case 'and':
    case 'or':
      checker.condition(core.left);
      checker.condition(core.right);
      return boolean;
    case '??':
      return join(checker.infer(core.left), checker.infer(core.right));
    case '==':
    case '!=':
      checkEquality(checker, core.left, core.right);
      return boolean;
    case '<':
    case '<=':
    case '>':
    case '>=':
      checker.infer(core.left);
      checker.infer(core.right);
      return boolean;
    case '|':
    case '&':
      return operands(checker, core, set);
    case '-':
      return operands(checker, core, numberOrSet);
    case '+':
    case '*':
    case '/':
    case '%':
      operands(checker, core, number);
      return number;
  }
}

function operands(checker: Checker, core: BinaryCore, wanted: Type): Type {
  const types = [core.left, core.right].map((operand) => {
    const type = checker.infer(operand);
    if (!disjoint(type, wanted)) return type;
    const message = `\`${core.operator}\` takes ${describeType(wanted)}, not ${describeType(type)}`;
    reportAt(checker, { code: 'operand-type', message }, operand);
    return json;
  });
  return join(types[0]!, types[1]!);
}

function checkEquality(checker: Checker, left: Core, right: Core): void {
  compareTypes(checker, left, checker.infer(left), right, checker.infer(right));
}

/** Reports at the side that was written as a literal, which is where the slip is. */
function compareTypes(checker: Checker, left: Core, leftType: Type, right: Core, rightType: Type): void {
  if (!disjoint(leftType, rightType)) return;
  const [literal, literalType, otherType] =
    left.kind === 'constant' ? [left, leftType, rightType] : [right, rightType, leftType];
  reportAt(checker, impossible(literalType, otherType), literal);
}

function impossible(literal: Type, other: Type) {
  if (literal.kind === 'string' && other.kind === 'string' && literal.values?.length === 1) {
    const [value = ''] = literal.values;
    const values = other.values ?? [];
    const known =
      values.length <= 12
        ? `one of ${values.map((v) => `\`${v}\``).join(', ')}`
        : `among the ${values.length} possible values`;
    const meant = didYouMean(value, values);
    return {
      code: 'impossible-comparison',
      message: `\`${value}\` can never be equal: the value is ${known}`,
      ...meant,
    };
  }
  const message = `${describeType(literal)} can never equal ${describeType(other)}`;
  return { code: 'impossible-comparison', message };
}

/** Each literal of `x in {…}` is looked at alone: one that can never match is a slip also beside others that can. */
export function checkMembership(checker: Checker, core: MembershipCore): void {
  const value = checker.infer(core.value);
  if (core.key !== null) checker.infer(core.key);
  if (core.collection.kind === 'set' || core.collection.kind === 'array') {
    for (const element of core.collection.elements)
      compareTypes(checker, core.value, value, element, checker.infer(element));
    return;
  }
  const collection = checker.infer(core.collection);
  const members = memberTypes(collection);
  if (members === null) {
    const message = `${describeType(collection)} has no members`;
    reportAt(checker, { code: 'not-a-collection', message }, core.collection);
  } else if (disjoint(value, members.value)) {
    reportAt(checker, impossible(value, members.value), core.value);
  }
}
