/** A request to the Kubernetes API as facts. */
import { never } from '../../errors.js';
import { Unknown, type Maybe, type Value, type ValueObject } from '../../values/value.js';
import type { HttpRequest } from '../http/request.js';
import { splitQuery } from '../http/request-target.js';
import { contentOf, isDryRun, type Content } from './content.js';
import { kubernetesFacts, requestFacts, type Entry } from './entry.js';
import { impersonationFacts } from './header.js';
import { readPath, type ResourcePath } from './path.js';
import { first, parseQuery, type Query } from './query.js';
import { findBuiltin } from './resources.js';
import { selectedName, selectorFacts } from './selector.js';
import { streamFacts } from './stream.js';
import {
  httpMethods,
  isCollecting,
  isMutating,
  isReadOnly,
  unknownMethod,
  unreadableQuery,
  verbOf,
} from './verb.js';

/** The `kubernetes` facts of one request. Never throws. */
export function deriveRequest(request: HttpRequest): ValueObject {
  return kubernetesFacts([requestMember(request)]);
}

/** The request as a member of `kubernetes.requests`. */
export function requestMember(request: HttpRequest): Value {
  const [written, query] = splitQuery(request.target);
  const path = readPath(written);
  const impersonation = impersonationFacts(request.headers);
  switch (path.kind) {
    case 'unknown':
      return new Unknown(path.reason);
    case 'other':
      return requestFacts({ ...otherEntry(request.method, path.path), impersonation });
    case 'resource':
      return requestFacts({ ...resourceEntry(request, path, parseQuery(query)), impersonation });
    default:
      return never(path);
  }
}

/** Of paths that are no resources the verb is the method, as RBAC has it for `nonResourceURLs`. */
function otherEntry(method: string, path: string): Entry {
  const verb = httpMethods.has(method) ? method.toLowerCase() : unknownMethod;
  const reads = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  return { verb, path, read_only: reads, dry_run: false, all_namespaces: false };
}

function resourceEntry(request: HttpRequest, path: ResourcePath, query: Query | null): Entry {
  const verb = verbOf(request.method, path, query);
  const content = contentOf(request, path, verb);
  return {
    verb,
    read_only: isReadOnly(verb, path),
    dry_run: dryRun(verb, query, content),
    all_namespaces: allNamespaces(verb, path),
    group: path.group,
    version: path.version,
    resource: path.resource,
    subresource: path.subresource ?? undefined,
    namespace: namespaceOf(verb, path, content),
    name: nameOf(verb, path, query, content),
    ...selectorsOf(verb, query),
    ...{ patch_type: content.patchType, object: content.object, pod: content.pod },
    ...streamFacts(path, verb, query),
  };
}

function allNamespaces(verb: Value, path: ResourcePath): Value {
  const builtin = findBuiltin(path.group, path.resource);
  if (path.namespace !== null || path.name !== null || builtin?.namespaced === false) return false;
  if (verb instanceof Unknown) return verb;
  return isCollecting(verb) && (builtin !== null || unknownScope);
}

const unknownScope = new Unknown('whether the resource has namespaces is not known');
const everyNamespace = new Unknown('the request concerns every namespace');
const everyObject = new Unknown('the request concerns every object of the collection');

function namespaceOf(verb: Value, path: ResourcePath, content: Content): Maybe {
  if (path.namespace !== null) return path.namespace;
  // A namespace that is created is the one it is about, as admission sees it.
  if (path.group === '' && path.resource === 'namespaces')
    return verb === 'create' ? content.name : undefined;
  const builtin = findBuiltin(path.group, path.resource);
  if (builtin !== null) return builtin.namespaced ? everyNamespace : undefined;
  return path.name !== null || verb === 'create' ? undefined : unknownScope;
}

function nameOf(verb: Value, path: ResourcePath, query: Query | null, content: Content): Maybe {
  if (path.name !== null) return path.name;
  if (verb === 'create') return content.name;
  const selected = verb === 'deletecollection' || query === null ? null : listedName(query);
  return selected ?? (verb instanceof Unknown || isCollecting(verb) ? everyObject : undefined);
}

/** `NewRequestInfo` takes the name from the field selector of a list, where all of the options can be read. */
function listedName(query: Query): string | null {
  const isNumber = (key: string): boolean => /^\d{0,18}$/.test(first(query, key) ?? '');
  const labels = selectorFacts(first(query, 'labelSelector') ?? '', 'label');
  if (labels instanceof Unknown || !isNumber('limit') || !isNumber('timeoutSeconds')) return null;
  return selectedName(first(query, 'fieldSelector') ?? '');
}

function selectorsOf(verb: Value, query: Query | null): Pick<Entry, 'label_selector' | 'field_selector'> {
  if (!isCollecting(verb) && !(verb instanceof Unknown)) return {};
  if (query === null) return { label_selector: unreadableQuery, field_selector: unreadableQuery };
  const labels = first(query, 'labelSelector') ?? '';
  const fields = first(query, 'fieldSelector') ?? '';
  return {
    ...(labels === '' ? {} : { label_selector: selectorFacts(labels, 'label') }),
    ...(fields === '' ? {} : { field_selector: selectorFacts(fields, 'field') }),
  };
}

/** Of deletions, the options in the body count, and those of the query only where there is no body. */
function dryRun(verb: Value, query: Query | null, content: Content): Value {
  if (verb instanceof Unknown) return verb;
  if (!isMutating(verb)) return false;
  const asked = query === null ? unreadableQuery : isDryRun(query.get('dryRun') ?? []);
  if (verb === 'delete' || verb === 'deletecollection') return content.deleteDryRun ?? asked;
  // Of an eviction the server takes them from either place.
  return asked === false ? (content.deleteDryRun ?? false) : asked;
}
