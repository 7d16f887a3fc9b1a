/** Facts from a JSON or YAML file: plain lists become sets if the schema says so. */
import { Source } from '../../grammar/source.js';
import { parseDataFile } from '../../src/engine/bundle/data-file.js';
import type { Facts } from '../../src/engine/policy.js';
import { nearest } from '../../src/values/nearest.js';
import type { FactSchema, Type } from '../../src/values/schema.js';
import { fieldType } from '../../src/engine/check/types/algebra.js';
import {
  fromJson,
  isArray,
  isObject,
  objectOf,
  ValueSet,
  type Maybe,
  type Value,
} from '../../src/values/value.js';
import { UsageError } from '../output/outcome.js';
import { readText } from './rule-files.js';

/** The object in a file, read with the bounds that data files have. */
export function readObject(path: string): Readonly<Record<string, Value>> {
  const { value, diagnostics } = parseDataFile(new Source(path, readText(path)));
  const [problem] = diagnostics;
  if (problem !== undefined) throw new UsageError(`\`${path}\` cannot be read: ${problem.message}`);
  if (!isObject(value)) throw new UsageError(`\`${path}\` does not hold an object`);
  return value;
}

/** Roots that the schema does not have are an error: no rule could ever read them. */
export function factsFrom(input: Readonly<Record<string, Value>>, schema: FactSchema): Facts {
  const unknown = Object.keys(input).find((root) => !Object.hasOwn(schema.roots, root));
  if (unknown !== undefined) {
    const roots = Object.keys(schema.roots).join(', ');
    throw new UsageError(`\`${unknown}\` is not a fact`, `facts begin with one of ${roots}`);
  }
  return objectOf(
    Object.entries(input).map(([root, value]) => [root, shape(value, schema.roots[root]!.type)]),
  );
}

/** Facts of the command line, `sql.masked_write=true`, replace those of the file. */
export function withGiven(facts: Facts, givens: readonly string[], schema: FactSchema): Facts {
  return givens.reduce((so, given) => {
    const at = given.indexOf('=');
    if (at < 1)
      throw new UsageError(`\`${given}\` does not set a fact`, 'write `--given sql.masked_write=true`');
    const [root = '', ...path] = given.slice(0, at).split('.');
    const type = schema.roots[root]?.type;
    if (type === undefined) throw unknownFact(root, Object.keys(schema.roots));
    return objectOf(Object.entries({ ...so, [root]: put(so[root], path, type, read(given.slice(at + 1))) }));
  }, facts);
}

/** JSON if it parses, otherwise a text. */
function read(text: string): Value {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    return text;
  }
}

function put(value: Maybe, [name, ...rest]: readonly string[], type: Type, given: Value): Value {
  if (name === undefined) return shape(given, type);
  const below = fieldType(type, name);
  if (below === null) throw unknownFact(name, type.kind === 'object' ? Object.keys(type.fields) : []);
  const members = isObject(value) ? value : {};
  return objectOf(Object.entries({ ...members, [name]: put(members[name], rest, below, given) }));
}

function unknownFact(name: string, names: readonly string[]): UsageError {
  const near = nearest(name, names);
  const there = names.length === 0 ? 'it has no parts' : `there is ${names.join(', ')}`;
  return new UsageError(`\`${name}\` is not a fact`, near === null ? there : `did you mean \`${near}\`?`);
}

/** A value that does not match its type is left unchanged: rules then treat it as a fact of that kind. */
function shape(value: Value, type: Type): Value {
  if (isArray(value)) {
    if (type.kind === 'set') return ValueSet.of(value.map((member) => shape(member, type.element)));
    return type.kind === 'array' ? value.map((member) => shape(member, type.element)) : value;
  }
  if (!isObject(value)) return value;
  if (type.kind === 'map') return mapValues(value, () => type.value);
  return type.kind === 'object' ? mapValues(value, (key) => type.fields[key]?.type) : value;
}

function mapValues(
  object: Readonly<Record<string, Value>>,
  typeOf: (key: string) => Type | undefined,
): Value {
  const entries = Object.entries(object).map(([key, member]) => {
    const type = typeOf(key);
    return [key, type === undefined ? member : shape(member, type)] as const;
  });
  return objectOf(entries);
}
