/** Data files: JSON and YAML files as values, and their paths in the data tree. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
  type Node,
  type Pair,
  type YAMLError,
} from 'yaml';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { Source } from '../../../grammar/source.js';
import { JsonError, parseJson } from '../../values/json-text.js';
import { isCatalogue } from './rule-files.js';
import {
  compare,
  fromJson,
  isArray,
  isObject,
  property,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../values/value.js';
import { findTooDeep } from '../../values/nesting.js';

/** UTF-16 units of a data file. YAML takes some 50 times as long to read as JSON. */
const jsonLengthMax = 32 * 1024 * 1024;
const yamlLengthMax = 4 * 1024 * 1024;
const yamlDepthMax = 200;
/** How often anchors may be used; uses of nested anchors multiply, because small texts can expand to huge values. */
const aliasesMax = 100;

const jsonHelp = 'JSON has no comments and no comma after the last member; YAML files may have both';
const yamlHelp =
  'close what is open, name each key once, and put texts with `: ` or ` #` in them between quotes';

/** The value of a data file, or its problems. */
export function parseDataFile(source: Source): {
  readonly value: Maybe;
  readonly diagnostics: readonly Diagnostic[];
} {
  const json = source.path.endsWith('.json');
  const { length } = source.text;
  const lengthMax = json ? jsonLengthMax : yamlLengthMax;
  if (length > lengthMax) {
    const message = `the file has ${length} characters, and ${lengthMax} is the most`;
    const help = json ? 'split it' : 'split it, or write it as JSON, of which more is read';
    return failed(source, 'data-too-large', message, 0, help);
  }
  const parsed = json ? parseJsonFile(source) : parseYamlFile(source);
  const misread = !isCatalogue(source.path) && looksLikeCatalogue(parsed.value);
  return misread ? { ...parsed, diagnostics: [misnamed(source)] } : parsed;
}

/** `policy catalogue pull` writes relations with their schema and name; as data nothing reads them. */
function looksLikeCatalogue(value: Maybe): boolean {
  const relations = isObject(value) ? property(value, 'relations') : undefined;
  const [first] = isArray(relations) ? relations : [];
  return isObject(first) && property(first, 'schema') !== undefined && property(first, 'name') !== undefined;
}

function misnamed(source: Source): Diagnostic {
  return {
    code: 'catalogue-name',
    severity: 'warning',
    message: 'the file looks like a catalogue, and is read as data because of its name',
    span: { start: 0, end: Math.min(1, source.text.length) },
    source,
    help: 'name it after its target: `orders.catalogue.yaml`',
  };
}

function failed(source: Source, code: string, message: string, offset: number, help?: string) {
  const span = { start: offset, end: Math.min(offset + 1, source.text.length) };
  const diagnostic: Diagnostic = {
    code,
    severity: 'error',
    message,
    span,
    source,
    ...(help === undefined ? {} : { help }),
  };
  return { value: undefined, diagnostics: [diagnostic] };
}

function parseJsonFile(source: Source) {
  try {
    return { value: parseJson(source.text), diagnostics: [] };
  } catch (error) {
    if (error instanceof JsonError) return failed(source, 'bad-data', error.message, error.offset, jsonHelp);
    throw error;
  }
}

function parseYamlFile(source: Source) {
  const deep = findTooDeep(source.text, yamlDepthMax);
  if (deep !== null)
    return failed(source, 'bad-data', `values are nested more than ${yamlDepthMax} deep`, deep.offset);
  // `<<` merges, as in YAML 1.1: that is what its author means, and nothing would read a key of that name.
  const document = parseDocument(source.text, {
    uniqueKeys: true,
    intAsBigInt: true,
    prettyErrors: false,
    merge: true,
  });
  const [error] = [...document.errors, ...document.warnings] as YAMLError[];
  if (error !== undefined) return failed(source, 'bad-data', complaint(error), error.pos[0], yamlHelp);
  const key = findBadKey(document);
  if (key !== null) return failed(source, 'bad-data', key.message, key.offset, key.help);
  try {
    const value = fromJson(document.toJS({ maxAliasCount: aliasesMax }));
    if (hasStrangeNumber(value)) return failed(source, 'bad-data', 'infinity and NaN are not values', 0);
    return { value, diagnostics: [] };
  } catch (thrown) {
    if (thrown instanceof ReferenceError)
      return failed(
        source,
        'bad-data',
        `aliases stand for more than ${aliasesMax} values`,
        0,
        'write them out',
      );
    // Values that JSON does not have.
    const message = thrown instanceof Error ? firstSentence(thrown.message) : 'the file cannot be read';
    return failed(source, 'bad-data', message, 0);
  }
}

