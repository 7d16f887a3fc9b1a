/** The extension for VS Code as it is packed: whole, and standing on its own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { createLexer } from '../../../grammar/tokens.js';
import { parseModule } from '../../../grammar/parser.js';

let folder: string;
let files: Record<string, Uint8Array>;

interface Manifest {
  readonly version: string;
  readonly main: string;
  readonly contributes: {
    readonly languages: readonly { readonly id: string; readonly configuration: string }[];
    readonly grammars: readonly { readonly path: string; readonly scopeName: string }[];
    readonly snippets: readonly { readonly path: string }[];
  };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-vsix-'));
  execFileSync(process.execPath, ['scripts/vscode.mjs', join(folder, 'one.vsix')]);
  files = unzipSync(readFileSync(join(folder, 'one.vsix')));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const text = (name: string): string => Buffer.from(files[name]!).toString();
const json = (name: string): unknown => JSON.parse(text(name));
const inside = (path: string): string => join('extension', path);

test('everything that the manifest names is in it', () => {
  const { contributes, main, version } = json('extension/package.json') as Manifest;
  const named = [
    main,
    ...contributes.languages.map(({ configuration }) => configuration),
    ...contributes.grammars.map(({ path }) => path),
    ...contributes.snippets.map(({ path }) => path),
  ];
  for (const path of named) expect(Object.keys(files)).toContain(inside(path));
  expect(version).toBe((JSON.parse(readFileSync('package.json', 'utf8')) as Manifest).version);
  expect(text('extension.vsixmanifest')).toContain(`Version="${version}"`);
  for (const [, path] of text('extension.vsixmanifest').matchAll(/Path="([^"]+)"/g))
    expect(Object.keys(files)).toContain(path);
  for (const name of Object.keys(files).filter((one) => one !== '[Content_Types].xml'))
    expect(text('[Content_Types].xml')).toContain(`Extension=".${name.split('.').at(-1)!}"`);
});

test('its files are what the editor reads', () => {
  const configuration = json('extension/language-configuration.json') as { wordPattern: string };
  expect(new RegExp(`^${configuration.wordPattern}$`).test('read_only')).toBe(true);
  expect((json('extension/rules.tmLanguage.json') as { scopeName: string }).scopeName).toBe('source.rules');
});

test('the client is a script, and the server beside it runs without anything else', () => {
  const client = spawnSync(process.execPath, ['--check', join(folder, inside('client.cjs'))]);
  expect({ code: client.status, said: client.stderr.toString() }).toEqual({ code: 0, said: '' });
  const rules = join(folder, 'a_test.rules');
  writeFileSync(rules, 'package a\nallow reads if sql.read_only\ntest "x" {\n  sql "SELECT 1" => allow\n}\n');
  const server = spawnSync(process.execPath, [join(folder, inside('server/policy.mjs')), 'test', rules]);
  expect({ code: server.status, out: server.stdout.toString() }).toEqual({
    code: 0,
    out: expect.stringContaining('1 passed, 0 failed'),
  });
});

test('every snippet is a rule text that parses', () => {
  const snippets = json('extension/snippets.json') as Record<
    string,
    { prefix: string; body: readonly string[] }
  >;
  for (const [name, { prefix, body }] of Object.entries(snippets)) {
    const plain = body
      .join('\n')
      .replace(/\$\{\d+[:|]([^}|,]*)[^}]*\}/g, '$1')
      .replace(/\$\d/g, '');
    const whole = prefix === 'file' ? plain : `package a\n\n${plain}\n`;
    expect({ name, problems: parseModule('a.rules', whole).diagnostics }).toEqual({ name, problems: [] });
    expect(createLexer().tokenize(plain).errors).toEqual([]);
  }
});

test('the same files are packed alike', () => {
  execFileSync(process.execPath, ['scripts/vscode.mjs', join(folder, 'two.vsix')]);
  const again = unzipSync(readFileSync(join(folder, 'two.vsix')));
  expect(Object.keys(again)).toEqual(Object.keys(files));
  expect(Object.keys(again)).toEqual(Object.keys(again).toSorted());
  // The server is what was built last, perhaps in between.
  for (const name of Object.keys(again).filter((one) => !one.includes('/server/')))
    expect({ name, same: Buffer.from(again[name]!).equals(files[name]!) }).toEqual({ name, same: true });
});
