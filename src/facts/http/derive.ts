/** The facts of an HTTP request. Pure: the same bytes always mean the same. */
import { Unknown, ValueSet, objectOf, type Value, type ValueObject } from '../../values/value.js';
import { http as schema } from '../schema/http.js';
import { bodyFacts, readBody } from './body.js';
import { graphqlFacts } from './graphql.js';
import { authorizationFact, checkFraming, cookieNames, headerFacts, headerNames, listOf, readHeaders } from './header-fields.js'; // prettier-ignore
import { readMessage } from './message.js';
import { hostFact, rewritingHeader } from './rewriting.js';
import { checkMethod, methodFacts } from './method.js';
import { readParameters } from './parameters.js';
import { pathFacts } from './path.js';
import { MalformedRequest, type HttpAnalysis, type HttpRequest } from './request.js';
import { readTarget } from './request-target.js';

export function deriveHttp(request: HttpRequest): HttpAnalysis {
  try {
    return { http: requestFacts(request), error: null };
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw error;
    return { http: unknownHttp(`the request is malformed: ${error.message}`), error: error.message };
  }
}

/** The facts of a request as a person writes it: see message.ts. */
export function readHttpText(text: string): ValueObject {
  const request = readMessage(text);
  return request === null ? unknownHttp('it is no request') : deriveHttp(request).http;
}

/** Every fact unknown, for the same reason. */
function unknownHttp(reason: string): ValueObject {
  const fields = schema.type.kind === 'object' ? Object.keys(schema.type.fields) : [];
  return objectOf(fields.map((name) => [name, new Unknown(reason, `http.${name}`)]));
}

function requestFacts(request: HttpRequest): ValueObject {
  checkMethod(request.method);
  const fields = readHeaders(request.headers);
  checkFraming(fields, request.body.length, request.whole);
  const target = readTarget(request.target, request.scheme, fields.get('host')?.[0]);
  const query = readParameters(target.query, 'http.query');
  const body = readBody(request, fields);
  const { path, segments } = pathFacts(target.path, rewritingHeader(fields));
  const upgrade = listOf(fields, 'upgrade');
  return objectOf([
    ...Object.entries(methodFacts(request.method, { fields, query, body })),
    ['scheme', request.scheme],
    ['host', hostFact(fields, target.host)],
    ['port', target.port],
    ['path', path],
    ['segments', segments],
    ['query', query.map],
    ['pairs', query.pairs],
    ['headers', headerFacts(fields)],
    ['header_names', headerNames(fields)],
    ['cookies', cookieNames(fields)],
    ...authorizationFact(fields),
    ['upgrade', ValueSet.of(upgrade.filter((protocol) => protocol !== ''))],
    ...present('content_type', body.contentType),
    ['body', bodyFacts(body)],
    ...present('json', body.json),
    ...present('form', body.form?.map ?? null),
    ...present('graphql', graphqlFacts({ segments, query, body })),
  ]);
}

function present(name: string, value: Value | null): (readonly [string, Value])[] {
  return value === null ? [] : [[name, value]];
}
