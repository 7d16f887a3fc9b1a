/** Pieces of the generated pages. */

/** A table as prettier would lay it out is wider than a screen: cells stand as they are. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

export function page(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}
