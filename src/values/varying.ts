/** Paths in facts whose values differ between commands of the same meaning: texts, bound values, the time. */
import { isArray, isObject, objectOf, property, type Value, type ValueObject } from './value.js';

/** By field; `*` is each member of a list. `{sql: {parameters: true, statements: {'*': {text: true}}}}`. */
export interface Varying {
  readonly [member: string]: Varying | true;
}

/** The value without its varying parts. */
export function withoutVarying(value: Value, varying: Varying): Value {
  if (isArray(value)) {
    const each = varying['*'];
    return each === undefined || each === true ? value : value.map((one) => withoutVarying(one, each));
  }
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([name]) => varying[name] !== true);
  return objectOf(
    kept.map(([name, member]) => {
      const inner = Object.hasOwn(varying, name) ? varying[name] : undefined;
      return [name, inner === undefined || inner === true ? member : withoutVarying(member, inner)];
    }),
  );
}

/** A copy that calls `told` whenever a varying part is read. */
export function watchVarying(value: ValueObject, varying: Varying, told: () => void): ValueObject {
  const copy = Object.assign(Object.create(null) as Record<string, Value>, value);
  for (const [name, inner] of Object.entries(varying)) {
    const member = property(value, name);
    if (member === undefined) continue;
    if (inner !== true) {
      copy[name] = watchMember(member, inner, told);
      continue;
    }
    const get = (): Value => {
      told();
      return member;
    };
    Object.defineProperty(copy, name, { enumerable: true, get });
  }
  return copy;
}

function watchMember(value: Value, varying: Varying, told: () => void): Value {
  if (isArray(value)) {
    const each = varying['*'];
    return each === undefined || each === true ? value : value.map((one) => watchMember(one, each, told));
  }
  return isObject(value) ? watchVarying(value, varying, told) : value;
}
