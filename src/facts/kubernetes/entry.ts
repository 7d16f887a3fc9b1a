/** One request to the API as facts, and the root of the facts from all of them. Shape: src/facts/schema/kubernetes.ts. */
import { compare, isArray, isObject, objectOf, property, Unknown } from '../../values/value.js';
import type { Maybe, Value, ValueObject } from '../../values/value.js';

/** Omitted fields are absent. */
export interface Entry {
  readonly verb: Value;
  readonly read_only: Value;
  readonly dry_run: Value;
  readonly all_namespaces: Value;
  readonly path?: Maybe;
  readonly group?: Maybe;
  readonly version?: Maybe;
  readonly resource?: Maybe;
  readonly subresource?: Maybe;
  readonly namespace?: Maybe;
  readonly name?: Maybe;
  readonly label_selector?: Maybe;
  readonly field_selector?: Maybe;
  readonly patch_type?: Maybe;
  readonly object?: Maybe;
  readonly pod?: Maybe;
  readonly container?: Maybe;
  readonly argv?: Maybe;
  readonly stdin?: Maybe;
  readonly tty?: Maybe;
  readonly ports?: Maybe;
  readonly proxy_path?: Maybe;
  readonly impersonation?: Maybe;
}

export function requestFacts(entry: Entry): ValueObject {
  return objectOf(Object.entries(entry).filter((field): field is [string, Value] => field[1] !== undefined));
}

/** Members of the root that every request has as well. */
const shared = ['verb', 'group', 'version', 'resource', 'subresource', 'namespace', 'name'];

/** `requests` may hold an Unknown for requests that are made besides. */
export function kubernetesFacts(requests: readonly Value[]): ValueObject {
  const each = (key: string): readonly Maybe[] =>
    requests.map((request) => (isObject(request) ? property(request, key) : request));
  const fields: readonly (readonly [string, Maybe])[] = [
    ['requests', requests],
    ['count', requests.find((request) => request instanceof Unknown) ?? requests.length],
    ...shared.map((key) => [key, common(each(key))] as const),
    ['read_only', every(each('read_only'))],
    ['dry_run', every(each('dry_run'))],
    ['all_namespaces', some(each('all_namespaces'))],
    ['containers', each('pod').flatMap(containersOf)],
  ];
  return objectOf(fields.filter((field): field is readonly [string, Value] => field[1] !== undefined));
}

/** Nothing is known of the command, for one reason. */
export function unknownFacts(reason: string): ValueObject {
  const keys = ['requests', 'count', ...shared, 'read_only', 'dry_run', 'all_namespaces', 'containers'];
  return objectOf(keys.map((key) => [key, new Unknown(reason, `kubernetes.${key}`)] as const));
}

/** The value that all requests share: a rule that reads one value of a command that has two cannot be decided. */
function common(values: readonly Maybe[]): Maybe {
  const [head] = values;
  const doubt = values.find((value) => value instanceof Unknown);
  if (doubt !== undefined) return doubt;
  const same = values.every(
    (value) => value === head || (value !== undefined && head !== undefined && compare(value, head) === 0),
  );
  return same ? head : new Unknown('the requests of the command differ in it');
}

function every(values: readonly Maybe[]): Value {
  if (values.includes(false)) return false;
  return values.find((value) => value instanceof Unknown) ?? true;
}

function some(values: readonly Maybe[]): Value {
  if (values.includes(true)) return true;
  return values.find((value) => value instanceof Unknown) ?? false;
}

function containersOf(pod: Maybe): readonly Value[] {
  if (pod instanceof Unknown) return [pod];
  const containers = isObject(pod) ? property(pod, 'containers') : undefined;
  return isArray(containers) ? containers : [];
}
