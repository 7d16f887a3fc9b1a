/** The one layout, for the text in the editor. */
import type { TextEdit } from 'vscode-languageserver';
import { parseModule } from '../../grammar/parser.js';
import { printModule } from '../../grammar/printer.js';
import { rangeOf, type ParsedFile } from './parsed-file.js';

/** One edit between the first and the last difference; none where the text does not parse or is laid out already. */
export function format({ module, whole, document, path }: ParsedFile): TextEdit[] {
  if (module === null || !whole) return [];
  const text = document.getText();
  const laidOut = printModule(module);
  if (laidOut === text || parseModule(path, laidOut).diagnostics.length > 0) return [];
  // A place between a carriage return and its line feed is none that an editor knows.
  if (text.includes('\r'))
    return [{ range: rangeOf(document, { start: 0, end: text.length }), newText: laidOut }];
  const start = commonLength(text, laidOut, (one, at) => one.charCodeAt(at), Infinity);
  const room = Math.min(text.length, laidOut.length) - start;
  const end = commonLength(text, laidOut, (one, at) => one.charCodeAt(one.length - 1 - at), room);
  const range = rangeOf(document, { start, end: text.length - end });
  return [{ range, newText: laidOut.slice(start, laidOut.length - end) }];
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
