/** What an editor shows over a name, or over a word of the language. */
import { MarkupKind, type Hover } from 'vscode-languageserver';
import { cursorAt } from './cursor.js';
import { describe } from './describe.js';
import { keywordDoc } from './keywords.js';
import { nameAt } from './navigation.js';
import { rangeOf } from '../workspace/parsed-file.js';
import type { OpenFile, RuleSet } from '../workspace/rule-set.js';

export function hoverAt(ruleSet: RuleSet, path: string, open: OpenFile, offset: number): Hover | null {
  const { document } = open.file;
  const found = nameAt(ruleSet, path, offset);
  if (found !== null) {
    const value = describe(found, ruleSet.names);
    return { contents: { kind: MarkupKind.Markdown, value }, range: rangeOf(document, found.span) };
  }
  const cursor = cursorAt(ruleSet, open, offset);
  const keyword = cursor.inside === 'code' ? keywordDoc(cursor, offset) : null;
  if (keyword === null) return null;
  return { contents: { kind: MarkupKind.Markdown, value: keyword.doc }, range: rangeOf(document, keyword) };
}
