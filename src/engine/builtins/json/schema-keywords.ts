/** The keywords of JSON Schema (drafts 4 to 7) that look at one value. */
import { compare, isArray, isObject, property, type Value, type ValueObject } from '../../../values/value.js';
import { codePointCount } from '../define/code-points.js';
import { shortestDecimal } from './go-float.js';
import { compilePattern, occurs } from '../define/pattern.js';
import {
  childField,
  holds,
  report,
  SchemaError,
  type Check,
  type Compile,
  type Keyword,
} from './schema-check.js';
import { findFormat } from './schema-formats.js';

const isNumber = (value: Value | undefined): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

function numberOperand(operand: Value, keyword: string): number | bigint {
  if (!isNumber(operand)) throw new SchemaError(`\`${keyword}\` must be a number`);
  return operand;
}

function sizeOperand(operand: Value, keyword: string): number {
  if (typeof operand !== 'number' || !Number.isInteger(operand) || operand < 0) {
    throw new SchemaError(`\`${keyword}\` must be a natural number`);
  }
  return operand;
}

function textOperand(operand: Value, keyword: string): string {
  if (typeof operand !== 'string') throw new SchemaError(`\`${keyword}\` must be a text`);
  return operand;
}

export function listOperand(operand: Value, keyword: string): readonly Value[] {
  if (!isArray(operand) || operand.length === 0)
    throw new SchemaError(`\`${keyword}\` must be a list with a member`);
  return operand;
}

function namesOperand(operand: Value, keyword: string): readonly string[] {
  if (!isArray(operand)) throw new SchemaError(`\`${keyword}\` must be a list of names`);
  return operand.map((name) => textOperand(name, keyword));
}

function objectOperand(operand: Value, keyword: string): ValueObject {
  if (!isObject(operand)) throw new SchemaError(`\`${keyword}\` must be an object`);
  return operand;
}

/** A bound on numbers. In draft 4 a boolean beside it makes it exclusive. */
const numberBound =
  (keyword: string, exclusive: string, sign: 1 | -1): Keyword =>
  (operand, schema) => {
    const bound = numberOperand(operand, keyword);
    const isStrict = keyword.startsWith('exclusive') || property(schema, exclusive) === true;
    const [type, words] = sign === 1 ? ['number_g', 'greater than'] : ['number_l', 'less than'];
    return (value, field, walk) => {
      if (!isNumber(value)) return;
      const order = compare(value, bound) * sign;
      if (order > 0 || (order === 0 && !isStrict)) return;
      report(
        walk,
        field,
        `${type}${isStrict ? 't' : 'te'}`,
        `must be ${words}${isStrict ? '' : ' or equal to'} ${bound}`,
      );
    };
  };

/** A bound on what can be counted. */
const countBound =
  (
    keyword: string,
    type: string,
    sign: 1 | -1,
    count: (value: Value) => number | null,
    noun: string,
  ): Keyword =>
  (operand) => {
    const bound = sizeOperand(operand, keyword);
    return (value, field, walk) => {
      const size = count(value);
      if (size === null || (size - bound) * sign >= 0) return;
      report(walk, field, type, `must have ${sign === 1 ? 'at least' : 'at most'} ${bound} ${noun}`);
    };
  };

const characters = (value: Value): number | null =>
  typeof value === 'string' ? codePointCount(value) : null;
const members = (value: Value): number | null => (isArray(value) ? value.length : null);
const fields = (value: Value): number | null => (isObject(value) ? Object.keys(value).length : null);

/** A whole number times ten to an exponent. */
type Scaled = readonly [digits: bigint, exponent: number];

function scaled(number: number | bigint): Scaled {
  if (typeof number === 'bigint') return [number, 0];
  const { digits, point } = shortestDecimal(Math.abs(number));
  return digits === '' ? [0n, 0] : [BigInt(digits), point - digits.length];
}

/** Computed in decimal: 0.3 is three times 0.1, unlike the doubles. */
function isMultiple(value: number | bigint, divisor: number | bigint): boolean {
  const [a, x] = scaled(value);
  const [b, y] = scaled(divisor);
  const lowest = Math.min(x, y);
  return (a * 10n ** BigInt(x - lowest)) % (b * 10n ** BigInt(y - lowest)) === 0n;
}

const multipleOf: Keyword = (operand) => {
  const divisor = numberOperand(operand, 'multipleOf');
  if (compare(divisor, 0) <= 0) throw new SchemaError('`multipleOf` must be greater than 0');
  return (value, field, walk) => {
    if (!isNumber(value)) return;
    if (!isMultiple(value, divisor)) report(walk, field, 'multiple_of', `must be a multiple of ${divisor}`);
  };
};

const pattern: Keyword = (operand) => {
  const compiled = compilePattern(textOperand(operand, 'pattern'));
  return (value, field, walk) => {
    if (typeof value !== 'string') return;
    if (!occurs(compiled, value, walk.context))
      report(walk, field, 'pattern', `does not match the pattern \`${compiled.pattern()}\``);
  };
};

const format: Keyword = (operand) => {
  const name = textOperand(operand, 'format');
  const test = findFormat(name);
  if (test === 'unsupported') throw new SchemaError(`the format \`${name}\` is not supported`);
  return (value, field, walk) => {
    if (typeof value !== 'string' || test === null || test(value)) return;
    report(walk, field, 'format', `is not of the format \`${name}\``);
  };
};

