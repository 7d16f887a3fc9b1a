/** `policy doc`: a rule set and the page that is made of it. `UPDATE_GOLDEN=1` writes the page anew. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadBundle } from '../../../src/engine/bundle/bundle.js';
import { anchor, code, list, table } from '../../../cli/doc/markdown.js';

const here = dirname(fileURLToPath(import.meta.url));
const program = resolve(here, '../../../dist/policy.mjs');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'policy-doc-'));
  cpSync(join(here, 'rules'), join(folder, 'rules'), { recursive: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function doc(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'doc', ...args], { cwd: folder });
  return { code: status, out: stdout.toString(), said: stderr.toString() };
}

test('a rule set is a page', () => {
  const golden = join(here, 'page.md');
  const { out, said } = doc('--title', 'Orders');
  expect(said).toBe('');
  const [rules = '', facts = ''] = out.split('## Facts that these rules read');
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, rules);
  expect(rules).toBe(readFileSync(golden, 'utf8'));
  // What each fact is is said in the catalogue of facts alone.
  const read = [...facts.matchAll(/^\| `([^`]+)` \| `/gm)].map(([, path]) => path!);
  expect(read).toEqual(read.toSorted());
  expect(read).toEqual(
    expect.arrayContaining(['identity.groups', 'sql.read_only', 'sql.statements[].tables[].access']),
  );
});

test('links of the page lead to its headings', () => {
  const page = readFileSync(join(here, 'page.md'), 'utf8');
  const headings = new Set([...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!)));
  const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target!);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((link) => !headings.has(link))).toEqual([]);
});

test('a page is written, and found out of date when rules change', () => {
  expect(doc('-o', 'RULES.md')).toMatchObject({ code: 0, out: 'RULES.md\n' });
  expect(doc('-o', 'RULES.md', '--check').code).toBe(0);
  writeFileSync(join(folder, 'rules/more.rules'), 'package more\n\nallow all if sql.read_only\n');
  expect(doc('-o', 'RULES.md', '--check')).toMatchObject({
    code: 1,
    said: expect.stringMatching(/is out of date/),
  });
  rmSync(join(folder, 'rules/more.rules'));
  expect(doc('--check')).toMatchObject({ code: 2 });
});

test('every rule of the packs is on their page', () => {
  const { code: status, out } = doc(resolve('rules'));
  expect(status).toBe(0);
  const rules = loadBundle(['rules']).modules.flatMap(({ package: { path }, statements }) =>
    statements
      .filter((one) => one.kind === 'decision-rule')
      .map(({ effect, name }) => `${effect} \`${path.join('.')}.${name?.name ?? 'allow'}\``),
  );
  expect(rules.length).toBeGreaterThan(20);
  expect(
    rules.filter((rule) => !out.includes(`### ${rule}\n`) && !out.includes(`### shadow ${rule}\n`)),
  ).toEqual([]);
});

describe('text stays text in Markdown', () => {
  test.each([
    ['a', '`a`'],
    ['a ` b', '`` a ` b ``'],
    ['`x`', '`` `x` ``'],
    ['a\n  b', '`a b`'],
  ])('in code: %j', (text, wanted) => {
    expect(code(text)).toBe(wanted);
  });

  test('in tables and lists', () => {
    expect(table(['a'], [['x | y\nz']])).toBe('| a |\n| --- |\n| x \\| y z |');
    expect(list([{ text: 'a', children: [{ text: 'b' }] }, { text: 'c' }])).toBe('- a\n  - b\n- c');
  });
});
