import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Header } from 'tar/header';
import { readArchive, writeArchive, type ArchiveFile } from '../../src/engine/bundle/archive.js';
import { buildBundle, withSignature } from '../../src/engine/bundle/build.js';
import { bundleOf } from '../../src/engine/bundle/bundle.js';
import { openBundle } from '../../src/engine/bundle/manifest.js';
import type { FoundFile } from '../../src/engine/bundle/rule-files.js';
import { GatewayError } from '../../src/errors.js';

const file = (path: string, text: string): ArchiveFile => ({ path, bytes: Buffer.from(text) });
const end = Buffer.alloc(1024);

/** One entry with a header that says what it likes. */
function entry(path: string, text = '', fields: object = {}): Buffer {
  const header = new Header({ path, size: text.length, type: 'File', mode: 0o644, ...fields });
  header.encode();
  const padding = Buffer.alloc((512 - (text.length % 512)) % 512);
  return Buffer.concat([header.block!, Buffer.from(text), padding]);
}

/** The checksum of a header that was changed by hand (POSIX ustar: the sum of the bytes, its own taken as blanks). */
function withChecksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function changed(at: number, text: string): Buffer {
  const block = entry('a.rules', 'package a\nallow');
  block.write(text, at, 'latin1');
  return withChecksum(block);
}

const pack = (...blocks: Buffer[]): Buffer => gzipSync(Buffer.concat([...blocks, end]));

function problem(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'taken';
}

describe('an archive', () => {
  test('gives back what was put into it, and the same bytes whatever the order', () => {
    const files = [file('b/b.rules', 'package b'), file('a.yaml', ''), file('c.json', 'x'.repeat(2000))];
    const bytes = writeArchive(files);
    expect(readArchive(bytes).map(({ path, bytes: one }) => [path, one.toString()])).toEqual([
      ['a.yaml', ''],
      ['b/b.rules', 'package b'],
      ['c.json', 'x'.repeat(2000)],
    ]);
    expect(writeArchive(files.toReversed()).equals(bytes)).toBe(true);
    expect(bytes.subarray(4, 8)).toEqual(Buffer.alloc(4));
  });

  test('takes a path that ustar splits in two, and says which one does not fit', () => {
    const long = `${'deep/'.repeat(25)}${'x'.repeat(60)}.rules`;
    expect(readArchive(writeArchive([file(long, '')]))[0]!.path).toBe(long);
    expect(problem(() => writeArchive([file(`${'x'.repeat(150)}.rules`, '')]))).toMatch(/too long a path/);
  });

  test.each<[string, Buffer, RegExp]>([
    ['no gzip', Buffer.from('hello'), /not a gzip file/],
    ['nothing', Buffer.alloc(0), /not a gzip file/],
    ['a gzip that is cut off', writeArchive([file('a.rules', 'x')]).subarray(0, -9), /truncated/],
    ['an archive without its end', gzipSync(entry('a.rules', 'x')), /before its end mark/],
    ['a file that goes on after the end', gzipSync(entry('a.rules', '', { size: 5000 })), /cut off/],
    ['a size beyond every disk', pack(entry('a.rules', '', { size: 2 ** 52 })), /cut off/],
    [
      'a negative size',
      pack(changed(124, '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xf0')),
      /cut off|read/,
    ],
    ['a size that is not a number', pack(changed(124, 'zzzzzzzzzzz\0')), /cut off/],
    ['a damaged header', pack(Buffer.from(entry('a.rules')).fill('b', 0, 1)), /damaged/],
    ['the same file twice', pack(entry('a.rules', '1'), entry('a.rules', '2')), /twice/],
    ['a folder', pack(entry('a/', '', { type: 'Directory' })), /not a path/],
    ['a folder by its type', pack(entry('a', '', { type: 'Directory' })), /not a (path|regular)/],
    [
      'a symbolic link',
      pack(entry('a.rules', '', { type: 'SymbolicLink', linkpath: '/etc/passwd' })),
      /regular/,
    ],
    ['a hard link', pack(entry('a.rules', '', { type: 'Link', linkpath: 'b.rules' })), /regular/],
    ['a device', pack(entry('a.rules', '', { type: 'CharacterDevice' })), /regular/],
    ['a pipe', pack(entry('a.rules', '', { type: 'FIFO' })), /regular/],
    [
      'an extended header',
      pack(entry('PaxHeader/a', '18 path=../../x.y\n', { type: 'ExtendedHeader' })),
      /regular/,
    ],
    ['a global header', pack(entry('g', '18 path=../../x.y\n', { type: 'GlobalExtendedHeader' })), /regular/],
    ['a long name of GNU', pack(entry('L', '../../x', { type: 'NextFileHasLongPath' })), /regular/],
    ['a sparse file', pack(changed(156, 'S')), /regular/],
    [
      'what stands behind the end',
      gzipSync(Buffer.concat([end, entry('a.rules', 'x'), end])),
      /behind the end/,
    ],
    [
      'more files than any rule set has',
      pack(...Array.from({ length: 10_002 }, (_, i) => entry(`${i}.rules`))),
      /more than/,
    ],
    ['a gigabyte of zeros', gzipSync(Buffer.alloc(300 * 1024 * 1024)), /unpacks to more/],
  ])('is refused: %s', (_, bytes, message) => {
    expect(problem(() => readArchive(bytes))).toMatch(message);
  });

  test.each([
    '../a.rules',
    'a/../../b.rules',
    '/etc/a.rules',
    './a.rules',
    'a//b.rules',
    '.hidden/a.rules',
    'C:\\a.rules',
    'c:a.rules',
    'a\\b.rules',
    'a\nb.rules',
    'a\u0007.rules',
    `${'a/'.repeat(40)}b.rules`,
  ])('is refused: the path %j', (path) => {
    expect(problem(() => readArchive(pack(entry(path))))).toMatch(/path/);
    expect(problem(() => writeArchive([file(path, '')]))).toMatch(/path/);
  });

  test('of any bytes is read or refused', () => {
    const whole = gunzipSync(writeArchive([file('a.rules', 'package a\nallow'), file('b.json', '{}')]));
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        const outcome = problem(() => readArchive(gzipSync(bytes, { level: 1 })));
        expect(outcome).toMatch(/^(taken$|bundle-invalid: )/);
      }),
      { numRuns: 200 },
    );
  });
});

