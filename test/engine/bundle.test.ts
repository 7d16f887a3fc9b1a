import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadBundle } from '../../src/engine/bundle/bundle.js';
import { toJson } from '../../src/values/value.js';
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
  write('b.rules', 'package b\nallow if { data.teams.more.big > 1; data.a.limit > 1 }');
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
    write('x/a.rules', 'package a\nallow if data.t.a == 1');
    write('x/t.yaml', 'a: 1\n');
    const before = loadBundle([join(folder, 'x')]).revision;
    expect(before).toMatch(/^[0-9a-f]{12}$/);
    write('y/a.rules', 'package a\nallow if data.t.a == 1');
    write('y/t.yaml', 'a: 1\n');
    write('y/notes.yaml', 'nobody: reads this\n');
    write('y/a_test.rules', 'package a\ntest_a if allow');
    expect(loadBundle([join(folder, 'y')]).revision).toBe(before);
    write('y/t.yaml', 'a: 2\n');
    expect(loadBundle([join(folder, 'y')]).revision).not.toBe(before);
  });

  test('tells files apart whose bytes are the same together', () => {
    for (const [place, a, b] of [
      ['x', '{}', '[]'],
      ['y', '[]', '{}'],
    ] as const) {
      write(`${place}/data/a.json`, a);
      write(`${place}/data/b.json`, b);
    }
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

describe('which files are data', () => {
  const read = (...rules: string[]): unknown => {
    rules.forEach((text, index) => write(`${index}.rules`, text));
    const bundle = loadBundle([folder]);
    expect(bundle.diagnostics).toEqual([]);
    return toJson(bundle.data);
  };

  test('L17: what no rule names is none, whatever is in it', () => {
    write('tsconfig.json', '{ // comments\n}');
    write('deploy/all.yaml', 'a: 1\n---\nb: 2\n');
    write('out.json', '{"effect": "allow"');
    write('teams.yaml', 'shop: [a]\n');
    symlinkSync('/nowhere/at/all', join(folder, 'gone.json'));
    symlinkSync(tmpdir(), join(folder, 'away'));
    expect(read('package p\nimport data.teams\nallow if some t in teams.shop')).toEqual({
      teams: { shop: ['a'] },
    });
    const { files, unread } = loadBundle([folder]);
    expect(files.map(({ relative }) => relative)).toEqual(['0.rules', 'teams.yaml']);
    expect(unread.map(({ relative }) => relative)).toEqual(['deploy/all.yaml', 'out.json', 'tsconfig.json']);
  });

  test.each([
    ['an import', 'import data.teams.owned as o\nallow if "a" in o.shop'],
    ['a part of an import', 'import data.teams\nallow if "a" in teams.owned.shop'],
    ['a path', 'allow if "a" in data.teams.owned.shop'],
    ['a path with brackets', 'allow if "a" in data["teams"]["owned"].shop'],
    ['a computed step', 'allow if "a" in data.teams[target.name].shop'],
    ['all of them', 'allow if some x in data\n'],
    ['a computed place', 'allow if has data[target.name]'],
    ['the value after `with`', 'test "t" {\n  true with data.teams.owned.shop as []\n}'],
    ['a value in a template', 'deny x $"{data.teams.owned.shop}" if sql.writes'],
  ])('%s names one', (_, text) => {
    write('teams/owned.yaml', 'shop: [a]\n');
    expect(read(`package p\n${text}`)).toEqual({ teams: { owned: { shop: ['a'] } } });
  });

  test('masks by tag read `data.catalogue`', () => {
    write('catalogue.yaml', 'pii: []\n');
    write('other.yaml', 'x: 1\n');
    expect(read('package p\nmask m tagged "pii" with redact')).toEqual({ catalogue: { pii: [] } });
  });

  test('a rule is none, and data below its package is', () => {
    write('ci/orders/drop.yaml', 'a: 1\n---\nb: 2\n');
    write('ci/orders/teams.yaml', 'a: 1\n');
    expect(
      read(
        'package ci.orders\ndeny drop "no" if sql.writes',
        'package other\nallow if { data.ci.orders.drop; data.ci.orders.teams.a == 1 }',
      ),
    ).toEqual({ ci: { orders: { teams: { a: 1 } } } });
  });

  test('L1: a name that is nearly that of a file has it read, for the checker to say so', () => {
    write('blocked.yaml', 'subjects: [eve]\n');
    write('package.json', '{}');
    expect(read('package p\nallow if not identity.subject in data.blokced.subjects')).toEqual({
      blocked: { subjects: ['eve'] },
    });
  });

  test('L20: a catalogue of another name is said, beside rules that do not name it', () => {
    write('a.rules', 'package a\nallow if sql.read_only');
    write('books.yaml', '# pulled\nrelations:\n  - {schema: public, name: books, columns: [id]}\n');
    write('other.yaml', 'x: 1\nrelations: {a: b}\n');
    const { diagnostics, data } = loadBundle([folder]);
    expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
      ['catalogue-name', 'warning'],
    ]);
    expect(toJson(data)).toEqual({});
  });

  test('everything in the folder `data`, and files that are named themselves', () => {
    write('data/a.yaml', 'x: 1\n');
    const own = write('own.json', '{"y": 2}');
    expect(read('package p\nallow if sql.read_only')).toEqual({ a: { x: 1 } });
    expect(toJson(loadBundle([own]).data)).toEqual({ own: { y: 2 } });
  });

  test('what is named and cannot be read is said', () => {
    write('p.rules', 'package p\nallow if data.out.x == 1');
    write('out.json', '{"effect": "allow"');
    expect(codes()).toEqual(['bad-data']);
  });
});

