/** Lists with comments between their items: elements, literals, rows. */
import { concat, hardLine, join, trailing, type Layout } from './layout.js';
import { blankBetween, breaksBetween, commentText, type Printer } from './context.js';
import type { Span } from '../source.js';

export interface Item {
  readonly span: Span;
  readonly print: () => Layout;
}

export interface List {
  /** A comment on the line of the opening bracket. */
  readonly opening: readonly string[];
  /** The elements, each with the comments that belong to it. */
  readonly items: readonly { readonly layout: Layout; readonly blankBefore: boolean }[];
  /** The comments before the closing bracket. */
  readonly closing: readonly Layout[];
  readonly hasComments: boolean;
}

/**
 * Prints the items between two offsets. A comment on an item's line stays there; one on a line of its own stays above
 * what follows it; one inside an item moves above the item, unless a list in the item claims it.
 */
export function layOutList(p: Printer, items: readonly Item[], within: Span, separator = ''): List {
  const result: { layout: Layout; blankBefore: boolean }[] = [];
  const opening: string[] = [];
  let count = 0;
  let before = within.start;
  items.forEach((item, index) => {
    const layout = item.print();
    const inside = p.oneLine ? [] : p.comments.claim(item.span);
    const above = p.oneLine ? [] : p.comments.claim({ start: before, end: item.span.start });
    if (index === 0) {
      while (above[0] && !breaksBetween(p, within.start, above[0].span.start)) {
        opening.push(commentText(above.shift()!));
      }
    }
    const next = items[index + 1]?.span.start ?? within.end;
    const beside = p.oneLine ? [] : claimBeside(p, item.span.end, next);
    count += inside.length + above.length + beside.length;
    const isLast = index === items.length - 1;
    const first = above[0]?.span.start ?? item.span.start;
    result.push({
      layout: concat(
        ...[...above, ...inside].flatMap((comment) => [commentText(comment), hardLine]),
        layout,
        isLast ? '' : separator,
        ...beside.map((comment) => trailing(commentText(comment))),
      ),
      blankBefore: index > 0 && blankBetween(p, before, first),
    });
    before = beside.at(-1)?.span.end ?? item.span.end;
  });
  const rest = p.oneLine ? [] : p.comments.claim({ start: before, end: within.end });
  count += rest.length;
  return {
    opening,
    items: result,
    closing: rest.map((comment) => commentText(comment)),
    hasComments: count + opening.length > 0,
  };
}

/** The comment that ends the line on which an item ends. */
function claimBeside(p: Printer, end: number, next: number) {
  const newline = p.text.indexOf('\n', end);
  return p.comments.claim({ start: end, end: Math.min(next, newline === -1 ? next : newline) });
}

/** One item per line, with at most one blank line between two. */
export function stack(list: List): Layout {
  const layouts = list.items.map(({ layout, blankBefore }) =>
    blankBefore ? concat(hardLine, layout) : layout,
  );
  return join(hardLine, [...layouts, ...list.closing]);
}