const rules = 'package ci.orders\nallow reads if data.ci.limits.on';

function bundleWith(manifest: object | string, ...files: ArchiveFile[]): Buffer {
  const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  return writeArchive([file('manifest.json', text), ...files]);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const good = { version: 1, revision: 'r1', roots: ['ci'], files: { 'a.rules': hashOf(rules) } };

describe('a bundle', () => {
  const found: FoundFile[] = [file('ci/orders.rules', rules), file('ci/limits.yaml', 'on: true\n')].map(
    ({ path, bytes }) => ({ path, relative: path, identity: path, read: () => bytes }),
  );
  const parts = bundleOf(openBundle(bundleWith(good, file('a.rules', rules))));

  test('says its revision, what it is about and the hash of everything', () => {
    expect(parts.revision).toBe('r1');
    expect(parts.modules.map(({ source }) => source.path)).toEqual(['a.rules']);
    const built = openBundle(buildBundle(found, parts, 'abc-dirty-1'));
    expect(built.manifest.revision).toBe('abc-dirty-1');
    expect(built.manifest.roots).toEqual(['ci/limits', 'ci/orders']);
    expect([...built.manifest.files.keys()]).toEqual(['ci/limits.yaml', 'ci/orders.rules']);
    expect(bundleOf(built).diagnostics).toEqual([]);
  });

  test('keeps its manifest to the byte when it is signed', () => {
    const bytes = bundleWith(good, file('a.rules', rules));
    const signed = openBundle(withSignature(withSignature(bytes, 'first'), 'second'));
    expect(signed.manifestBytes).toEqual(openBundle(bytes).manifestBytes);
    expect(signed.signature?.toString()).toBe('second\n');
    expect(openBundle(bytes).signature).toBeNull();
  });

  test.each<[string, Buffer, RegExp]>([
    ['without a manifest', writeArchive([file('a.rules', rules)]), /has no `manifest.json`/],
    ['a file that was changed', bundleWith(good, file('a.rules', `${rules} `)), /not what the manifest says/],
    [
      'a file that was added',
      bundleWith(good, file('a.rules', rules), file('b.rules', rules)),
      /`b.rules` is not in/,
    ],
    ['a file that was taken out', bundleWith(good), /`a.rules` of the manifest/],
    ['a manifest that is no JSON', bundleWith('{'), /no JSON object/],
    ['a manifest with a key twice', bundleWith('{"version": 1, "version": 1}'), /no JSON object/],
    ['a manifest that is a list', bundleWith('[]'), /no JSON object/],
    ['a manifest nested without end', bundleWith('['.repeat(100_000)), /no JSON object/],
    ['another version', bundleWith({ ...good, version: 2 }), /another version/],
    ['no revision', bundleWith({ ...good, revision: '' }), /`revision`/],
    ['a revision with a line break', bundleWith({ ...good, revision: 'a\nb' }), /`revision`/],
    ['roots that are no texts', bundleWith({ ...good, roots: [1] }), /`roots`/],
    ['no files', bundleWith({ ...good, files: [] }), /`files`/],
    ['a hash that is none', bundleWith({ ...good, files: { 'a.rules': 'x' } }), /no hash/],
    [
      'a path in the manifest that leads out',
      bundleWith({ ...good, files: { '../a': hashOf('') } }),
      /not a path/,
    ],
  ])('is refused: %s', (_, bytes, message) => {
    expect(problem(() => openBundle(bytes))).toMatch(message);
  });

  test('holds rules, data and catalogues, and nothing else', () => {
    const odd = { ...good, files: { 'run.sh': hashOf('x') } };
    expect(problem(() => bundleOf(openBundle(bundleWith(odd, file('run.sh', 'x')))))).toMatch(
      /neither rules nor data/,
    );
  });

  test('is not built of files that would stand in one place, or in that of the manifest', () => {
    const twice = [...found, found[0]!];
    expect(problem(() => buildBundle(twice, parts, 'x'))).toMatch(/in two of the folders/);
    const taken = { ...found[0]!, relative: 'manifest.json' };
    expect(problem(() => buildBundle([taken], parts, 'x'))).toMatch(/name it otherwise/);
  });
});
