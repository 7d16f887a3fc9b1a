/** Redirections (XCU 2.7) and the bodies of here-documents. */
import { match, refuse, skipBlanks, startsWith, take, type Reader } from './reader.js';
import type { Part, Redirect } from './syntax.js';
import { readDocument, readWord, type WordContext } from './words.js';

const operators = ['&>>', '&>', '<<<', '<<-', '<<', '<>', '<&', '>>', '>&', '>|', '<', '>'] as const;

/** Null if none begins here. A number directly before the operator is its descriptor. */
export function readRedirect(reader: Reader, context: WordContext): Redirect | null {
  const start = reader.at;
  const digits = match(reader, /[0-9]+(?=[<>])/y);
  const operator = operators.find((sign) => startsWith(reader, sign));
  if (operator === undefined || /^[<>]\(/.test(reader.text.slice(reader.at, reader.at + 2))) {
    reader.at = start;
    return null;
  }
  reader.at += operator.length;
  skipBlanks(reader);
  const target = readWord(reader, context) ?? refuse('a redirection has no target');
  const descriptor = digits === null ? null : Number(digits);
  const redirect: Redirect = { operator, descriptor, target, body: null };
  if (operator === '<<' || operator === '<<-') expectDocument(reader, redirect);
  return redirect;
}

/** Any quote in the delimiter keeps the body as it is. */
function expectDocument(reader: Reader, redirect: Redirect): void {
  const texts = redirect.target.parts.map((part) =>
    part.kind === 'text' ? part : refuse('a here-document ends with something that expands'),
  );
  reader.pending.push({
    redirect,
    delimiter: texts.map(({ text }) => text).join(''),
    quoted: texts.some(({ quoted }) => quoted),
    tabs: redirect.operator === '<<-',
  });
}

/** A line break, and the here-documents that begin behind it. */
export function takeLineBreak(reader: Reader, context: WordContext): boolean {
  if (!take(reader, '\n')) return false;
  for (const pending of reader.pending.splice(0)) {
    const start = reader.at;
    const { bodyEnd, next } = findEnd(reader, pending.delimiter, pending.tabs);
    const body = reader.text.slice(start, bodyEnd);
    if (!pending.quoted && /\\\n/.test(body)) refuse('a here-document joins lines');
    const parts: Part[] = pending.quoted
      ? [{ kind: 'text', text: pending.tabs ? body.replace(/^\t+/gm, '') : body, quoted: true }]
      : readDocument(reader, context, bodyEnd);
    pending.redirect.body = { parts };
    reader.bodies.push({ start, end: next });
    reader.at = next;
  }
  return true;
}

function findEnd(reader: Reader, delimiter: string, tabs: boolean) {
  for (let at = reader.at; at < reader.text.length;) {
    const found = reader.text.indexOf('\n', at);
    const lineEnd = found < 0 ? reader.text.length : found;
    const line = reader.text.slice(at, lineEnd);
    if ((tabs ? line.replace(/^\t+/, '') : line) === delimiter) {
      return { bodyEnd: at, next: Math.min(lineEnd + 1, reader.text.length) };
    }
    at = lineEnd + 1;
  }
  return refuse('a here-document is not closed');
}
