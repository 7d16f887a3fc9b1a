/** JSON: as text, and objects cut along paths. */
import { text } from '../../../values/schema.js';
import {
  isArray,
  isObject,
  objectOf,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../../values/value.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import {
  anything,
  collection,
  define,
  list,
  record,
  string,
  takes,
  truth,
  type Kind,
} from '../define/define.js';
import { applyPatches } from './json-patch.js';
import { pathTree, stepKey, type PathTree } from './json-paths.js';
import { jsonSchemaBuiltins } from './json-schema.js';
import { isJson, readJson, writeJson, type Layout } from './json-text.js';
import { membersOf, spendOn } from '../define/limits.js';

const options: Kind<ValueObject> = {
  type: {
    kind: 'object',
    fields: {
      indent: {
        type: text,
        doc: 'What stands before a member, once for each level; a tab if left out.',
        optional: true,
      },
      prefix: { type: text, doc: 'What begins every line.', optional: true },
      pretty: {
        type: truth.type,
        doc: 'Whether lines are broken; if left out, where another option is given.',
        optional: true,
      },
    },
  },
};

function layoutOf(given: ValueObject): Layout | null {
  for (const key of Object.keys(given)) {
    if (!['indent', 'prefix', 'pretty'].includes(key))
      throw new BuiltinError(`there is no option \`${key}\``);
  }
  const { indent, prefix, pretty } = given;
  if (!(pretty ?? (indent !== undefined || prefix !== undefined))) return null;
  return { indent: (indent as string | undefined) ?? '\t', prefix: (prefix as string | undefined) ?? '' };
}

/** Filters a value by a tree of paths: keeps or removes what the paths name. */
function cut(value: Value, tree: PathTree, keeps: boolean, context: BuiltinContext): Value {
  const write = (step: Value): string => writeJson(step, null, context);
  const child = (step: Value, member: Value): Maybe => {
    context.spend(1);
    const below = tree.get(stepKey(step, write));
    if (below === undefined) return keeps ? undefined : member;
    if (below === null) return keeps ? member : undefined;
    return cut(member, below, keeps, context);
  };
  const present = (members: readonly Maybe[]): Value[] => members.filter((member) => member !== undefined);
  if (isArray(value)) return present(value.map((member, i) => child(String(i), member)));
  if (value instanceof ValueSet)
    return ValueSet.of(present(value.items.map((member) => child(member, member))));
  if (!isObject(value)) return value;
  const entries: [string, Value][] = [];
  for (const [key, member] of Object.entries(value)) {
    const rest = child(key, member);
    if (rest !== undefined) entries.push([key, rest]);
  }
  return objectOf(entries);
}

function cutAlong(
  object: ValueObject,
  paths: readonly Value[] | ValueSet,
  keeps: boolean,
  context: BuiltinContext,
): Value {
  context.spend(membersOf(paths).length);
  const tree = pathTree(membersOf(paths), (step) => writeJson(step, null, context));
  return cut(object, tree, keeps, context);
}

export const json: readonly Builtin[] = [
  define(
    'json.marshal',
    [takes('x', anything)],
    string,
    'As JSON, keys sorted; sets become arrays.',
    ([x], context) => writeJson(x, null, context),
  ),
  define(
    'json.marshal_with_options',
    [takes('x', anything), takes('opts', options)],
    string,
    'As JSON over several lines, after `indent`, `prefix` and `pretty`.',
    ([x, opts], context) => writeJson(x, layoutOf(opts), context),
  ),
  define(
    'json.unmarshal',
    [takes('x', string)],
    anything,
    'The value that is so in JSON.',
    ([x], context) => {
      spendOn(x, context);
      return readJson(x, context);
    },
  ),
  define(
    'json.is_valid',
    [takes('x', anything)],
    truth,
    'Whether it is the text of a JSON value.',
    ([x], context) => typeof x === 'string' && isJson(x, context),
  ),
  define(
    'json.filter',
    [takes('object', record), takes('paths', collection)],
    anything,
    'Only what the paths lead to.',
    ([object, paths], context) => cutAlong(object, paths, true, context),
  ),
  define(
    'json.remove',
    [takes('object', record), takes('paths', collection)],
    anything,
    'Without what the paths lead to.',
    ([object, paths], context) => cutAlong(object, paths, false, context),
  ),
  define(
    'json.patch',
    [takes('object', anything), takes('patches', list)],
    anything,
    'With the operations of a JSON Patch applied, one after the other.',
    ([object, patches], context) => applyPatches(object, patches, context),
  ),
  ...jsonSchemaBuiltins,
];
