/** The verb of a request for a resource, and what follows from it. */
import { Unknown, type Value } from '../../values/value.js';
import type { ResourcePath } from './path.js';
import { isOn, type Query } from './query.js';
import { findBuiltin } from './resources.js';

export const httpMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
export const unknownMethod = new Unknown('the API has no such method');
export const unreadableQuery = new Unknown('the query can be read in more than one way');

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Subresources that open a connection to somewhere else. WebSocket clients send GET and older ones POST, and mean the same. */
const connections: ReadonlyMap<string, readonly string[]> = new Map([
  ['pods', ['exec', 'attach', 'portforward', 'proxy']],
  ['services', ['proxy']],
  ['nodes', ['proxy']],
]);

function isConnection({ group, resource, subresource }: Place): boolean {
  return group === '' && subresource !== null && connections.get(resource)?.includes(subresource) === true;
}

type Place = Pick<ResourcePath, 'group' | 'resource' | 'subresource'>;

export function verbOf(method: string, path: ResourcePath, query: Query | null): Value {
  if (path.verb !== null) return path.verb;
  if (!httpMethods.has(method)) return unknownMethod;
  if (isConnection(path)) return 'connect';
  const verb = verbs[method] ?? unknownMethod;
  if (path.name !== null) return verb;
  if (verb === 'delete') return 'deletecollection';
  if (verb !== 'get') return verb;
  if (query === null) return unreadableQuery;
  return isOn(query, 'watch') ? 'watch' : 'list';
}

const reading = new Set<Value>(['get', 'list', 'watch']);
const plainSubresources = new Set(['status', 'scale', 'log']);
const reviews = new Set(['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews']);

/** Asking what one may do oneself writes nothing, though it is a POST. */
export function isReadOnly(verb: Value, { group, resource, subresource }: Place): Value {
  if (verb === 'create') return /^auth(entic|oriz)ation\.k8s\.io$/.test(group) && reviews.has(resource);
  if (verb instanceof Unknown) return verb;
  if (!reading.has(verb)) return false;
  // Servers of others may offer a console under a subresource that is read.
  const plain =
    subresource === null || plainSubresources.has(subresource) || findBuiltin(group, resource) !== null;
  return plain ? true : new Unknown('what the subresource does is not known');
}

/** The verbs that concern every object that selectors leave. */
const collecting = new Set<Value>(['list', 'watch', 'deletecollection']);
export const isCollecting = (verb: Value): boolean => collecting.has(verb);

const mutating = new Set<Value>(['create', 'update', 'patch', 'delete', 'deletecollection']);
export const isMutating = (verb: Value): boolean => mutating.has(verb);
