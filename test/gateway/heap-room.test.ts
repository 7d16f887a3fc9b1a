import { beforeAll, expect, test } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ValueSet } from '../../src/values/value.js';
import { deriveSql } from '../../src/facts/sql/derive.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { AnalysisCache } from '../../src/facts/sql/cache/analysis-cache.js';
import { RecentlyUsed } from '../../src/facts/sql/cache/recently-used.js';
import { roomOf } from '../../src/facts/sql/cache/heap-room.js';
import { catalogue } from './sessions.js';

beforeAll(() => loadSqlParser());

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapOf<T>(make: () => T): { readonly made: T; readonly bytes: number } {
  collect();
  const before = process.memoryUsage().heapUsed;
  const made = make();
  collect();
  return { made, bytes: process.memoryUsage().heapUsed - before };
}

const context = {
  searchPath: ['public'],
  prepared: new Map<string, string>(),
  transaction: 'idle',
  parameters: null,
} as const;

const wide = (number: number): string =>
  Array.from({ length: 40 }, (_, at) => `SELECT c${at} FROM wide_${number}_${at} WHERE d${at} > now()`).join(
    ' UNION ALL ',
  );

test('what an analysis takes of memory is told within a factor of two', () => {
  const { made, bytes } = heapOf(() =>
    Array.from({ length: 100 }, (_, number) => deriveSql(wide(number), { ...context, catalogue })),
  );
  const told = made.reduce((sum, analysis) => sum + roomOf(analysis, Infinity), 0);
  expect(told / bytes).toBeGreaterThan(0.5);
  expect(told / bytes).toBeLessThan(2);
});

test('however much is derived from texts, the cache keeps its bound', () => {
  const roomMax = 1024 * 1024;
  const cache = new AnalysisCache(deriveSql, roomMax);
  const { bytes } = heapOf(() => {
    for (let number = 0; number < 150; number++) cache.analyse(wide(number), context, catalogue);
  });
  // Two maps, and what is told is near enough.
  expect(bytes).toBeLessThan(4 * roomMax);
});

test('what is shared counts once, and what is too large is not looked at to its end', () => {
  const part = { text: 'x'.repeat(1000) };
  expect(roomOf([part, part], Infinity)).toBeLessThan(2000);
  expect(roomOf(ValueSet.of(['a', 'b']), Infinity)).toBeGreaterThan(roomOf(ValueSet.empty, Infinity));
  expect(roomOf([new Map([['key', part]]), new Set(['y'.repeat(1000)])], Infinity)).toBeGreaterThan(2000);
  const endless: unknown[] = [];
  endless.push(endless);
  expect(roomOf(endless, Infinity)).toBeLessThan(100);
});

test('an entry that would fill the room by itself is not kept, and takes nothing from the others', () => {
  const used = new RecentlyUsed<number>(100, (_, weight) => weight);
  used.set('small', 10);
  used.set('large', 51);
  expect(used.get('large')).toBeUndefined();
  expect(used.get('small')).toBe(10);
  for (const key of ['a', 'b', 'c', 'd']) used.set(key, 40);
  expect(used.get('small')).toBeUndefined();
  expect(used.get('d')).toBe(40);
});
