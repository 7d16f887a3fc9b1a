/**
 * A small layout engine: text with possible line breaks. A group is laid out flat if it fits on the line; otherwise all
 * of its own breaks are taken.
 */

const widthMax = 100;
const indentWidth = 2;

export type Layout =
  | string
  | { readonly kind: 'line'; readonly flat: string; readonly hard: boolean }
  | { readonly kind: 'concat'; readonly parts: readonly Layout[]; readonly breaks: boolean }
  | { readonly kind: 'indent'; readonly content: Layout; readonly breaks: boolean }
  | { readonly kind: 'group'; readonly content: Layout; readonly breaks: boolean }
  | { readonly kind: 'if-broken'; readonly broken: string; readonly flat: string }
  /** A comment that goes to the end of the line, whatever is added to the line after it. */
  | { readonly kind: 'trailing'; readonly text: string };

/** A space or a line break. */
export const line: Layout = { kind: 'line', flat: ' ', hard: false };
/** Nothing or a line break. */
export const softLine: Layout = { kind: 'line', flat: '', hard: false };
/** A line break, which breaks every group around it. */
export const hardLine: Layout = { kind: 'line', flat: '', hard: true };

function mustBreak(layout: Layout): boolean {
  if (typeof layout === 'string') return false;
  switch (layout.kind) {
    case 'line':
      return layout.hard;
    case 'trailing':
      return true;
    case 'if-broken':
      return false;
    case 'concat':
    case 'indent':
    case 'group':
      return layout.breaks;
  }
}

export function concat(...parts: readonly Layout[]): Layout {
  return { kind: 'concat', parts, breaks: parts.some(mustBreak) };
}

export function join(separator: Layout, parts: readonly Layout[]): Layout {
  return concat(...parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])));
}

export function indent(content: Layout): Layout {
  return { kind: 'indent', content, breaks: mustBreak(content) };
}

/** `broken` breaks it even if it would fit. */
export function group(content: Layout, broken = false): Layout {
  return { kind: 'group', content, breaks: broken || mustBreak(content) };
}

export function ifBroken(broken: string, flat = ''): Layout {
  return { kind: 'if-broken', broken, flat };
}

export function trailing(text: string): Layout {
  return { kind: 'trailing', text };
}

interface Command {
  readonly depth: number;
  readonly flat: boolean;
  readonly layout: Layout;
}

/** Renders a layout, without a trailing line break. */
export function render(layout: Layout, width = widthMax): string {
  const output: string[] = [];
  const commands: Command[] = [{ depth: 0, flat: false, layout }];
  const suffixes: string[] = [];
  let column = 0;
  // Indentation is written only before text, so that blank lines stay empty.
  let indentation = '';
  for (let command = commands.pop(); command !== undefined; command = commands.pop()) {
    const { depth, flat, layout: current } = command;
    if (typeof current === 'string') {
      if (current !== '') output.push(indentation, current);
      if (current !== '') indentation = '';
      column = columnAfter(column, current);
    } else if (current.kind === 'trailing') {
      suffixes.push(` ${current.text}`);
    } else if (current.kind === 'line' && (current.hard || !flat)) {
      output.push(...suffixes.splice(0), '\n');
      indentation = ' '.repeat(depth * indentWidth);
      column = indentation.length;
    } else if (current.kind === 'group') {
      const isFlat = !current.breaks && (flat || fits(current.content, commands, width - column));
      commands.push({ depth, flat: isFlat, layout: current.content });
    } else {
      expand(commands, command);
    }
  }
  output.push(...suffixes);
  return output.join('');
}

function expand(commands: Command[], { depth, flat, layout }: Command): void {
  if (typeof layout === 'string') {
    commands.push({ depth, flat, layout });
    return;
  }
  switch (layout.kind) {
    case 'line':
      commands.push({ depth, flat, layout: layout.flat });
      break;
    case 'if-broken':
      commands.push({ depth, flat, layout: flat ? layout.flat : layout.broken });
      break;
    case 'indent':
      commands.push({ depth: depth + 1, flat, layout: layout.content });
      break;
    case 'group':
      commands.push({ depth, flat, layout: layout.content });
      break;
    case 'concat':
      for (let at = layout.parts.length - 1; at >= 0; at--) {
        commands.push({ depth, flat, layout: layout.parts[at]! });
      }
      break;
    case 'trailing':
      break;
  }
}

/** The column after text that may contain line breaks. */
function columnAfter(column: number, text: string): number {
  const last = text.lastIndexOf('\n');
  return last === -1 ? column + text.length : text.length - last - 1;
}

/** Whether a layout fits flat, together with what follows it up to the next possible break. */
function fits(content: Layout, rest: readonly Command[], room: number): boolean {
  const commands: Command[] = [{ depth: 0, flat: true, layout: content }];
  let next = rest.length;
  let left = room;
  while (left >= 0) {
    const command = commands.pop() ?? rest[--next];
    if (command === undefined) return true;
    const { layout, flat } = command;
    if (typeof layout === 'string') {
      const newline = layout.indexOf('\n');
      left -= newline === -1 ? layout.length : newline;
      if (newline !== -1 && left >= 0) return true;
    } else if (layout.kind === 'line' && (layout.hard || !flat)) {
      return true;
    } else if (layout.kind === 'group') {
      commands.push({ depth: 0, flat: flat && !layout.breaks, layout: layout.content });
    } else {
      expand(commands, command);
    }
  }
  return false;
}