function complaint(error: YAMLError): string {
  return error.code === 'MULTIPLE_DOCS' ? 'a data file is one YAML document' : firstSentence(error.message);
}

interface BadKey {
  readonly message: string;
  readonly offset: number;
  readonly help: string;
}

/** Keys must be strings, and merged values maps: anything else would appear under a name that nobody wrote. */
function findBadKey(document: Document): BadKey | null {
  let found: BadKey | null = null;
  visit(document, {
    Map: (_, map) => {
      const merges = map.items.filter(isMerge);
      if (merges.length > 1)
        found = badKey(merges[1]!, '`<<` stands here twice', 'write `<<: [*one, *other]`');
      return found === null ? undefined : visit.BREAK;
    },
    Pair: (_, pair) => {
      if (isMerge(pair)) {
        if (!areMaps(pair.value, document))
          found = badKey(
            pair,
            '`<<` merges maps and nothing else',
            'write `<<: *name` for an anchor on a map',
          );
      } else if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
        found = badKey(pair, 'a key is not text', 'put the key between quotes');
      }
      return found === null ? undefined : visit.BREAK;
    },
  });
  return found;
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

function areMaps(value: unknown, document: Document): boolean {
  const sources = isSeq(resolved(value, document))
    ? (resolved(value, document) as { items: unknown[] }).items
    : [value];
  return sources.every((one) => isMap(resolved(one, document)));
}

function resolved(value: unknown, document: Document): unknown {
  return isAlias(value) ? value.resolve(document) : value;
}

function badKey({ key, value }: Pair, message: string, help: string): BadKey {
  const offset = ((key ?? value) as Node | null)?.range?.[0] ?? 0;
  return { message, offset, help };
}

function firstSentence(message: string): string {
  const [line = ''] = message.split('\n');
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, '');
}

function hasStrangeNumber(value: Value): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value as ValueObject).some(hasStrangeNumber);
}

/**
 * `teams/owned.yaml` is `data.teams.owned`. A file named `data` is the value of its folder, as in an OPA bundle, and a
 * top-level folder named `data` is the tree itself.
 */
export function dataPath(relative: string): readonly string[] {
  const steps = relative.replace(/\.(json|ya?ml)$/, '').split('/');
  if (steps.length > 1 && steps[0] === 'data') steps.shift();
  if (steps.at(-1) === 'data') steps.pop();
  return steps;
}

export interface DataFile {
  readonly source: Source;
  readonly path: readonly string[];
  readonly value: Value;
}

/** One tree from many files. Objects merge; two files with a value at the same path are an error. */
export function mergeData(files: readonly DataFile[], diagnostics: Diagnostic[]): ValueObject {
  let tree: Value = {};
  for (const { source, path, value } of files) {
    const placed = path.reduceRight<Value>((below, key) => objectWith(key, below), value);
    const clash = findClash(tree, placed, []);
    if (clash === null) {
      tree = merge(tree, placed);
    } else {
      diagnostics.push({
        code: 'data-conflict',
        severity: 'error',
        message:
          clash.length === 0
            ? 'data at the top is an object'
            : `\`${clash.join('.')}\` stands in another file too`,
        span: { start: 0, end: Math.min(1, source.text.length) },
        source,
        help: 'each place below `data` comes from one file',
      });
    }
  }
  return tree as ValueObject;
}

function objectWith(key: string, value: Value): ValueObject {
  const object = Object.create(null) as Record<string, Value>;
  object[key] = value;
  return object;
}

function findClash(left: Value, right: Value, path: readonly string[]): readonly string[] | null {
  if (!isObject(left) || !isObject(right)) return path;
  for (const key of Object.keys(right)) {
    if (!Object.hasOwn(left, key)) continue;
    const clash = findClash(left[key]!, right[key]!, [...path, key]);
    if (clash !== null) return clash;
  }
  return null;
}

function merge(left: Value, right: Value): Value {
  if (!isObject(left) || !isObject(right)) return right;
  const merged = Object.assign(Object.create(null) as Record<string, Value>, left);
  for (const key of Object.keys(right).sort(compare)) {
    merged[key] = Object.hasOwn(left, key) ? merge(left[key]!, right[key]!) : right[key]!;
  }
  return merged;
}