describe('YAML keys', () => {
  function parsed(text: string) {
    write('data/d.yaml', text);
    const { data, diagnostics } = loadBundle([folder]);
    return {
      data: toJson(data),
      said: diagnostics.map(({ message, source, span }) => {
        const { line, column } = source.position(span.start);
        return `${line}:${column} ${message}`;
      }),
    };
  }

  test('L9: `<<` merges, as in YAML 1.1', () => {
    const { data, said } = parsed(
      'base: &base {owner: ops, blocked: [eve]}\nmore: &more {owner: x, tier: 1}\n' +
        'orders: {<<: *base, owner: shop}\nboth: {own: 1, <<: [*base, *more]}\n',
    );
    expect(said).toEqual([]);
    expect(data).toMatchObject({
      d: {
        orders: { owner: 'shop', blocked: ['eve'] },
        both: { own: 1, owner: 'ops', blocked: ['eve'], tier: 1 },
      },
    });
  });

  test('L9: a quoted `<<` is a key like another', () => {
    expect(parsed('"<<": {a: 1}\n').data).toEqual({ d: { '<<': { a: 1 } } });
  });

  test.each([
    ['a: {<<: 5}', '1:5 `<<` merges maps and nothing else'],
    ['x: &x [1]\na: {<<: *x}', '2:5 `<<` merges maps and nothing else'],
    ['a: {<<: {b: 1}, <<: {c: 1}}', '1:17 `<<` stands here twice'],
    ['a: 1\n5432: orders', '2:1 a key is not text'],
    ['true: yes', '1:1 a key is not text'],
    ['? [a, b]\n: 1', '1:3 a key is not text'],
    ['a: &k text\n*k : 1', '2:1 a key is not text'],
    ['~: 1', '1:1 a key is not text'],
  ])('L9, L17: %j is refused at its place', (text, wanted) => {
    expect(parsed(text).said).toEqual([wanted]);
  });
});

describe('limits are named', () => {
  test.each([
    ['data/a.yaml', `a: ${'x'.repeat(4 * 1024 * 1024)}`, /has 4194307 characters, and 4194304 is the most/],
    ['data/a.yaml', '['.repeat(300), /more than 200 deep/],
    ['data/a.yaml', bomb(), /more than 100 values/],
    ['a.rules', '#'.repeat(4 * 1024 * 1024 + 1), /has 4194305 bytes, and 4194304 is the most/],
  ])('L17: %s', (name, content, wanted) => {
    write(name, content);
    const [first] = loadBundle([folder]).diagnostics;
    expect(first?.message).toMatch(wanted);
  });
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
    ['YAML that is not a number', 'a.yaml', 'a: .nan\n', 'bad-data'],
    ['YAML that is too large', 'a.yaml', `a: ${'x'.repeat(5 * 1024 * 1024)}\n`, 'data-too-large'],
    ['data at the top that is no object', 'data.json', '[1]', 'data-conflict'],
  ])('%s', (_, name, content, code) => {
    write(name.endsWith('.rules') || name === 'data.json' ? name : `data/${name}`, content);
    if (name === 'data.json') write('a.rules', 'package a\nallow if has data.x');
    const found = codes();
    expect(found.length).toBeGreaterThan(0);
    if (code !== undefined) expect(found).toEqual([code]);
  });

  test('two files for one place', () => {
    write('data/a.json', '{"x": 1}');
    write('data/a/x.yaml', 'y: 1\n');
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
