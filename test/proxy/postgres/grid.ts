/** Tables as text: columns stand under their heads, two spaces or more apart. */

/** Every row with its cells in order. Throws for one that does not have a cell for each head. */
function rowsOf(grid: string): { heads: readonly string[]; rows: readonly (readonly string[])[] } {
  const [heads = [], ...rows] = grid
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/ {2,}/));
  for (const [row, ...cells] of rows)
    if (cells.length !== heads.length) throw new Error(`\`${row}\` has ${cells.length} cells`);
  return { heads, rows };
}

/** Each row's name, with its cells by their heads. */
export function recordsOf(grid: string): readonly (readonly [string, Readonly<Record<string, string>>])[] {
  const { heads, rows } = rowsOf(grid);
  return rows.map(([row = '', ...cells]) => [
    row,
    Object.fromEntries(heads.map((head, at) => [head, cells[at]!])),
  ]);
}

/** The cells as row, column, content, row by row. */
export function cellsOf(grid: string): readonly (readonly [row: string, column: string, cell: string])[] {
  const { heads, rows } = rowsOf(grid);
  return rows.flatMap(([row = '', ...cells]) => cells.map((cell, at) => [row, heads[at]!, cell] as const));
}
