/** Facts of an HTTP request. They are gathered in src/facts/http. */
import type { RootField, Type } from '../../values/schema.js';
import { headerName, host, mediaType, path, readHeaderName, segment } from './spellings.js';
import {
  arrayOf,
  boolean,
  count,
  field,
  json,
  lowerText,
  mapOf,
  object,
  oneOf,
  optional,
  port,
  setOf,
  text,
} from '../../values/schema.js';

/** The methods of IANA's registry; PRI and CONNECT are never requests for a resource. Others are unknown. */
export const httpMethods = [
  'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY',
  'ACL', 'BASELINE-CONTROL', 'BIND', 'CHECKIN', 'CHECKOUT', 'COPY', 'LABEL', 'LINK', 'LOCK', 'MERGE', 'MKACTIVITY',
  'MKCALENDAR', 'MKCOL', 'MKREDIRECTREF', 'MKWORKSPACE', 'MOVE', 'ORDERPATCH', 'PROPFIND', 'PROPPATCH', 'REBIND',
  'REPORT', 'SEARCH', 'UNBIND', 'UNCHECKOUT', 'UNLINK', 'UNLOCK', 'UPDATE', 'UPDATEREDIRECTREF', 'VERSION-CONTROL',
] as const; // prettier-ignore

export const httpBodyKinds = ['none', 'json', 'form', 'multipart', 'graphql', 'text', 'other'] as const;

/** The schemes of IANA's registry, and those of services that are in wide use. */
export const httpAuthorizations = [
  'basic', 'bearer', 'concealed', 'digest', 'dpop', 'gnap', 'hoba', 'mutual', 'negotiate', 'oauth', 'privatetoken',
  'scram-sha-1', 'scram-sha-256', 'vapid', 'apikey', 'aws4-hmac-sha256', 'ntlm', 'token',
] as const; // prettier-ignore

export const graphqlOperations = ['query', 'mutation', 'subscription'] as const;

const texts = mapOf(arrayOf(text));

const graphqlField: Type = object({
  name: field(text, 'Its name in the schema; an alias does not hide it.'),
  path: field(text, 'The names from the operation down to it, joined by dots: `user.orders.total`.'),
  depth: field(count, '1 for a field of the operation itself, 2 for a field of that, and so on.'),
  arguments: field(setOf(text), 'The names of its arguments.'),
});

const operation: Type = object({
  request: field(count, 'Which request of a batch it belongs to, from 0.'),
  type: field(oneOf(...graphqlOperations), 'What it is; a document without a keyword is a query.'),
  name: optional(text, 'Its name, where it has one.'),
  executed: field(boolean, 'Whether it is the one that runs: a document can hold others that do not.'),
  top_level: field(setOf(text), 'The names of the fields of the operation itself.'),
  fields: field(arrayOf(graphqlField), 'Every field at every depth, those of fragments in their places.'),
  directives: field(setOf(text), 'The names of its directives, without the `@`.'),
  introspection: field(boolean, 'Whether it asks for the schema, by `__schema` or `__type`.'),
  depth: field(count, 'How deep its fields are nested.'),
});

export const http: RootField = {
  ...field(
    object({
      method: field(oneOf(...httpMethods), 'The method. Unknown where a header or parameter overrides it.'),
      safe: field(boolean, 'Whether the method only reads: GET, HEAD, OPTIONS, TRACE, QUERY (RFC 9110).'),
      scheme: field(oneOf('http', 'https'), 'How the client speaks to the server.'),
      host: field(host, 'The host that the request is for, in lower case, without its port.'),
      port: field(port, 'The port that the request is for.'),
      path: field(
        path,
        'The path without the query. What need not be percent-encoded is not: `/%61dmin` is `/admin`.',
      ),
      segments: field(
        arrayOf(segment),
        'The parts of the path between slashes, decoded; a slash at the end adds none.',
      ),
      query: field(
        texts,
        'The values of each parameter of the query. One that stands twice, other than as `key[]`, is unknown.',
      ),
      pairs: field(
        arrayOf(object({ name: field(text, 'Its name.'), value: field(text, 'Its value.') })),
        'Every parameter of the query in order, those that stand twice as well.',
      ),
      headers: field(
        mapOf(arrayOf(text), readHeaderName),
        'The values of each header, by its name in lower case. Those of the connection and secrets are left out.',
      ),
      header_names: field(
        setOf(headerName),
        'The names of all headers in lower case, secrets and those of the connection too.',
      ),
      cookies: field(setOf(text), 'The names of the cookies.'),
      authorization: optional(
        oneOf(...httpAuthorizations),
        'The scheme of the Authorization header in lower case: `bearer`.',
      ),
      upgrade: field(
        setOf(lowerText),
        'Protocols that the client asks to change to, in lower case: `websocket`.',
      ),
      content_type: optional(mediaType, 'The media type of the body in lower case, without its parameters.'),
      body: field(
        object({
          kind: field(oneOf(...httpBodyKinds), 'What the media type says it is.'),
          bytes: field(count, 'How long it is.'),
        }),
        'The body before anything is made of it.',
      ),
      json: optional(
        json,
        'A JSON body. Unknown where it is cut off, compressed, or read in more than one way.',
      ),
      form: optional(texts, 'The fields of a form body, as `query` has parameters.'),
      graphql: optional(
        object({
          operations: field(arrayOf(operation), 'Every operation of every request of the batch.'),
          count: field(count, 'How many requests the batch has; 1 where it is none.'),
          types: field(setOf(oneOf(...graphqlOperations)), 'What the operations that run are.'),
        }),
        'The GraphQL of a JSON body, of a body of its own type, or of the query.',
      ),
    }),
    'What an HTTP request asks for.',
  ),
  targets: ['http'],
};
