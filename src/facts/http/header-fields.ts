/** Header fields (RFC 9110 section 5): what is malformed is refused, what two servers may read differently is unknown. */
import { headerIsLeftOut } from './unread-headers.js';
import { Unknown, ValueSet, objectOf, type Value } from '../../values/value.js';
import { httpAuthorizations } from '../schema/http.js';
import { MalformedRequest, type HttpHeader } from './request.js';

const headersMax = 256;
const headerCharactersMax = 64 * 1024;

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Controls other than the tab end or split a line for one reader or another. */
const controls = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** With them some servers find the end of the body, the rest of them not. */
const framing = new Set(['content-length', 'transfer-encoding', 'content-type', 'content-encoding', 'host']);

/** A server in between drops what Connection names: the next one would read another request. */
const needed = new Set([...framing, 'authorization', 'cookie']);

/** Values by name in lower case, in order. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>;

/** Of these, servers take the first, the last or both. */
const singletons = ['host', 'content-length', 'content-type', 'authorization', 'transfer-encoding'];

export function readHeaders(headers: readonly HttpHeader[]): HeaderFields {
  if (headers.length > headersMax) throw new MalformedRequest(`it has more than ${headersMax} headers`);
  let characters = 0;
  const fields = new Map<string, string[]>();
  for (const [name, value] of headers) {
    characters += name.length + value.length;
    if (characters > headerCharactersMax) throw new MalformedRequest('its headers are too long');
    if (!token.test(name)) throw new MalformedRequest('the name of a header is no token');
    if (controls.test(value)) throw new MalformedRequest(`the header \`${name}\` holds a control character`);
    const values = fields.get(name.toLowerCase()) ?? [];
    fields.set(name.toLowerCase(), [...values, trimmed(value)]);
  }
  const disguised = [...fields.keys()].find(
    (name) => name.includes('_') && framing.has(name.replaceAll('_', '-')),
  );
  if (disguised !== undefined)
    throw new MalformedRequest(`the header \`${disguised}\` is written with an underscore`);
  const dropped = listOf(fields, 'connection').find((name) => needed.has(name));
  if (dropped !== undefined) throw new MalformedRequest(`its Connection header names \`${dropped}\``);
  const twice = singletons.find((name) => (fields.get(name)?.length ?? 0) > 1);
  if (twice !== undefined) throw new MalformedRequest(`the header \`${twice}\` stands twice`);
  return fields;
}

/** Spaces and tabs around a value are no part of it; a pattern would look for its end at each of them. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value[start]!)) start++;
  while (end > start && isBlank(value[end - 1]!)) end--;
  return value.slice(start, end);
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\t';
}

/** The headers that rules may read. */
export function headerFacts(fields: HeaderFields): Value {
  const dropped = new Set(listOf(fields, 'connection'));
  const names = [...fields.keys()].filter((name) => !headerIsLeftOut(name));
  const entries = names.map((name) => [name, valuesOf(fields, name, dropped)] as const);
  return objectOf([...entries, ...underscored(fields)]);
}

function valuesOf(fields: HeaderFields, name: string, dropped: ReadonlySet<string>): Value {
  // A server in between may drop it before anybody reads it.
  if (dropped.has(name)) return new Unknown(`\`Connection\` names the header \`${name}\``, 'http.headers');
  if (name.includes('_')) return new Unknown(conflated, 'http.headers');
  return [...fields.get(name)!];
}

const conflated = 'the name of a header has an underscore, which some servers read as a hyphen';

/** To a CGI application (RFC 3875 section 4.1.18) `X_User` and `X-User` are one variable. */
function underscored(fields: HeaderFields): (readonly [string, Value])[] {
  return [...fields.keys()]
    .filter((name) => name.includes('_'))
    .map((name) => [name.replaceAll('_', '-'), new Unknown(conflated, 'http.headers')] as const);
}

export function headerNames(fields: HeaderFields): Value {
  return ValueSet.of(fields.keys());
}

/** The members of a comma-separated list, in lower case. */
export function listOf(fields: HeaderFields, name: string): string[] {
  const values = fields.get(name) ?? [];
  return values.flatMap((value) => value.split(',').map((member) => member.trim().toLowerCase()));
}

/** What has no `=` is a value without a name (RFC 6265bis section 5.6). */
export function cookieNames(fields: HeaderFields): Value {
  const cookies = (fields.get('cookie') ?? []).flatMap((value) => value.split(';'));
  const named = cookies.filter((cookie) => cookie.includes('='));
  return ValueSet.of(named.map((cookie) => cookie.slice(0, cookie.indexOf('=')).trim()));
}

const schemes: ReadonlySet<string> = new Set(httpAuthorizations);

/** Where another word stands, it may be the secret itself: it is not repeated. */
export function authorizationFact(fields: HeaderFields): (readonly [string, Value])[] {
  const value = fields.get('authorization')?.[0];
  if (value === undefined) return [];
  const scheme = value.split(' ', 1)[0]!.toLowerCase();
  const reason = 'the Authorization header names no scheme that is known';
  return [['authorization', schemes.has(scheme) ? scheme : new Unknown(reason, 'http.authorization')]];
}

/** Message framing (RFC 9112 section 6): whatever could be cut at two places is refused. */
export function checkFraming(fields: HeaderFields, bodyBytes: number, whole: boolean): void {
  const length = fields.get('content-length')?.[0];
  const coding = fields.get('transfer-encoding')?.[0];
  if (length !== undefined && coding !== undefined)
    throw new MalformedRequest('it has both Content-Length and Transfer-Encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw new MalformedRequest('its transfer coding is not `chunked`');
  if (length === undefined) return;
  if (!/^\d{1,15}$/.test(length)) throw new MalformedRequest('its Content-Length is not a number');
  const agrees = whole ? Number(length) === bodyBytes : Number(length) >= bodyBytes;
  if (!agrees) throw new MalformedRequest('its body is not as long as Content-Length says');
}
