/**
 * The shape of an issuer's claims, so that a rule over a claim that does not exist is an error before it is a hole. A
 * schema does not validate tokens: only the signature is verified, and a claim may still be anything.
 *
 * Schemas of well-known issuers are included; for another issuer `sallyport.yaml` names a JSON Schema file, of which
 * this reads `type`, `enum`, `minimum`, `maximum`, `properties`, `patternProperties` of the form `^text`, `additionalProperties` and `items`.
 */
import { isArray, isObject, property, type Maybe, type Value, type ValueObject } from '../values/value.js';
import { json, type Field, type Type } from '../values/schema.js';

/** One included schema. */
export interface ClaimPreset {
  readonly title: string;
  readonly version: string;
  readonly documentation: string;
  /** `*` stands for a path segment, or for the rest. */
  readonly issuers: readonly string[];
  readonly schema: unknown;
}

const depthMax = 16;

/** The type of tokens whose claims a JSON Schema describes; anything it does not declare may be of any type. */
export function typeOfSchema(schema: Maybe, depth = depthMax): Type {
  if (!isObject(schema) || depth === 0) return json;
  const kinds = kindsOf(property(schema, 'type'));
  const types = kinds.map((kind) => typeOfKind(kind, schema, depth));
  if (types.length === 0 || types.some(({ kind }) => kind === 'json')) return json;
  return types.length === 1 ? types[0]! : { kind: 'union', members: types };
}

function kindsOf(type: Maybe): readonly Value[] {
  return isArray(type) ? type : type === undefined ? [] : [type];
}

function typeOfKind(kind: Value, schema: ValueObject, depth: number): Type {
  if (kind === 'string') return typeOfText(property(schema, 'enum'));
  if (kind === 'number' || kind === 'integer') return typeOfNumber(schema, kind === 'integer');
  if (kind === 'boolean' || kind === 'null') return { kind };
  if (kind === 'array') return { kind: 'array', element: typeOfSchema(property(schema, 'items'), depth - 1) };
  return kind === 'object' ? typeOfObject(schema, depth) : json;
}

function typeOfNumber(schema: ValueObject, whole: boolean): Type {
  const [least, most] = [property(schema, 'minimum'), property(schema, 'maximum')];
  return {
    kind: 'number',
    range: {
      least: typeof least === 'number' ? least : -Infinity,
      most: typeof most === 'number' ? most : Infinity,
      whole,
    },
  };
}

function typeOfText(values: Maybe): Type {
  const texts = isArray(values) ? values.filter((value) => typeof value === 'string') : [];
  return texts.length === 0 ? { kind: 'string' } : { kind: 'string', values: texts };
}

/** A name that ends in `*` stands for every name with that prefix. */
function typeOfObject(schema: ValueObject, depth: number): Type {
  const fields: [string, Field][] = [];
  const add = (name: string, below: Value): void => {
    fields.push([name, { type: typeOfSchema(below, depth - 1), doc: '', optional: true }]);
  };
  for (const [name, below] of members(property(schema, 'properties'))) add(name, below);
  let open = property(schema, 'additionalProperties') !== false;
  for (const [pattern, below] of members(property(schema, 'patternProperties'))) {
    const prefix = /^\^([\w:./-]+)$/.exec(pattern)?.[1];
    if (prefix === undefined) open = true;
    else add(`${prefix}*`, below);
  }
  return {
    kind: 'object',
    fields: Object.fromEntries(fields),
    ...(open ? { dictionary: true } : {}),
  };
}

function members(value: Maybe): readonly (readonly [string, Value])[] {
  return isObject(value) ? Object.entries(value) : [];
}

/** Whether an issuer matches a pattern. */
export function isIssuer(pattern: string, issuer: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === issuer;
  if (!issuer.startsWith(first)) return false;
  const last = rest.pop()!;
  let at = first.length;
  for (const part of rest) {
    const found = issuer.indexOf(part, at + 1);
    if (found === -1 || issuer.slice(at, found).includes('/')) return false;
    at = found + part.length;
  }
  const star = issuer.slice(at, issuer.length - last.length);
  if (last === '') return star !== '';
  return issuer.endsWith(last) && star !== '' && !star.includes('/');
}
