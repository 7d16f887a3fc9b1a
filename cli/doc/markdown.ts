/** Pieces of Markdown, in which what was written in rules stays text. https://spec.commonmark.org/0.31.2/ */

/** A code span holds any text: its fence is longer than every run of backticks inside it. */
export function code(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim();
  const longest = Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length));
  if (longest === 0) return `\`${plain}\``;
  const fence = '`'.repeat(longest + 1);
  return `${fence} ${plain} ${fence}`;
}

export function codeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}rules\n${text}\n${fence}`;
}

/** Doc comments are Markdown of their authors; tags of HTML in them are text. */
export function prose(text: string): string {
  return text.trim().replaceAll('<', '&lt;');
}

export function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_[\]<>#|]/g, '\\$&');
}

export interface Item {
  readonly text: string;
  readonly children?: readonly Item[];
}

export function list(items: readonly Item[], depth = 0): string {
  return items
    .map(({ text, children = [] }) => {
      const below = children.length === 0 ? '' : `\n${list(children, depth + 1)}`;
      return `${'  '.repeat(depth)}- ${text}${below}`;
    })
    .join('\n');
}

/** GitHub's tables end a cell at `|`, in code spans too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replace(/(?<!\\)\|/g, '\\|').replace(/\n/g, ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** As GitHub makes anchors of headings. */
export function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
