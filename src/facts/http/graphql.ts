/** GraphQL over HTTP: a JSON body, a batch of them, the query, or a body of its own media type. */
import {
  Unknown,
  ValueSet,
  isArray,
  isObject,
  objectOf,
  property,
  type Maybe,
  type Value,
  type ValueObject,
} from '../../values/value.js';
import type { RequestBody } from './body.js';
import {
  UnreadableDocument,
  charactersMax,
  readDocument,
  type GraphqlOperation,
} from './graphql-document.js';
import type { Parameters } from './parameters.js';

const batchMax = 50;

export interface GraphqlPlaces {
  readonly segments: Value;
  readonly query: Parameters;
  readonly body: RequestBody;
}

/** Null if the request is not GraphQL. Anything that might be, and is not read, is unknown. */
export function graphqlFacts(places: GraphqlPlaces): Value | null {
  try {
    const requests = findRequests(places);
    return requests === null ? null : describe(requests);
  } catch (error) {
    if (error instanceof UnreadableDocument) return new Unknown(error.message, 'http.graphql');
    throw error;
  }
}

interface GraphqlRequest {
  readonly document: string;
  readonly operationName: string | null;
}

/** Servers that find a document in two places take one or the other. */
function findRequests({ segments, query, body }: GraphqlPlaces): GraphqlRequest[] | null {
  const forms = [query, ...(body.form === null ? [] : [body.form])];
  const found = [...forms.map(parameterRequests), bodyRequests(body), documentRequests(body)];
  const requests = found.filter((one) => one !== null);
  if (requests.length > 1) throw new UnreadableDocument('the request holds two documents');
  if (requests.length === 1) return requests[0]!;
  if (!isEndpoint(segments)) return null;
  throw new UnreadableDocument('a request to a GraphQL endpoint holds no document');
}

/** By its customary name. */
function isEndpoint(segments: Value): boolean {
  const last = isArray(segments) ? segments.at(-1) : undefined;
  return typeof last === 'string' && last.toLowerCase() === 'graphql';
}

/** From the query, or from a form. */
function parameterRequests({ map, has }: Parameters): GraphqlRequest[] | null {
  if (!has('query') && !has('extensions')) return null;
  if (!isObject(map)) throw new UnreadableDocument('the parameters of the request are not known');
  const only = (name: string): Maybe => {
    const values = property(map, name);
    return isArray(values) ? values[0] : values;
  };
  const extensions = only('extensions');
  const stored = typeof extensions === 'string' && extensions.includes('persistedQuery');
  return has('query') || stored ? [requestOf(only('query'), only('operationName'))] : null;
}

function bodyRequests({ json }: RequestBody): GraphqlRequest[] | null {
  if (json === null) return null;
  if (json instanceof Unknown) throw new UnreadableDocument(json.reason);
  if (isObject(json)) return isRequest(json) ? [bodyRequest(json)] : null;
  if (!isArray(json) || !json.some((member) => isObject(member) && isRequest(member))) return null;
  if (json.length > batchMax) throw new UnreadableDocument('the batch has too many requests');
  return json.map((member) => {
    if (isObject(member)) return bodyRequest(member);
    throw new UnreadableDocument('a member of the batch is no request');
  });
}

const storedKeys = ['documentid', 'doc_id', 'queryid', 'operationid'];

/** The keys of GraphQL over HTTP; a document that the server has stored is named in several ways. */
const requestKeys = new Set(['mutation', 'operationname', ...storedKeys]);

function isRequest(body: ValueObject): boolean {
  if (isPersisted(body)) return true;
  return Object.entries(body).some(([key, value]) => {
    const name = key.toLowerCase();
    return requestKeys.has(name) || (name === 'query' && (typeof value === 'string' || value instanceof Unknown)); // prettier-ignore
  });
}

function isPersisted(body: ValueObject): boolean {
  const extensions = property(body, 'extensions');
  return isObject(extensions) && property(extensions, 'persistedQuery') !== undefined;
}

function bodyRequest(body: ValueObject): GraphqlRequest {
  // Beside a document, a server may take the one that it has stored.
  if (Object.keys(body).some((key) => storedKeys.includes(key.toLowerCase())))
    throw new UnreadableDocument('the server holds the document');
  return requestOf(property(body, 'query'), property(body, 'operationName'));
}

function documentRequests({ document }: RequestBody): GraphqlRequest[] | null {
  if (document === null) return null;
  return [requestOf(document, undefined)];
}

function requestOf(document: Maybe, operationName: Maybe): GraphqlRequest {
  if (typeof document !== 'string')
    throw new UnreadableDocument(document instanceof Unknown ? document.reason : 'the server holds the document'); // prettier-ignore
  if (typeof operationName === 'string') return { document, operationName };
  if (operationName === undefined || operationName === null) return { document, operationName: null };
  throw new UnreadableDocument('the name of the operation is not known');
}

function describe(requests: readonly GraphqlRequest[]): Value {
  const characters = requests.reduce((sum, { document }) => sum + document.length, 0);
  if (characters > charactersMax) throw new UnreadableDocument('the documents are too long');
  const operations = requests.flatMap((request, index) => {
    const all = readDocument(request.document);
    const runs = runningOperation(all, request.operationName);
    return all.map((operation) => ({ operation, index, executed: operation === runs }));
  });
  const running = operations.filter(({ executed }) => executed);
  return objectOf([
    ['operations', operations.map((one) => operationFacts(one.operation, one.index, one.executed))],
    ['count', requests.length],
    ['types', ValueSet.of(running.map(({ operation }) => operation.type))],
  ]);
}

/** GraphQL section 6.1: without a name there must be one operation. Some servers treat an empty name as no name. */
function runningOperation(all: readonly GraphqlOperation[], name: string | null): GraphqlOperation {
  if (name === null || name === '') {
    if (all.length === 1) return all[0]!;
    throw new UnreadableDocument('it is not said which operation runs');
  }
  const named = all.find((operation) => operation.name === name);
  if (named === undefined)
    throw new UnreadableDocument('the operation that is to run is not in the document');
  return named;
}

function operationFacts(operation: GraphqlOperation, index: number, executed: boolean): ValueObject {
  const { type, name, fields, directives } = operation;
  const top = fields.filter(({ depth }) => depth === 1);
  return objectOf([
    ['request', index],
    ['type', type],
    ...(name === null ? [] : [['name', name] as const]),
    ['executed', executed],
    ['top_level', ValueSet.of(top.map((one) => one.name))],
    ['fields', fields.map((one) => objectOf([['name', one.name], ['path', one.path], ['depth', one.depth], ['arguments', ValueSet.of(one.arguments)]]))], // prettier-ignore
    ['directives', ValueSet.of(directives)],
    ['introspection', fields.some((one) => one.name === '__schema' || one.name === '__type')],
    ['depth', Math.max(...fields.map(({ depth }) => depth))],
  ]);
}
