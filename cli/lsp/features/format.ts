/** Formats the text in the editor. */
import type { TextEdit } from 'vscode-languageserver';
import { parseModule } from '../../../grammar/parser.js';
import { printModule } from '../../../grammar/print/printer.js';
import type { ParsedFile } from '../workspace/parsed-file.js';
import { replacement } from './replacement.js';

/** No edit if the text does not parse or is formatted already. */
export function format({ module, whole, document, path }: ParsedFile): TextEdit[] {
  if (module === null || !whole) return [];
  const laidOut = printModule(module);
  return parseModule(path, laidOut).diagnostics.length > 0 ? [] : replacement(document, laidOut);
}
