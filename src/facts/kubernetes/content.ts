/** What the body of a request says: the object, the pods in it, the options of a deletion. */
import { isObject, Unknown, type Maybe, type Value } from '../../values/value.js';
import type { HttpRequest } from '../http/request.js';
import { readBody } from './body.js';
import { headerValue } from './header.js';
import { patchedPod } from './json-patch.js';
import type { ResourcePath } from './path.js';
import { podFacts } from './pod.js';
import { listAt, memberOf, textAt, valueAt } from './read.js';
import { findBuiltin, podSpecPath } from './resources.js';

export interface Content {
  /** The object as it stands in the body, or the patch; absent where the request has none. */
  readonly object?: Maybe;
  readonly patchType?: Maybe;
  readonly pod?: Maybe;
  /** Of what is created. */
  readonly name?: Maybe;
  /** What options of a deletion in the body say of a dry run; absent where there are none. */
  readonly deleteDryRun?: Maybe;
}

type Place = Pick<ResourcePath, 'group' | 'resource' | 'subresource'>;

export const patchTypes = ['json', 'merge', 'strategic', 'apply'] as const;
type PatchType = (typeof patchTypes)[number];

const patchMediaTypes: ReadonlyMap<string, PatchType> = new Map([
  ['application/json-patch+json', 'json'],
  ['application/merge-patch+json', 'merge'],
  ['application/strategic-merge-patch+json', 'strategic'],
  ['application/apply-patch+yaml', 'apply'],
]);

export function contentOf(request: HttpRequest, place: Place, verb: Value): Content {
  if (verb === 'create' || verb === 'update') {
    const object = readObject(request, objectFormat(request)) ?? new Unknown('the body is missing');
    return writtenContent(object, place, verb);
  }
  if (verb === 'patch') return patchContent(request, place);
  if (verb === 'delete' || verb === 'deletecollection')
    return { deleteDryRun: deletionDryRun(readObject(request, objectFormat(request))) };
  return verb instanceof Unknown && mayWrite(request) ? { pod: verb, object: verb } : {};
}

const mayWrite = ({ method, body, whole }: HttpRequest): boolean =>
  method !== 'GET' && method !== 'HEAD' && (body.length > 0 || !whole);

/** An object that is written as a whole. */
export function writtenContent(object: Value, place: Place, verb: 'create' | 'update'): Content {
  const eviction = place.subresource === 'eviction' ? memberOf(object, 'deleteOptions') : undefined;
  return {
    object,
    pod: podIn(place, (path) => wholePod(object, place, path)),
    ...(verb === 'create' ? { name: createdName(object) } : {}),
    ...(eviction === undefined ? {} : { deleteDryRun: deletionDryRun(eviction) }),
  };
}

function createdName(object: Value): Maybe {
  if (object instanceof Unknown) return object;
  const metadata = memberOf(object, 'metadata');
  const name = textAt(metadata, 'name');
  if (name !== undefined && name !== '') return name;
  return memberOf(metadata, 'generateName') === undefined
    ? undefined
    : new Unknown('the server chooses the name');
}

/** Undefined where there are no options in the body: those of the query count then. */
function deletionDryRun(options: Maybe): Maybe {
  if (options === undefined || options instanceof Unknown) return options;
  return isObject(options) ? isDryRun(listAt(options, 'dryRun')) : new Unknown('the options cannot be read');
}

export function isDryRun(values: readonly Value[]): Value {
  if (values.length === 0) return false;
  return values.every((value) => value === 'All') ? true : new Unknown('the dry run is of no known kind');
}

const podSubresources = new Set([null, 'ephemeralcontainers', 'resize']);

/** Nothing for resources that have no pods; unknown for those that may make some in a way of their own. */
export function podIn(
  { group, resource, subresource }: Place,
  read: (path: readonly string[]) => Maybe,
): Maybe {
  const path = podSpecPath(group, resource);
  if (path !== null) return podSubresources.has(subresource) ? read(path) : undefined;
  const plain = findBuiltin(group, resource) !== null || subresource === 'status' || subresource === 'scale';
  return plain ? undefined : new Unknown('which pods a custom resource makes is not known');
}

function wholePod(object: Value, { group, resource }: Place, path: readonly string[]): Value {
  if (object instanceof Unknown) return object;
  const kind = textAt(object, 'kind');
  if (kind !== undefined && kind !== '' && kind !== findBuiltin(group, resource)?.kind)
    return new Unknown('the object is of another kind than its path');
  return podFacts(valueAt(object, path) ?? new Unknown('the object has no pods in it'), 'whole');
}

/** The server compares types without regard to parameters. */
function mediaType({ headers }: HttpRequest): string | null {
  const [type = ''] = headerValue(headers, 'content-type')?.split(';') ?? [];
  return headerValue(headers, 'content-type') === null ? null : type.trim().toLowerCase();
}

function objectFormat(request: HttpRequest): 'json' | 'yaml' | null {
  const type = mediaType(request);
  if (type === '' || type === 'application/json') return 'json';
  return type === 'application/yaml' ? 'yaml' : null;
}

function readObject(request: HttpRequest, format: 'json' | 'yaml' | null): Maybe {
  const { headers, body, whole } = request;
  if (body.length === 0 && whole) return undefined;
  const coding = headerValue(headers, 'content-encoding');
  if (coding !== '' && coding !== 'identity') return new Unknown('the body is compressed');
  // Protobuf and CBOR among them.
  if (format === null) return new Unknown('the body is of a type that is not read');
  return readBody(body, whole, format);
}

function patchContent(request: HttpRequest, place: Place): Content {
  const type = patchMediaTypes.get(mediaType(request) ?? '');
  if (type === undefined) {
    const doubt = new Unknown('the patch is of a type that is not read');
    return { patchType: doubt, object: doubt, pod: podIn(place, () => doubt) };
  }
  const found = readObject(request, type === 'apply' ? 'yaml' : 'json') ?? new Unknown('the body is missing');
  return patchFacts(type, found, place);
}

export function patchFacts(type: PatchType, patch: Value, place: Place): Content {
  const read = (path: readonly string[]): Maybe =>
    patch instanceof Unknown ? patch : podOfPatch(type, patch, path);
  return { patchType: type, object: patch, pod: podIn(place, read) };
}

function podOfPatch(type: PatchType, patch: Value, path: readonly string[]): Maybe {
  if (type === 'json') return patchedPod(patch, path);
  if (!isObject(patch)) return new Unknown('the patch is no object');
  const around = path.map((_, depth) => valueAt(patch, path.slice(0, depth)));
  const directives = type === 'strategic' ? around.map((one) => memberOf(one, '$patch')) : [];
  // A directive around the pods replaces them with all that is around them.
  if (directives.some((one) => one !== undefined && one !== 'replace'))
    return new Unknown('the patch takes something away');
  const spec = valueAt(patch, path);
  if (spec === undefined) return undefined;
  return podFacts(spec, directives.includes('replace') ? 'whole' : manners[type]);
}

const manners = { merge: 'merge', strategic: 'strategic', apply: 'part' } as const;
