/** Headers that gateways set for the servers behind them: from a client, they are a way to ask for something else. */
import { Unknown, type Value } from '../../values/value.js';
import type { HeaderFields } from './header-fields.js';

const pathHeaders = [
  'x-original-url',
  'x-rewrite-url',
  'x-original-uri',
  'x-forwarded-uri',
  'x-accel-redirect',
];
const hostHeaders = ['x-forwarded-host', 'x-host', 'x-original-host', 'x-forwarded-server', 'forwarded'];

/** The header that asks for another path; null if there is none. */
export function rewritingHeader(fields: HeaderFields): string | null {
  return pathHeaders.find((name) => isThere(fields, name)) ?? null;
}

/** The host of the request, unless a header names another. */
export function hostFact(fields: HeaderFields, host: Value): Value {
  const other = hostHeaders.find((name) => isThere(fields, name) && !agrees(fields, name, host));
  return other === undefined ? host : new Unknown(`the header \`${other}\` names another host`, 'http.host');
}

function isThere(fields: HeaderFields, name: string): boolean {
  return fields.has(name) || fields.has(name.replaceAll('-', '_'));
}

/** Forwarded (RFC 7239) can say other things than a host. */
function agrees(fields: HeaderFields, name: string, host: Value): boolean {
  const values = fields.get(name) ?? [];
  if (name === 'forwarded') return values.every((value) => !/host/i.test(value));
  return values.length === 1 && values[0]!.toLowerCase().replace(/:\d+$/, '') === host;
}
