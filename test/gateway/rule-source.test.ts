/** Rules that are replaced as deployments do it: seen within a second, and said. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { watchRules, type RuleSource } from '../../src/gateway/rules/source.js';

const rules = (name: string): string => `package ci\n\nallow ${name} if sql.read_only\n`;

let folder: string;
let logged: { readonly code: string; readonly problems?: readonly string[] }[];
let source: RuleSource | null;
const tell = (fields: object): void => void logged.push(fields as never);
const log = { info: tell, warn: tell, error: tell };
const at = (...names: readonly string[]): string => join(folder, ...names);

beforeEach(async () => {
  await loadSqlParser();
  folder = mkdtempSync(join(tmpdir(), 'sallyport-rules-'));
  logged = [];
  source = null;
});
afterEach(() => {
  source?.close();
  rmSync(folder, { recursive: true, force: true });
});

function write(place: string, name: string): void {
  mkdirSync(at(place), { recursive: true });
  writeFileSync(at(place, 'ci.rules'), rules(name));
}

/** How long it took, in milliseconds, until something with this code was said. */
async function said(code: string): Promise<number> {
  const started = performance.now();
  while (!logged.some((one) => one.code === code)) {
    if (performance.now() - started > 5000)
      throw new Error(`nothing like ${code}: ${JSON.stringify(logged)}`);
    await sleep(10);
  }
  logged = logged.filter((one) => one.code !== code);
  return performance.now() - started;
}

describe('a folder of rules that is replaced is seen within a second', () => {
  test('by a rename, again and again', async () => {
    write('rules', 'zero');
    source = watchRules(at('rules'), log);
    for (const name of ['one', 'two', 'three']) {
      const before = source.current().revision;
      write(`next-${name}`, name);
      renameSync(at('rules'), at(`old-${name}`));
      renameSync(at(`next-${name}`), at('rules'));
      expect(await said('rules-in-force')).toBeLessThan(1000);
      expect(source.current().revision).not.toBe(before);
    }
  });

  test('by a link that points elsewhere', async () => {
    write('v1', 'one');
    write('v2', 'two');
    symlinkSync(at('v1'), at('rules'));
    source = watchRules(at('rules'), log);
    symlinkSync(at('v2'), at('new'));
    renameSync(at('new'), at('rules'));
    expect(await said('rules-in-force')).toBeLessThan(1000);
    writeFileSync(at('v2', 'ci.rules'), rules('three'));
    expect(await said('rules-in-force')).toBeLessThan(1000);
  });

  test('as Kubernetes swaps a ConfigMap: `..data` is replaced under links to its files', async () => {
    write('rules/..2026_1', 'one');
    symlinkSync('..2026_1', at('rules', '..data'));
    symlinkSync(join('..data', 'ci.rules'), at('rules', 'ci.rules'));
    source = watchRules(at('rules'), log);
    for (const number of [2, 3]) {
      write(`rules/..2026_${number}`, `swap_${number}`);
      symlinkSync(`..2026_${number}`, at('rules', '..data_tmp'));
      renameSync(at('rules', '..data_tmp'), at('rules', '..data'));
      rmSync(at('rules', `..2026_${number - 1}`), { recursive: true });
      expect(await said('rules-in-force')).toBeLessThan(1000);
    }
  });

  test('file by file: what is written in between is not taken for all of it', async () => {
    write('rules', 'one');
    source = watchRules(at('rules'), log);
    for (let number = 0; number < 5; number++) {
      writeFileSync(at('rules', `more-${number}.rules`), `package more_${number}\n\ndeny all "no"\n`);
      await sleep(20);
    }
    await said('rules-in-force');
    expect(source.current().modules).toHaveLength(6);
    expect(logged).toEqual([]);
  });
});

describe('rules that are not good', () => {
  test('are said with why, and so is it when the good ones return', async () => {
    write('rules', 'one');
    source = watchRules(at('rules'), log);
    const before = source.current();
    writeFileSync(at('rules', 'ci.rules'), 'package ci\n\nallow reads if {\n');
    await said('rules-rejected');
    expect(source.current()).toBe(before);
    write('rules', 'one');
    expect(await said('rules-good-again')).toBeLessThan(1000);
    expect(source.current()).toBe(before);
  });

  test('because they are gone are said with the cause', async () => {
    write('rules', 'one');
    source = watchRules(at('rules'), log);
    cpSync(at('rules'), at('kept'), { recursive: true });
    unlinkSync(at('rules', 'ci.rules'));
    rmSync(at('rules'), { recursive: true });
    while (logged.length === 0) await sleep(10);
    expect(logged[0]!.problems!.join()).toMatch(/ENOENT/);
    await said('rules-rejected');
    renameSync(at('kept'), at('rules'));
    await said('rules-good-again');
  });
});
