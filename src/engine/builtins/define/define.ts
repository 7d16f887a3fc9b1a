/** Builtins are declared with `define`, which gives `call` the TypeScript types of its declared parameters. */
import {
  arrayOf,
  boolean,
  count,
  json,
  mapOf,
  number,
  setOf,
  text,
  type Type,
} from '../../../values/schema.js';
import type { Maybe, Value, ValueObject, ValueSet } from '../../../values/value.js';
import type { Builtin, BuiltinContext, Parameter } from './builtin.js';

/** A type of the rule language, and in `as` (a phantom member) the TypeScript type of its values. */
export interface Kind<T> {
  readonly type: Type;
  readonly as?: T;
}

export interface TypedParameter<T> extends Parameter {
  readonly as?: T;
}

type Arguments<P extends readonly TypedParameter<unknown>[]> = {
  readonly [I in keyof P]: P[I] extends { readonly as?: infer T } ? T : never;
};

const eitherOf = (...members: readonly Type[]): Type => ({ kind: 'union', members });

export const anything: Kind<Value> = { type: json };
export const string: Kind<string> = { type: text };
export const numeric: Kind<number | bigint> = { type: number };
/** How many there are of something. */
export const counted: Kind<number> = { type: count };
export const truth: Kind<boolean> = { type: boolean };
export const list: Kind<readonly Value[]> = { type: arrayOf(json) };
export const set: Kind<ValueSet> = { type: setOf(json) };
export const record: Kind<ValueObject> = { type: mapOf(json) };
/** An array or a set. */
export const collection: Kind<readonly Value[] | ValueSet> = { type: eitherOf(arrayOf(json), setOf(json)) };
export const strings: Kind<readonly string[] | ValueSet> = { type: eitherOf(arrayOf(text), setOf(text)) };
export const numbers: Kind<readonly (number | bigint)[] | ValueSet> = {
  type: eitherOf(arrayOf(number), setOf(number)),
};

export function either<A, B>(left: Kind<A>, right: Kind<B>): Kind<A | B> {
  return { type: eitherOf(left.type, right.type) };
}

export function takes<T>(name: string, kind: Kind<T>): TypedParameter<T> {
  return { name, type: kind.type };
}

/** `callBuiltin` has checked the arguments against the parameters before `call` gets them, so the types hold. */
export function define<const P extends readonly TypedParameter<unknown>[]>(
  name: string,
  parameters: P,
  result: Kind<Value>,
  doc: string,
  call: (args: Arguments<P>, context: BuiltinContext) => Maybe,
): Builtin {
  return { name, parameters, result: result.type, doc, call: call as unknown as Builtin['call'] };
}

/** For functions that handle collections with unknown members correctly. */
export function defineSeeing<const P extends readonly TypedParameter<unknown>[]>(
  name: string,
  parameters: P,
  result: Kind<Value>,
  doc: string,
  call: (args: Arguments<P>, context: BuiltinContext) => Maybe,
): Builtin {
  return { ...define(name, parameters, result, doc, call), seesUnknown: true };
}
