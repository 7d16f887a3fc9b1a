/** The request target (RFC 9112 section 3.2) and the Host header, which must name one server. */
import { Unknown, type Value } from '../../values/value.js';
import { MalformedRequest } from './request.js';

const targetCharactersMax = 16 * 1024;

export interface RequestTarget {
  readonly host: Value;
  readonly port: Value;
  /** `*` for the server as a whole. */
  readonly path: string;
  readonly query: string;
}

interface Authority {
  readonly host: string;
  readonly port: number;
}

const ports = { http: 80, https: 443 } as const;

/** Spaces, controls, quotes and fragments have no place in a target; some servers stop at them. */
const forbidden = /[^\u0021-\u007e]|[#"<>]/;

export function readTarget(
  target: string,
  scheme: 'http' | 'https',
  hostHeader: string | undefined,
): RequestTarget {
  if (target.length > targetCharactersMax) throw new MalformedRequest('its target is too long');
  if (forbidden.test(target))
    throw new MalformedRequest('its target holds a character that targets have not');
  const named = hostHeader === undefined ? null : readAuthority(hostHeader, scheme);
  if (target === '*') return place(named, '*', '');
  if (target.startsWith('/')) return place(named, ...splitQuery(target));
  return absoluteForm(target, scheme, named);
}

/** A server must take the target's authority (RFC 9112 section 3.2.2), and not all do: the two have to agree. */
function absoluteForm(target: string, scheme: 'http' | 'https', named: Authority | null): RequestTarget {
  const match = /^(https?):\/\/([^/?]+)([/?].*)?$/i.exec(target);
  if (match === null) throw new MalformedRequest('its target is neither a path nor a URL');
  if (match[1]!.toLowerCase() !== scheme)
    throw new MalformedRequest('its target is of another scheme than the connection');
  const authority = readAuthority(match[2]!, scheme);
  if (named !== null && (named.host !== authority.host || named.port !== authority.port))
    throw new MalformedRequest('its target and its Host header name two servers');
  const rest = match[3] ?? '/';
  return place(authority, ...splitQuery(rest.startsWith('?') ? `/${rest}` : rest));
}

/** The path, still percent-encoded, and what follows the first `?`; '' if there is none. */
export function splitQuery(text: string): [path: string, query: string] {
  const at = text.indexOf('?');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function place(authority: Authority | null, path: string, query: string): RequestTarget {
  if (authority === null) {
    const missing = (fact: string): Value => new Unknown('the request names no host', fact);
    return { host: missing('http.host'), port: missing('http.port'), path, query };
  }
  return { host: hostFact(authority.host), port: authority.port, path, query };
}

function readAuthority(text: string, scheme: 'http' | 'https'): Authority {
  const match = /^([A-Za-z0-9\-._]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/.exec(text);
  if (match === null) throw new MalformedRequest('its host is no host name or address');
  const port = match[2] === undefined ? ports[scheme] : Number(match[2]);
  if (port === 0 || port > 65535) throw new MalformedRequest('its port is not a port');
  return { host: match[1]!.toLowerCase(), port };
}

/** Names and addresses that can be written in several ways are known in one of them. */
function hostFact(host: string): Value {
  const unknown = (reason: string): Unknown => new Unknown(reason, 'http.host');
  if (host.startsWith('[')) return canonicalAddress(host) ?? unknown('the host is no IPv6 address');
  if (host.endsWith('.')) return unknown('the host ends with a dot');
  if (host.startsWith('.') || host.includes('..')) return unknown('the host has an empty part');
  // 0x7f.1, 2130706433 and 127.1 are addresses to some and names to others.
  const numeric = /^(0x[0-9a-f]*|\d+)$/.test(host.split('.').at(-1)!);
  if (!numeric) return host;
  return canonicalAddress(host) === host ? host : unknown('the host is an address in an unusual form');
}

function canonicalAddress(host: string): string | null {
  try {
    return new URL(`http://${host}/`).hostname;
  } catch {
    return null;
  }
}
