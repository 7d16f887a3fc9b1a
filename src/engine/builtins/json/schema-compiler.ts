/** JSON Schema, drafts 4 to 7, compiled to closures. References stay within the schema: nothing is fetched. */
import {
  compare,
  isArray,
  isObject,
  property,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../../values/value.js';
import { BuiltinError } from '../define/builtin.js';
import { depthMax } from '../define/limits.js';
import { holds, report, SchemaError, type Check, type Compile, type Keyword } from './schema-check.js';
import { keywords, listOperand } from './schema-keywords.js';
import { typeName } from '../../../values/type-name.js';

/** Keywords of later drafts. Ignoring them would accept what the schema forbids. */
const unsupported = [
  '$dynamicRef',
  '$recursiveRef',
  'dependentRequired',
  'dependentSchemas',
  'maxContains',
  'minContains',
  'prefixItems',
  'unevaluatedItems',
  'unevaluatedProperties',
];

const typeNames = ['array', 'boolean', 'integer', 'number', 'null', 'object', 'string'];

/**
 * @throws SchemaError if the schema is invalid or uses an unsupported feature
 */
export function compileSchema(root: Value): Check {
  const referred = new Map<string, Check>();
  let depth = 0;

  const compile: Compile = (schema) => {
    if (typeof schema === 'boolean') return schema ? () => undefined : never;
    if (!isObject(schema)) throw new SchemaError('a schema must be an object or a boolean');
    if (++depth > depthMax) throw new SchemaError('the schema is nested too deeply');
    const check = compileObject(schema);
    depth--;
    return guarded(check);
  };

  const compileObject = (schema: ValueObject): Check => {
    const reference = property(schema, '$ref');
    if (typeof reference === 'string') return refer(reference);
    const checks: Check[] = [];
    for (const [keyword, operand] of Object.entries(schema)) {
      if (unsupported.includes(keyword)) throw new SchemaError(`the keyword \`${keyword}\` is not supported`);
      const make = Object.hasOwn(keywords, keyword) ? keywords[keyword] : combinators.get(keyword);
      if (make !== undefined) checks.push(make(operand, schema, compile));
    }
    const type = property(schema, 'type');
    return type === undefined ? all(checks) : typed(type, all(checks));
  };

  /** A schema may refer to itself: a schema being compiled is not compiled again. */
  const refer = (reference: string): Check => {
    if (!referred.has(reference)) {
      referred.set(reference, never);
      referred.set(reference, compile(find(root, reference)));
    }
    return (value, field, walk) => referred.get(reference)!(value, field, walk);
  };

  return compile(root);
}

const never: Check = (_value, field, walk) => {
  report(walk, field, 'false', 'nothing is allowed here');
};

const all =
  (checks: readonly Check[]): Check =>
  (value, field, walk) => {
    for (const check of checks) check(value, field, walk);
  };

/** Reports, after the mismatches, the keyword that contains them. */
const summed =
  (check: Check, type: string, description: string): Check =>
  (value, field, walk) => {
    const before = walk.misfits.length;
    check(value, field, walk);
    if (walk.misfits.length > before) report(walk, field, type, description);
  };

/** References may form a cycle without descending into the document. */
const guarded =
  (check: Check): Check =>
  (value, field, walk) => {
    walk.context.spend(1);
    if (++walk.depth > depthMax * 4) throw new BuiltinError('the schema leads too deep');
    check(value, field, walk);
    walk.depth--;
  };

/** JSON Pointer (RFC 6901) after a `#`, percent-encoded as in a URL. */
function find(root: Value, reference: string): Value {
  let found: Maybe = reference.startsWith('#') ? root : undefined;
  for (const part of reference.slice(1).split('/').slice(1)) {
    const name = decode(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (isObject(found)) found = property(found, name);
    else found = isArray(found) ? found[Number(name)] : undefined;
  }
  const isPlain = reference === '#' || reference.startsWith('#/');
  if (found === undefined || !isPlain)
    throw new SchemaError(`the reference \`${reference}\` leads nowhere in the schema`);
  return found;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SchemaError('a reference is not well encoded');
  }
}

/** A value of the wrong type is not checked further. */
function typed(operand: Value, rest: Check): Check {
  const wanted: string[] = [];
  for (const name of isArray(operand) ? listOperand(operand, 'type') : [operand]) {
    if (typeof name === 'string' && typeNames.includes(name)) {
      wanted.push(name);
      continue;
    }
    const given = typeof name === 'string' ? name : typeName(name);
    // In OPA's wording, because policies show these messages.
    throw new SchemaError(
      `has a primitive type that is NOT VALID -- given: /${given}/ Expected valid values are:[${typeNames.join(' ')}]`,
    );
  }
  return (value, field, walk) => {
    const name = typeName(value);
    const isWhole = typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
    if (wanted.includes(name) || (isWhole && wanted.includes('integer'))) rest(value, field, walk);
    else
      report(
        walk,
        field,
        'invalid_type',
        // The wording that rules written for OPA compare with.
        `Invalid type. Expected: ${wanted.join('/')}, given: ${isWhole ? 'integer' : name}`,
      );
  };
}

const allOf: Keyword = (operand, _schema, compile) =>
  summed(all(listOperand(operand, 'allOf').map(compile)), 'number_all_of', 'must be of all schemas');

const among =
  (accepts: (count: number, of: number) => boolean, type: string, description: string): Keyword =>
  (operand, _schema, compile) => {
    const checks = listOperand(operand, type).map(compile);
    return (value, field, walk) => {
      const count = checks.filter((check) => holds(check, value, walk)).length;
      if (!accepts(count, checks.length)) report(walk, field, type, description);
    };
  };

const not: Keyword = (operand, _schema, compile) => {
  const check = compile(operand);
  return (value, field, walk) => {
    if (holds(check, value, walk)) report(walk, field, 'number_not', 'must not be what it is');
  };
};

const conditional: Keyword = (operand, schema, compile) => {
  const condition = compile(operand);
  const [then, otherwise] = ['then', 'else'].map((name) => {
    const branch = property(schema, name);
    return branch === undefined
      ? null
      : summed(compile(branch), `condition_${name}`, `must be of the schema in \`${name}\``);
  });
  return (value, field, walk) => {
    (holds(condition, value, walk) ? then : otherwise)?.(value, field, walk);
  };
};

/** Schemas for reference. They are compiled so that errors in them are found. */
const definitions: Keyword = (operand, _schema, compile) => {
  if (!isObject(operand)) throw new SchemaError('definitions must be an object');
  for (const schema of Object.values(operand)) compile(schema);
  return () => undefined;
};

const oneOfValues =
  (type: string): Keyword =>
  (operand) => {
    const allowed = type === 'const' ? [operand] : listOperand(operand, type);
    return (value, field, walk) => {
      walk.context.spend(allowed.length);
      if (!allowed.some((one) => compare(one, value) === 0))
        report(walk, field, type, 'is none of the allowed values');
    };
  };

const combinators: ReadonlyMap<string, Keyword> = new Map([
  ['allOf', allOf],
  ['anyOf', among((count) => count > 0, 'number_any_of', 'must be of one schema at least')],
  ['oneOf', among((count) => count === 1, 'number_one_of', 'must be of one schema and no other')],
  ['not', not],
  ['if', conditional],
  ['definitions', definitions],
  ['$defs', definitions],
  ['enum', oneOfValues('enum')],
  ['const', oneOfValues('const')],
] satisfies readonly (readonly [string, Keyword])[]);
