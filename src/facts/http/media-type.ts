/** The Content-Type of a request (RFC 9110 section 8.3). */
import type { httpBodyKinds } from '../schema/http.js';

export type BodyKind = (typeof httpBodyKinds)[number];

export interface MediaType {
  /** In lower case: `application/json`. */
  readonly type: string;
  readonly kind: BodyKind;
  /** False if a parameter says that the bytes are not UTF-8, or parameters could be read so. */
  readonly utf8: boolean;
}

const token = String.raw`[!#$%&'*+\-.^_\`|~0-9A-Za-z]+`;
const essence = new RegExp(`${token}/${token}`, 'y');
/** One after the other, so that no pattern looks for ways to part the same spaces. */
const separator = /[ \t]*;[ \t]*/y;
const parameter = new RegExp(`(${token})=(?:(${token})|"([^"\\\\]*)")`, 'y');

/** Null if it is malformed: servers then guess. */
export function readMediaType(text: string): MediaType | null {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const type = take(essence)?.[0].toLowerCase();
  if (type === undefined) return null;
  const charsets: string[] = [];
  while (at < text.length) {
    if (take(separator) === null) return null;
    const [, name, plain, quoted] = take(parameter) ?? [];
    if (name?.toLowerCase() === 'charset') charsets.push((plain ?? quoted ?? '').toLowerCase());
  }
  const utf8 = charsets.length === 0 || (charsets.length === 1 && /^(utf-?8|us-ascii)$/.test(charsets[0]!));
  return { type, kind: kindOf(type), utf8 };
}

function kindOf(type: string): BodyKind {
  if (/^(application|text)\/json$|^application\/[^;]+\+json$/.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'application/graphql') return 'graphql';
  if (type.startsWith('multipart/')) return 'multipart';
  return type.startsWith('text/') ? 'text' : 'other';
}
