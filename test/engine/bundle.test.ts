import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadBundle } from '../../src/engine/bundle.js';
import { toJson } from '../../src/engine/value.js';
import { GatewayError } from '../../src/errors.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function codes(): string[] {
  return loadBundle([folder]).diagnostics.map(({ code }) => code);
}

test('rules, tests and data by folder', () => {
  write('b.rules', 'package b\nallow');
  write('a/a.rules', 'package a\nallow');
  write('a/a_test.rules', 'package a\ntest_a if allow');
  write('data/teams.yaml', 'owned: {shop: [orders]}\n');
  write('teams/more.json', '{"big": 12345678901234567890}');
  write('a/data.yml', 'limit: 5\n');
  write('shop.catalogue.yaml', 'no: data\n');
  write('.hidden/x.rules', 'not rules');
  write('notes.txt', 'nothing');
  const bundle = loadBundle([folder]);
  expect(bundle.diagnostics).toEqual([]);
  expect(bundle.modules.map(({ package: { path } }) => path)).toEqual([['a'], ['b']]);
  expect(bundle.tests).toHaveLength(1);
  expect(bundle.catalogues).toEqual([join(folder, 'shop.catalogue.yaml')]);
  expect(toJson(bundle.data)).toEqual({
    teams: { owned: { shop: ['orders'] }, more: { big: 12345678901234567000 } },
    a: { limit: 5 },
  });
});

describe('the revision', () => {
  test('follows the content of rules and data, and not where they are or their tests', () => {
    write('x/a.rules', 'package a\nallow');
    write('x/t.yaml', 'a: 1\n');
    const before = loadBundle([join(folder, 'x')]).revision;
    expect(before).toMatch(/^[0-9a-f]{12}$/);
    write('y/a.rules', 'package a\nallow');
    write('y/t.yaml', 'a: 1\n');
    write('y/a_test.rules', 'package a\ntest_a if allow');
    expect(loadBundle([join(folder, 'y')]).revision).toBe(before);
    write('y/t.yaml', 'a: 2\n');
    expect(loadBundle([join(folder, 'y')]).revision).not.toBe(before);
  });

  test('tells files apart whose bytes are the same together', () => {
    write('x/a.json', '{}');
    write('x/b.json', '[]');
    write('y/a.json', '[]');
    write('y/b.json', '{}');
    expect(loadBundle([join(folder, 'x')]).revision).not.toBe(loadBundle([join(folder, 'y')]).revision);
  });
});

describe('a single file', () => {
  test('is read with the catalogues beside it', () => {
    const path = write('a.rules', 'package a\nallow');
    write('b.rules', 'package b\nallow');
    const catalogue = write('a.catalogue.yaml', 'x: 1\n');
    const bundle = loadBundle([path]);
    expect(bundle.modules).toHaveLength(1);
    expect(bundle.catalogues).toEqual([catalogue]);
  });

  test('named twice is read once', () => {
    const path = write('a.rules', 'package a\nallow');
    expect(loadBundle([path, folder]).modules).toHaveLength(1);
  });
});

test('a path that is not there', () => {
  expect(() => loadBundle([join(folder, 'nothing')])).toThrow(GatewayError);
});

describe('what is refused', () => {
  test.each([
    ['bytes that are not UTF-8', 'a.rules', Buffer.from([0x70, 0xff, 0xfe]), 'not-utf8'],
    ['a rule text that does not parse', 'a.rules', 'package a\nallow if if', undefined],
    ['JSON with a key twice', 'a.json', '{"a": 1, "a": 2}', 'bad-data'],
    ['JSON that goes on', 'a.json', '{} {}', 'bad-data'],
    ['JSON nested without end', 'a.json', '['.repeat(100_000), 'bad-data'],
    ['YAML with a key twice', 'a.yaml', 'a: 1\na: 2\n', 'bad-data'],
    ['YAML in flow style nested without end', 'a.yaml', '['.repeat(20_000), 'bad-data'],
    ['YAML in block style nested without end', 'a.yaml', `${'- '.repeat(20_000)}x\n`, 'bad-data'],
    [
      'YAML indented without end',
      'a.yaml',
      Array.from({ length: 500 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'bad-data',
    ],
    ['YAML of two documents', 'a.yaml', 'a: 1\n---\nb: 2\n', 'bad-data'],
    ['YAML whose aliases multiply', 'a.yaml', bomb(), 'bad-data'],
    ['YAML that is no number', 'a.yaml', 'a: .nan\n', 'bad-data'],
    ['YAML that is too large', 'a.yaml', `a: ${'x'.repeat(5 * 1024 * 1024)}\n`, 'data-too-large'],
    ['data at the top that is no object', 'data.json', '[1]', 'data-conflict'],
  ])('%s', (_, name, content, code) => {
    write(name, content);
    const found = codes();
    expect(found.length).toBeGreaterThan(0);
    if (code !== undefined) expect(found).toEqual([code]);
  });

  test('two files for one place', () => {
    write('a.json', '{"x": 1}');
    write('a/x.yaml', 'y: 1\n');
    expect(codes()).toEqual(['data-conflict']);
  });

  test('a link that leads out of the folder', () => {
    write('outside/a.rules', 'package a\nallow');
    write('inside/b.rules', 'package b\nallow');
    symlinkSync(join(folder, 'outside/a.rules'), join(folder, 'inside/a.rules'));
    const bundle = loadBundle([join(folder, 'inside')]);
    expect(bundle.diagnostics.map(({ code }) => code)).toEqual(['outside-link']);
    expect(bundle.modules).toHaveLength(1);
  });

  test('a link within the folder is the file itself', () => {
    write('in/.data/a.rules', 'package a\nallow');
    symlinkSync(join(folder, 'in/.data/a.rules'), join(folder, 'in/a.rules'));
    const bundle = loadBundle([join(folder, 'in')]);
    expect(bundle.diagnostics).toEqual([]);
    expect(bundle.modules).toHaveLength(1);
  });
});

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 10; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`);
  return `${lines.join('\n')}\n`;
}
