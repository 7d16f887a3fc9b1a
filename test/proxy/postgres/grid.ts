/** Tables as text: columns stand under their heads, two spaces or more apart. */

/** The cells as row, column, content, row by row. Throws for a row that does not have a cell for each column. */
export function cellsOf(grid: string): readonly (readonly [row: string, column: string, cell: string])[] {
  const [heads = [], ...rows] = grid
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/ {2,}/));
  return rows.flatMap(([row = '', ...cells]) => {
    if (cells.length !== heads.length) throw new Error(`\`${row}\` has ${cells.length} cells`);
    return cells.map((cell, at) => [row, heads[at]!, cell] as const);
  });
}
