/** The method (RFC 9110 section 9), and what some servers take in its place. */
import { Unknown, isArray, isObject, property, type Value } from '../../values/value.js';
import { httpMethods } from '../schema/http.js';
import type { RequestBody } from './body.js';
import type { HeaderFields } from './header-fields.js';
import type { Parameters } from './parameters.js';
import { MalformedRequest } from './request.js';

const registered: ReadonlySet<string> = new Set(httpMethods);
const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY']);

export interface MethodFacts {
  readonly method: Value;
  readonly safe: Value;
}

interface Places {
  readonly fields: HeaderFields;
  readonly query: Parameters;
  readonly body: RequestBody;
}

export function checkMethod(method: string): void {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40}$/.test(method))
    throw new MalformedRequest('its method is no token');
  if (/^connect$/i.test(method)) throw new MalformedRequest('it asks for a tunnel');
}

export function methodFacts(method: string, places: Places): MethodFacts {
  const reason = problemOf(method, places);
  if (reason === null) return { method, safe: safe.has(method) };
  return { method: new Unknown(reason, 'http.method'), safe: new Unknown(reason, 'http.safe') };
}

function problemOf(method: string, { fields, query, body }: Places): string | null {
  // Methods are case-sensitive (RFC 9110 section 9.1), and some servers forget it.
  if (!registered.has(method)) return 'the method is none of the registered ones';
  const override = ['x-http-method-override', 'x-http-method', 'x-method-override', 'x-original-method']
    .flatMap((name) => [name, name.replaceAll('-', '_')])
    .find((name) => fields.get(name)?.some((value) => value !== method) === true);
  if (override !== undefined) return `the header \`${override}\` asks for another method`;
  if (method !== 'POST') return null;
  const parameter = query.has('_method') || body.form?.has('_method') === true || namesMethod(body.json);
  return parameter ? 'the parameter `_method` asks for another method' : null;
}

function namesMethod(json: Value | null): boolean {
  return json !== null && !isArray(json) && isObject(json) && property(json, '_method') !== undefined;
}
