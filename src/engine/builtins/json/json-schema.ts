/** JSON Schema validation for rules. */
import { isArray, isObject, objectOf, ValueSet, type Value } from '../../../values/value.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import { define, either, list, record, string, takes } from '../define/define.js';
import { readJson } from './json-text.js';
import { SchemaError, type Misfit, type Walk } from './schema-check.js';
import { compileSchema } from './schema-compiler.js';

/** JSON as text, or already parsed. */
const document = either(string, either(record, list));

const load = (given: Value, context: BuiltinContext): Value =>
  typeof given === 'string' ? readJson(given, context) : asJson(given, context);

/** JSON has no sets: they become arrays. */
function asJson(value: Value, context: BuiltinContext): Value {
  context.spend(1);
  if (isArray(value)) return value.map((member) => asJson(member, context));
  if (value instanceof ValueSet) return value.items.map((member) => asJson(member, context));
  if (!isObject(value)) return value;
  return objectOf(Object.entries(value).map(([key, member]) => [key, asJson(member, context)] as const));
}

function matches(given: Value, schema: Value, context: BuiltinContext): Value {
  const check = compileSchema(load(schema, context));
  const walk: Walk = { context, misfits: [], depth: 0 };
  check(load(given, context), '(Root)', walk);
  return [walk.misfits.length === 0, walk.misfits.map(describe)];
}

function describe({ field, type, description }: Misfit): Value {
  return objectOf([
    ['error', `${field}: ${description}`],
    ['type', type],
    ['field', field],
    ['desc', description],
  ]);
}

/** A schema that is not supported here is invalid, even if a later draft allows it. */
function verify(schema: Value, context: BuiltinContext): Value {
  try {
    const loaded = load(schema, context);
    if (!isObject(loaded)) throw new SchemaError('a schema must be an object');
    compileSchema(loaded);
    return [true, null];
  } catch (error) {
    if (error instanceof BuiltinError) return [false, `jsonschema: ${error.message}`];
    throw error;
  }
}

export const jsonSchemaBuiltins: readonly Builtin[] = [
  define(
    'json.match_schema',
    [takes('document', document), takes('schema', document)],
    list,
    'Whether a document follows a JSON Schema (drafts 4 to 7), and a list of what does not.',
    ([given, schema], context) => matches(given, schema, context),
  ),
  define(
    'json.verify_schema',
    [takes('schema', document)],
    list,
    'Whether it is a JSON Schema that can be used, and null or what is wrong with it.',
    ([schema], context) => verify(schema, context),
  ),
];
