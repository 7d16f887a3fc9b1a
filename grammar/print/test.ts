/** Test blocks as text. */
import type { CommandRow, Expectation, ExpectedMask, Given, Identifier, TestBlock, TestRow } from '../ast.js';
import { concat, hardLine, indent, join, render, trailing, type Layout } from './layout.js';
import { printMembers } from './body.js';
import { anywhere, type Printer } from './context.js';
import { layOutList, stack } from './list.js';
import { printMethod } from './rule.js';
import { quote } from './text.js';

/** Commands up to this width have their arrows aligned. */
const alignedWidthMax = 60;

export function printTestBlock(p: Printer, block: TestBlock): Layout {
  const widths = arrowColumns(p, block.rows);
  const givens = block.givens.map((given) => ({ span: given.span, print: () => printGiven(p, given) }));
  const rows = block.rows.map((row, index) => ({
    span: row.span,
    print: () => printRow(p, row, widths[index] ?? 0),
  }));
  const start = (block.table ?? block.title).span.end;
  const span = { start, end: block.span.end };
  const list = layOutList(p, [...givens, ...rows], span);
  const head = concat('test ', p.expression(block.title, anywhere), printTable(p, block), ' {');
  const comments = list.opening.map((text) => trailing(text));
  const isEmpty = list.items.length + list.closing.length === 0;
  if (isEmpty) return concat(head, ...comments, comments.length > 0 ? hardLine : '', '}');
  return concat(head, ...comments, indent(concat(hardLine, stack(list))), hardLine, '}');
}

function printTable(p: Printer, { table }: TestBlock): Layout {
  if (table === null) return '';
  return concat(' for each ', printMembers(p, table));
}

export function printGiven(p: Printer, given: Given): Layout {
  return concat('given ', p.expression(given.target, anywhere), ' := ', p.expression(given.value, anywhere));
}

function printRow(p: Printer, row: TestRow, width: number): Layout {
  if (row.kind === 'condition-row') return p.literal(row.literal);
  const command = printCommand(p, row);
  const padding = ' '.repeat(Math.max(0, width - commandWidth(p, row)));
  return concat(command, padding, ' => ', printExpectation(p, row.expectation));
}

function printCommand(p: Printer, row: CommandRow): Layout {
  return concat(`${row.protocol} `, p.expression(row.command, anywhere), p.modifiers(row.modifiers));
}

/** The width of a command on one line; 0 if it is too wide to be aligned. */
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

function printExpectation(p: Printer, wanted: Expectation): Layout {
  const { effect, ruleIds, masks, reviewers, quorum, within, limits, shadows } = wanted;
  const by = reviewers.length === 0 ? [] : [`by ${reviewers.map(({ value }) => quote(value)).join(', ')}`];
  const clauses: Layout[] = [
    ruleIds.length === 0 ? effect : `${effect} ${printIds(ruleIds)}`,
    ...masks.map((mask) => printExpectedMask(p, mask)),
    ...by,
    ...(quorum === null ? [] : [`quorum ${quorum.text}`]),
    ...(within === null ? [] : [`within ${within.text}`]),
    ...limits.map(({ unit, amount }) => `limit ${unit} ${amount.text}`),
    ...(shadows.length === 0 ? [] : [`shadow ${printIds(shadows)}`]),
  ];
  return join(' ', clauses);
}

function printIds(ids: readonly Identifier[]): string {
  return ids.map(({ name }) => name).join(', ');
}

function printExpectedMask(p: Printer, { columns, method }: ExpectedMask): Layout {
  const names = `mask ${columns.map(({ value }) => quote(value)).join(', ')}`;
  return method === null ? names : concat(`${names} as `, printMethod(p, method));
}
