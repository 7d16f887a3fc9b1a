/** What the parts of the printer share; like the builder's, they reach each other through this. */
import type { Body, Comment, Expression, Literal, Pattern, WithModifier } from '../ast.js';
import type { Layout } from './layout.js';
import type { Span } from '../source.js';

/** The context of an expression, which decides whether it needs parentheses. */
export interface Place {
  /** Operators that bind looser than this get parentheses. */
  readonly precedence: number;
  /** In the first element of a bracket `|` would open a comprehension. */
  readonly noBar?: boolean;
}

export interface Printer {
  /** The text that the tree was read from; empty for a tree without a source. */
  readonly text: string;
  readonly comments: CommentStore;
  /** Inside a template everything stands on one line. */
  readonly oneLine: boolean;
  /** The same printer, for content that must stay on one line. */
  readonly onOneLine: Printer;

  expression(expression: Expression, place: Place): Layout;
  pattern(pattern: Pattern, place: Place): Layout;
  body(body: Body): Layout;
  /** The literals of a comprehension, between its `|` and its closing bracket. */
  literals(body: Body, between: Span): Layout;
  literal(literal: Literal): Layout;
  modifiers(modifiers: readonly WithModifier[]): Layout;
}

export const anywhere: Place = { precedence: 0 };

/** The comments of a file that are not printed yet. Lists claim those between their elements. */
export class CommentStore {
  readonly #comments: readonly Comment[];
  readonly #claimed = new Set<Comment>();

  constructor(comments: readonly Comment[]) {
    this.#comments = comments;
  }

  /** Claims and returns the unclaimed comments in a span. */
  claim({ start, end }: Span): Comment[] {
    const claimed: Comment[] = [];
    for (let at = this.#firstFrom(start); at < this.#comments.length; at++) {
      const comment = this.#comments[at]!;
      if (comment.span.start >= end) break;
      if (this.#claimed.has(comment)) continue;
      this.#claimed.add(comment);
      claimed.push(comment);
    }
    return claimed;
  }

  #firstFrom(offset: number): number {
    let low = 0;
    let high = this.#comments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#comments[middle]!.span.start < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function commentText(comment: Comment): string {
  return `${comment.doc ? '##' : '#'}${comment.text}`;
}

/** Whether there is a line break between two offsets. */
export function breaksBetween(p: Printer, start: number, end: number): boolean {
  return p.text.slice(start, end).includes('\n');
}

export function blankBetween(p: Printer, start: number, end: number): boolean {
  return /\n[ \t\r]*\n/.test(p.text.slice(start, end));
}
