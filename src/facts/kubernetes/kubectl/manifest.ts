/** Manifests: objects in YAML or JSON, as `kubectl apply -f -` reads them from its standard input. */
import { isArray, isObject, Unknown, type Value, type ValueObject } from '../../../values/value.js';
import { readJsonText } from '../body.js';
import { readYamlText } from '../yaml.js';
import { memberOf, textAt } from '../read.js';
import { isName, targetOfKind, type Target } from './target.js';

const lengthMax = 256 * 1024;
const objectsMax = 500;

/** An object that kubectl is given, and its target. */
export interface Manifest {
  readonly target: Target;
  readonly object: ValueObject;
}

/** Unknown if any part of the text is: the objects beside one that cannot be read are sent all the same. */
export function readManifests(text: string): readonly Manifest[] | Unknown {
  if (text.length > lengthMax) return new Unknown('the manifest is too long');
  const manifests: Manifest[] = [];
  for (const document of documentsOf(text)) {
    if (document === null) return new Unknown('the manifest cannot be divided');
    const value = readDocument(document);
    const found = value === null ? [] : manifestsIn(value);
    if (found instanceof Unknown) return found;
    manifests.push(...found);
    if (manifests.length > objectsMax) return new Unknown('the manifest has too many objects');
  }
  return manifests.length === 0 ? new Unknown('the manifest has no object in it') : manifests;
}

/** Documents end at a line of `---`. Null for a line with more on it, which readers take in different ways. */
function documentsOf(text: string): readonly (string | null)[] {
  const marks = text.split('\n').filter((line) => line.startsWith('---'));
  if (marks.some((line) => !/^---\s*$/.test(line))) return [null];
  return text.split(/^---[^\S\n]*$/m).filter((document) => document.trim() !== '');
}

/** Null for a document of nothing but comments. */
function readDocument(text: string): Value {
  const json = text.trimStart().startsWith('{') ? readJsonText(text) : new Unknown('it is YAML');
  return json instanceof Unknown ? readYamlText(text) : json;
}

/** Whatever has `items` is a list to kubectl, of whichever kind, and stands for what is in it. */
function manifestsIn(value: Value): readonly Manifest[] | Unknown {
  if (value instanceof Unknown) return value;
  const kind = textAt(value, 'kind');
  const version = textAt(value, 'apiVersion');
  if (!isObject(value) || typeof kind !== 'string' || typeof version !== 'string')
    return new Unknown('the manifest has an object without `kind` and `apiVersion`');
  const items = memberOf(value, 'items');
  if (items === undefined) return manifestOf(value, kind, version);
  if (!isArray(items)) return new Unknown('the manifest has a list that cannot be read');
  const manifests: Manifest[] = [];
  for (const item of items) {
    // Lists in lists are left to kubectl.
    const nested =
      memberOf(item, 'items') === undefined
        ? manifestsIn(item)
        : new Unknown('the manifest has a list in a list');
    if (nested instanceof Unknown) return nested;
    manifests.push(...nested);
  }
  return manifests;
}

function manifestOf(object: ValueObject, kind: string, apiVersion: string): readonly Manifest[] | Unknown {
  const metadata = memberOf(object, 'metadata');
  const name = textAt(metadata, 'name') ?? '';
  const namespace = textAt(metadata, 'namespace') ?? '';
  const parts = apiVersion.split('/');
  const [group, version] = parts.length === 1 ? ['', apiVersion] : parts;
  const isPlain = typeof name === 'string' && typeof namespace === 'string' && parts.length <= 2;
  if (!isPlain || (name !== '' && !isName(name)) || (namespace !== '' && !isName(namespace)))
    return new Unknown('the manifest has an object whose name cannot be read');
  const target = targetOfKind(group!, version!, kind);
  const placed = namespace === '' ? target : { ...target, namespace };
  return [{ target: { ...placed, name: name === '' ? null : name }, object }];
}
