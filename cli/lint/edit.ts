/** Making fixes. */
import type { Body, Comment, Literal, Module } from '../../grammar/ast.js';
import type { Source, Span } from '../../grammar/source.js';
import type { Fix } from './finding.js';

export function replaceBy(source: Source, span: Span, text: string): Fix {
  const shown = text.length <= 40 && !text.includes('\n') ? `replace by \`${text}\`` : 'replace';
  return { title: shown, edits: [{ source, span, text }] };
}

/** If all content of a line is removed, its line break is removed too, so that no empty line remains. */
export function removeLine(source: Source, span: Span, title: string): Fix {
  const { text } = source;
  const before = text.lastIndexOf('\n', span.start - 1) + 1;
  const newline = text.indexOf('\n', span.end);
  const after = newline === -1 ? text.length : newline;
  const alone = text.slice(before, span.start).trim() === '' && text.slice(span.end, after).trim() === '';
  const whole = { start: before, end: Math.min(after + 1, text.length) };
  return { title, edits: [{ source, span: alone ? whole : span, text: '' }] };
}

/** A line of a body with its separator; null if nothing would be left. */
export function removeLiteral({ source }: Module, body: Body, literal: Literal): Fix | null {
  const index = body.literals.indexOf(literal);
  const before = body.literals[index - 1];
  const after = body.literals[index + 1];
  if (before === undefined && after === undefined) return null;
  const span =
    before === undefined
      ? { start: literal.span.start, end: after!.span.start }
      : { start: before.span.end, end: literal.span.end };
  return { title: 'remove it', edits: [{ source, span, text: '' }] };
}

/** Whether every comment in the replaced text also appears in the new text. `comments` are those of their file. */
export function keepsComments({ edits }: Fix, comments: readonly Comment[]): boolean {
  return edits.every(({ span, text }) => {
    for (let at = firstFrom(comments, span.start); at < comments.length; at++) {
      const comment = comments[at]!;
      if (comment.span.start >= span.end) break;
      if (!text.includes(comment.text)) return false;
    }
    return true;
  });
}

function firstFrom(comments: readonly Comment[], offset: number): number {
  let low = 0;
  let high = comments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comments[middle]!.span.start < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
