/**
 * Golden files: a source, a ruler, and what comes of it. `UPDATE_GOLDEN=1` writes the outcomes anew; read the
 * difference before you commit it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const ruler = '\n──────── outcome ────────\n';

/** Runs each `*.golden` file of a folder; `outcome` answers the text that stands below the ruler. */
export function goldenFiles(folder: URL, outcome: (source: string) => string): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.golden'));
  test.each(files.sort())('%s', (name) => {
    const path = join(folder.pathname, name);
    const [source = '', expected] = readFileSync(path, 'utf8').split(ruler);
    const actual = `${outcome(`${source}\n`).trimEnd()}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, `${source.trimEnd()}\n${ruler}${actual}`);
    else expect(actual).toBe(expected);
  });
}
