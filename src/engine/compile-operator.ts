/** Operators over values that are there; absence and the unknown are dealt with here as well. */
import type { BinaryCore } from './core.js';
import type { Evaluate } from './compiler.js';
import { findUnknown, holds, isEqual, isMember, not } from './kleene.js';
import { compute, type ArithmeticOperator } from './number.js';
import { compare, Unknown, ValueSet, type Maybe, type Value } from './value.js';

export function compileBinary(operator: BinaryCore['operator'], left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case 'and':
      return compileAnd(left, right);
    case 'or':
      return compileOr(left, right);
    case '??':
      return (frame) => {
        const value = left(frame);
        return value === undefined ? right(frame) : value;
      };
    case '==':
      return strict(left, right, isEqual);
    case '!=':
      return strict(left, right, (a, b) => not(isEqual(a, b)));
    case '<':
      return ordered(left, right, (order) => order < 0);
    case '<=':
      return ordered(left, right, (order) => order <= 0);
    case '>':
      return ordered(left, right, (order) => order > 0);
    case '>=':
      return ordered(left, right, (order) => order >= 0);
    case '|':
    case '&':
      return strict(left, right, (a, b) => combine(operator, a, b));
    case '-':
      return strict(left, right, (a, b) =>
        a instanceof ValueSet && b instanceof ValueSet ? combine('-', a, b) : calculate('-', a, b),
      );
    case '+':
    case '*':
    case '/':
    case '%':
      return strict(left, right, (a, b) => calculate(operator, a, b));
  }
}

/** `false and unknown` is false, in either order. */
function compileAnd(left: Evaluate, right: Evaluate): Evaluate {
  return (frame) => {
    const first = holds(left(frame));
    if (first === false) return false;
    const second = holds(right(frame));
    return second === false || first === true ? second : first;
  };
}

/** `true or unknown` is true, in either order. */
function compileOr(left: Evaluate, right: Evaluate): Evaluate {
  return (frame) => {
    const first = holds(left(frame));
    if (first === true) return true;
    const second = holds(right(frame));
    return second === true || first === false ? second : first;
  };
}

/** Absent where either side is, and only then asks for the values. */
function strict(left: Evaluate, right: Evaluate, operate: (left: Value, right: Value) => Maybe): Evaluate {
  return (frame) => {
    const a = left(frame);
    if (a === undefined) return undefined;
    const b = right(frame);
    return b === undefined ? undefined : operate(a, b);
  };
}

function ordered(left: Evaluate, right: Evaluate, test: (order: number) => boolean): Evaluate {
  return strict(left, right, (a, b) => findUnknown(a) ?? findUnknown(b) ?? test(compare(a, b)));
}

function calculate(operator: ArithmeticOperator, left: Value, right: Value): Value {
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  if (!isNumber(left) || !isNumber(right)) return new Unknown(`\`${operator}\` takes numbers`);
  const result = compute(operator, left, right);
  return 'error' in result ? new Unknown(result.error) : result.value;
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function combine(operator: '|' | '&' | '-', left: Value, right: Value): Value {
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  if (!(left instanceof ValueSet) || !(right instanceof ValueSet))
    return new Unknown(`\`${operator}\` takes sets`);
  if (operator === '|') return ValueSet.of([...left, ...right]);
  const unknown = findUnknown(left) ?? findUnknown(right);
  if (operator === '&') {
    const both = left.items.filter((member) => isMember(member, right) === true);
    return ValueSet.of(unknown === null ? both : [...both, unknown]);
  }
  // What an unknown member takes away cannot be told, so nothing of the difference is certain.
  const taken = findUnknown(right);
  if (taken !== null) return taken;
  return ValueSet.of(left.items.filter((member) => isMember(member, right) !== true));
}
