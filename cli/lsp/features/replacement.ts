/** A new text for a file, as a minimal edit. */
import type { TextEdit } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { rangeOf } from '../workspace/parsed-file.js';

/** One edit from the first difference to the last; none if the texts are equal. */
export function replacement(document: TextDocument, after: string): TextEdit[] {
  const before = document.getText();
  if (before === after) return [];
  // Editors know no position between a carriage return and its line feed.
  if (before.includes('\r'))
    return [{ range: rangeOf(document, { start: 0, end: before.length }), newText: after }];
  const start = commonLength(before, after, (text, at) => text.charCodeAt(at), Infinity);
  const room = Math.min(before.length, after.length) - start;
  const end = commonLength(before, after, (text, at) => text.charCodeAt(text.length - 1 - at), room);
  const range = rangeOf(document, { start, end: before.length - end });
  return [{ range, newText: after.slice(start, after.length - end) }];
}

function commonLength(
  one: string,
  other: string,
  unitAt: (text: string, at: number) => number,
  most: number,
): number {
  const length = Math.min(one.length, other.length, most);
  let at = 0;
  while (at < length && unitAt(one, at) === unitAt(other, at)) at++;
  return at;
}
