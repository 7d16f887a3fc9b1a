/** A request as a person writes it: `METHOD url`, optionally followed by the lines of a message (RFC 9112 section 2). */
import type { HttpHeader, HttpRequest } from './request.js';

/**
 * `GET https://api.example.com/orders?state=open`, or `GET /orders` if the host does not matter (it is unknown then). Headers
 * follow on lines of their own, and a body after an empty line. Null if it does not begin so.
 */
export function readMessage(text: string): HttpRequest | null {
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text : text.slice(0, end.index);
  const body = end === null ? '' : text.slice(end.index + end[0].length);
  const [first, ...lines] = head.trimEnd().split(/\r?\n/);
  const match = /^(\S+) (\S+)$/.exec(first!);
  const headers = lines.map(readHeader);
  if (match === null || headers.includes(null)) return null;
  return requestFrom(match[1]!, match[2]!, headers as HttpHeader[], Buffer.from(body, 'utf8'));
}

/** The host of a URL goes into the Host header, as in a client. */
export function requestFrom(
  method: string,
  url: string,
  headers: readonly HttpHeader[] = [],
  body: Uint8Array = new Uint8Array(),
): HttpRequest {
  const match = /^(https?):\/\/([^/?#]*)(.*)$/is.exec(url);
  if (match === null) return { method, target: url, scheme: 'https', headers, body, whole: true };
  const [, scheme, host, rest] = match;
  return {
    method,
    target: rest!.startsWith('/') ? rest! : `/${rest!}`,
    scheme: scheme!.toLowerCase() as 'http' | 'https',
    headers: [['Host', host!], ...headers],
    body,
    whole: true,
  };
}

function readHeader(line: string): HttpHeader | null {
  const colon = line.indexOf(':');
  return colon < 1 ? null : [line.slice(0, colon), line.slice(colon + 1).trim()];
}
