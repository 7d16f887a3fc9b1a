/** Compiles operators, including their handling of absent and unknown values. */
import type { BinaryCore } from '../core.js';
import type { Evaluate } from './compiler.js';
import { holds, isSame, not } from '../../values/kleene.js';
import { calculate, combine, isOrdered } from '../../values/operators.js';
import { ValueSet, type Maybe, type Value } from '../../values/value.js';

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
      return strict(left, right, isSame);
    case '!=':
      return strict(left, right, (a, b) => not(isSame(a, b)));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return strict(left, right, (a, b) => isOrdered(operator, a, b));
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

/** Absent if either side is; otherwise applies the operator. */
function strict(left: Evaluate, right: Evaluate, operate: (left: Value, right: Value) => Maybe): Evaluate {
  return (frame) => {
    const a = left(frame);
    if (a === undefined) return undefined;
    const b = right(frame);
    return b === undefined ? undefined : operate(a, b);
  };
}
