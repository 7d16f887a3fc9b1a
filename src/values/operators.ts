/** Operators over two present values. */
import { findUnknown, isMember } from './kleene.js';
import { compute, type ArithmeticOperator } from './number.js';
import { compare, Unknown, ValueSet, type Value } from './value.js';
import { typeName } from './type-name.js';
import { unlike } from './wrong-type.js';

export type SetOperator = '|' | '&' | '-';
export type Ordering = '<' | '<=' | '>' | '>=';

/** Whether the comparison holds. Values of different types are not ordered. */
export function isOrdered(operator: Ordering, left: Value, right: Value): boolean | Unknown {
  const unknown = findUnknown(left) ?? findUnknown(right);
  if (unknown !== null) return unknown;
  if (typeName(left) !== typeName(right)) return unlike(left, right);
  const order = compare(left, right);
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

export function calculate(operator: ArithmeticOperator, left: Value, right: Value): Value {
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  if (!isNumber(left) || !isNumber(right)) return new Unknown(`\`${operator}\` takes numbers`);
  const result = compute(operator, left, right);
  return 'error' in result ? new Unknown(result.error) : result.value;
}

export function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

export function combine(operator: SetOperator, left: Value, right: Value): Value {
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
  // What an unknown member removes is not known, so no member of the difference is certain.
  const taken = findUnknown(right);
  if (taken !== null) return taken;
  return ValueSet.of(left.items.filter((member) => isMember(member, right) !== true));
}
