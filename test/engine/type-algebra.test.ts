/** Types are sets of values: what the algebra says of types is true of the values in them. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fits } from '../../src/engine/builtins/call.js';
import type { Type } from '../../src/values/schema.js';
import { disjoint, join, joinAll, meet, memberTypes, without } from '../../src/engine/check/types/algebra.js';
import { shallow } from '../../src/engine/check/types/object.js';
import { ValueSet, type Value } from '../../src/values/value.js';
import { typeOfConstant, typeOfData } from '../../src/engine/check/types/value-type.js';

const scalar = fc.constantFrom<Value>(null, true, false, 0, 1, 2n ** 60n, '', 'a', 'b', '__proto__');
const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { weight: 3, arbitrary: scalar },
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => ValueSet.of(members)),
    fc
      .array(fc.tuple(fc.constantFrom('a', 'b', '__proto__'), tie('value')), { maxLength: 3 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/** A value, and types that it is of: its own, its type as data, and either joined with the type of another. */
const typed: fc.Arbitrary<{ readonly value: Value; readonly type: Type }> = fc
  .tuple(value, fc.array(value, { maxLength: 2 }), fc.constantFrom(typeOfConstant, typeOfData))
  .map(([one, others, typeOf]) => ({ value: one, type: joinAll([one, ...others].map((v) => typeOf(v))) }));

const spender = { spend: () => undefined };
const isOf = (one: Value, type: Type): boolean => fits(one, type, spender);

describe('types and their values', () => {
  test('a value is of its type, and of every type that holds it', () => {
    fc.assert(
      fc.property(typed, typed, (one, other) => {
        expect(isOf(one.value, one.type)).toBe(true);
        expect(isOf(one.value, join(one.type, other.type))).toBe(true);
        expect(isOf(one.value, join(other.type, one.type))).toBe(true);
        expect(isOf(one.value, shallow(one.type))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('types that have a value in common are not disjoint, and keep it when they meet', () => {
    fc.assert(
      fc.property(typed, typed, (one, { type: other }) => {
        if (!isOf(one.value, other)) return;
        expect(disjoint(one.type, other)).toBe(false);
        const both = meet(one.type, other);
        expect(both).not.toBeNull();
        expect(isOf(one.value, both!)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('without a text a type loses that text and nothing else', () => {
    fc.assert(
      fc.property(typed, ({ value: one, type }) => {
        const rest = without(type, ['a']);
        if (one === 'a') expect(rest === null || !isOf('a', rest) || rest === type).toBe(true);
        else expect(rest !== null && isOf(one, rest)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('members are of the types of members', () => {
    fc.assert(
      fc.property(typed, ({ value: one, type }) => {
        if (typeof one !== 'object' || one === null) return;
        const members = memberTypes(type);
        const values = one instanceof ValueSet ? one.items : Object.values(one as object);
        for (const member of values as Value[]) expect(isOf(member, members!.value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('a type that goes ever deeper is cut off', () => {
    let type: Type = { kind: 'number' };
    for (let i = 0; i < 1_000; i++) type = shallow({ kind: 'array', element: type });
    expect(JSON.stringify(type).length).toBeLessThan(300);
    expect(isOf([[[[[[[['deep']]]]]]]], type)).toBe(true);
  });
});
