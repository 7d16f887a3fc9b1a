/** Texts that are put together: `$"{s.verb} {t.name}"` compared with one that it can never be. */
import { reportAt, type Checker } from './knowledge/checker.js';
import { absentPart } from './absent.js';
import type { Core } from '../core.js';
import { renderInTemplate } from '../../values/render.js';

/** Reports a text that no values of the parts make. */
export function checkTemplate(checker: Checker, template: Core, text: string, at: Core): void {
  if (template.kind !== 'template') return;
  let ends: ReadonlySet<number> = new Set([0]);
  for (const part of template.parts) ends = endsAfter(text, ends, textsOf(checker, part));
  if (ends.has(text.length)) return;
  const message = `\`${text}\` can never be equal: no values of the template make it`;
  const help = 'compare its parts one by one';
  reportAt(checker, { code: 'impossible-comparison', message, help }, at);
}

/** Null for a part that may be any text. */
function textsOf(checker: Checker, part: string | Core): readonly string[] | null {
  if (typeof part === 'string') return [part];
  const type = checker.types.get(part);
  if (type?.kind !== 'string' || type.values === undefined) return null;
  return absentPart(checker, part) === null ? type.values : [...type.values, renderInTemplate(undefined)];
}

/** Where a part may end that begins at one of the places. */
function endsAfter(text: string, starts: ReadonlySet<number>, texts: readonly string[] | null): Set<number> {
  if (texts === null) {
    const first = Math.min(...starts, text.length + 1);
    return new Set(Array.from({ length: text.length + 1 - first }, (_, i) => first + i));
  }
  const ends = new Set<number>();
  for (const start of starts)
    for (const one of texts) if (text.startsWith(one, start)) ends.add(start + one.length);
  return ends;
}