/** One schema for all members, or one for each place and `additionalItems` for the rest. */
const items: Keyword = (operand, schema, compile) => {
  const each = isArray(operand) ? operand.map(compile) : null;
  const additional = property(schema, 'additionalItems');
  const rest = each === null ? compile(operand) : additional === undefined ? null : compile(additional);
  return (value, field, walk) => {
    if (!isArray(value)) return;
    if (each !== null && additional === false && value.length > each.length) {
      report(walk, field, 'array_no_additional_items', 'has more items than are allowed');
      return;
    }
    for (const [i, member] of value.entries()) (each?.[i] ?? rest)?.(member, childField(field, i), walk);
  };
};

const uniqueItems: Keyword = (operand) => (value, field, walk) => {
  if (operand !== true || !isArray(value)) return;
  walk.context.spend(value.length * 16);
  const sorted = [...value].sort(compare);
  const isTwice = sorted.some((member, i) => i > 0 && compare(sorted[i - 1]!, member) === 0);
  if (isTwice) report(walk, field, 'unique', 'has the same item twice');
};

const contains: Keyword = (operand, _schema, compile) => {
  const check = compile(operand);
  return (value, field, walk) => {
    if (!isArray(value) || value.some((member) => holds(check, member, walk))) return;
    report(walk, field, 'contains', 'has no item of the kind that is asked for');
  };
};

const required: Keyword = (operand) => {
  // In draft 3, and in many schemas since, this is a boolean, which has no effect.
  if (typeof operand === 'boolean') return () => undefined;
  return present(operand, 'required');
};

function present(operand: Value, type: string): Check {
  const names = namesOperand(operand, type);
  return (value, field, walk) => {
    if (!isObject(value)) return;
    walk.context.spend(names.length);
    for (const name of names) {
      if (!Object.hasOwn(value, name)) report(walk, field, type, `${name} is required`);
    }
  };
}

/** `properties`, `patternProperties` and `additionalProperties` decide together which fields are additional. */
const properties: Keyword = (_operand, schema, compile) => {
  const named = compileAll(property(schema, 'properties') ?? {}, 'properties', compile);
  const matched = compileAll(property(schema, 'patternProperties') ?? {}, 'patternProperties', compile);
  const patterns = [...matched].map(([text, check]) => [compilePattern(text), check] as const);
  const additional = property(schema, 'additionalProperties');
  const rest = additional === undefined || additional === false ? null : compile(additional);
  return (value, field, walk) => {
    if (!isObject(value)) return;
    for (const [name, member] of Object.entries(value)) {
      walk.context.spend(1 + patterns.length);
      const at = childField(field, name);
      const checks = patterns
        .filter(([compiled]) => occurs(compiled, name, walk.context))
        .map(([, check]) => check);
      const own = named.get(name);
      if (own !== undefined) checks.push(own);
      for (const check of checks) check(member, at, walk);
      if (checks.length > 0) continue;
      if (additional === false) {
        report(walk, field, 'additional_property_not_allowed', `additional property ${name} is not allowed`);
      } else rest?.(member, at, walk);
    }
  };
};

function compileAll(schemas: Value, keyword: string, compile: Compile): ReadonlyMap<string, Check> {
  return new Map(
    Object.entries(objectOperand(schemas, keyword)).map(([name, schema]) => [name, compile(schema)]),
  );
}

const propertyNames: Keyword = (operand, _schema, compile) => {
  const check = compile(operand);
  return (value, field, walk) => {
    if (!isObject(value)) return;
    for (const name of Object.keys(value)) {
      if (!holds(check, name, walk))
        report(walk, field, 'invalid_property_name', `property name ${name} is not allowed`);
    }
  };
};

/** What the presence of a field requires: other fields, or a schema of the whole. */
const dependencies: Keyword = (operand, _schema, compile) => {
  const asked = Object.entries(objectOperand(operand, 'dependencies')).map(
    ([name, needs]) =>
      [name, isArray(needs) ? present(needs, 'missing_dependency') : compile(needs)] as const,
  );
  return (value, field, walk) => {
    if (!isObject(value)) return;
    for (const [name, check] of asked) if (Object.hasOwn(value, name)) check(value, field, walk);
  };
};

export const keywords: Readonly<Record<string, Keyword>> = {
  minimum: numberBound('minimum', 'exclusiveMinimum', 1),
  maximum: numberBound('maximum', 'exclusiveMaximum', -1),
  exclusiveMinimum: (operand, schema, compile) =>
    typeof operand === 'boolean'
      ? () => undefined
      : numberBound('exclusiveMinimum', '', 1)(operand, schema, compile),
  exclusiveMaximum: (operand, schema, compile) =>
    typeof operand === 'boolean'
      ? () => undefined
      : numberBound('exclusiveMaximum', '', -1)(operand, schema, compile),
  multipleOf,
  minLength: countBound('minLength', 'string_gte', 1, characters, 'characters'),
  maxLength: countBound('maxLength', 'string_lte', -1, characters, 'characters'),
  pattern,
  format,
  items,
  minItems: countBound('minItems', 'array_min_items', 1, members, 'items'),
  maxItems: countBound('maxItems', 'array_max_items', -1, members, 'items'),
  uniqueItems,
  contains,
  required,
  properties,
  patternProperties: (operand, schema, compile) =>
    Object.hasOwn(schema, 'properties') ? () => undefined : properties(operand, schema, compile),
  additionalProperties: (operand, schema, compile) =>
    Object.hasOwn(schema, 'properties') || Object.hasOwn(schema, 'patternProperties')
      ? () => undefined
      : properties(operand, schema, compile),
  propertyNames,
  minProperties: countBound('minProperties', 'array_min_properties', 1, fields, 'properties'),
  maxProperties: countBound('maxProperties', 'array_max_properties', -1, fields, 'properties'),
  dependencies,
};
