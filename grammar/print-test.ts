/** Test blocks as text. */
import type { CommandRow, Expectation, Given, TestBlock, TestRow } from './ast.js';
import { concat, hardLine, indent, render, trailing, type Layout } from './layout.js';
import { anywhere, type Printer } from './print-context.js';
import { layOutList, stack } from './print-list.js';
import { quote } from './print-text.js';

/** Commands up to this width have their arrows under one another. */
const alignedWidthMax = 60;

export function printTestBlock(p: Printer, block: TestBlock): Layout {
  const widths = arrowColumns(p, block.rows);
  const givens = block.givens.map((given) => ({ span: given.span, print: () => printGiven(p, given) }));
  const rows = block.rows.map((row, index) => ({
    span: row.span,
    print: () => printRow(p, row, widths[index] ?? 0),
  }));
  const span = { start: block.title.span.end, end: block.span.end };
  const list = layOutList(p, [...givens, ...rows], span);
  const head = concat('test ', p.expression(block.title, anywhere), ' {');
  const comments = list.opening.map((text) => trailing(text));
  const isEmpty = list.items.length + list.closing.length === 0;
  if (isEmpty) return concat(head, ...comments, comments.length > 0 ? hardLine : '', '}');
  return concat(head, ...comments, indent(concat(hardLine, stack(list))), hardLine, '}');
}

function printGiven(p: Printer, given: Given): Layout {
  return concat('given ', p.expression(given.target, anywhere), ' := ', p.expression(given.value, anywhere));
}

function printRow(p: Printer, row: TestRow, width: number): Layout {
  if (row.kind === 'condition-row') return p.literal(row.literal);
  const command = printCommand(p, row);
  const padding = ' '.repeat(Math.max(0, width - commandWidth(p, row)));
  return concat(command, padding, ' => ', printExpectation(row.expectation));
}

function printCommand(p: Printer, row: CommandRow): Layout {
  return concat(`${row.protocol} `, p.expression(row.command, anywhere), p.modifiers(row.modifiers));
}

/** The width of a command on one line; 0 for one that is too wide to be aligned with others. */
function commandWidth(p: Printer, row: CommandRow): number {
  const text = render(printCommand(p.onOneLine, row), Infinity);
  return text.length <= alignedWidthMax && !text.includes('\n') ? text.length : 0;
}

/** For each row the width to which its run of command rows is padded. */
function arrowColumns(p: Printer, rows: readonly TestRow[]): number[] {
  const widths: number[] = [];
  for (let start = 0; start < rows.length;) {
    let end = start + 1;
    if (rows[start]!.kind === 'command-row') {
      while (end < rows.length && rows[end]!.kind === 'command-row') end++;
    }
    const run = rows.slice(start, end);
    const width = run.reduce(
      (most, row) => (row.kind === 'command-row' ? Math.max(most, commandWidth(p, row)) : most),
      0,
    );
    for (const row of run) widths.push(row.kind === 'command-row' && commandWidth(p, row) > 0 ? width : 0);
    start = end;
  }
  return widths;
}

function printExpectation({ effect, ruleIds, masks, reviewers }: Expectation): string {
  const ids = ruleIds.length === 0 ? '' : ` ${ruleIds.map(({ name }) => name).join(', ')}`;
  const masked = masks.length === 0 ? '' : ` mask ${masks.map(({ value }) => quote(value)).join(', ')}`;
  const by = reviewers.length === 0 ? '' : ` by ${reviewers.map(({ value }) => quote(value)).join(', ')}`;
  return `${effect}${ids}${masked}${by}`;
}
