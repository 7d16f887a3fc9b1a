/**
 * Files that are meant to hurt. Each ends in an error or a result, in a process that has little memory; what would never
 * end runs into the time of the test.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = resolve('dist/policy.mjs');
const megabytes = 512;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'policy-hostile-test-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Files = Readonly<Record<string, string | Buffer>>;

let folders = 0;

/** Runs `policy` in a folder that holds these files, and nothing else. */
function run(files: Files, ...args: string[]): Promise<{ code: number | string; said: string }> {
  const folder = join(root, String(folders++));
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  // What runs for ever is ended here: nothing is left behind by a test that fails.
  const ending = { timeout: 50_000, killSignal: 'SIGKILL' as const };
  const options = { cwd: folder, env: { ...process.env, NO_COLOR: '1' }, maxBuffer: 2 ** 28, ...ending };
  const command = [`--max-old-space-size=${megabytes}`, program, ...args];
  return new Promise((done) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.code ?? error.signal ?? 'none');
      done({ code, said: stdout + stderr });
    });
  });
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');
const rules = (text: string): Files => ({ 'a.rules': `package a\n\n${text}\n` });
const big = 1_000_000;
/** Data is what rules name. */
const readsData = rules('x := data.big');

describe('what cannot be read is an error', () => {
  test.each<[name: string, files: Files, says: string]>([
    ['a megabyte of parentheses', { 'a.rules': '('.repeat(big) }, 'rule files have at most'],
    ['parentheses in a rule', rules(`allow if ${'('.repeat(10_000)}`), 'more than 50 brackets'],
    ['`not` upon `not`', rules(`allow if ${'not '.repeat(100_000)}`), 'a value is missing'],
    ['a text without an end', rules(`allow if "${'a'.repeat(big)}`), 'close it with'],
    ['templates within templates', rules(`x := ${'$"{'.repeat(100_000)}`), 'close it with'],
    [
      'a hundred thousand rules in one file',
      rules(lines(100_000, (i) => `deny d${i} "no" if target.name == "t${i}"`)),
      'is the most',
    ],
    ['ten thousand wrong names', rules(lines(10_000, (i) => `h${i} if q${i}`)), '10000 errors'],
    ['rules that all read all of them', rules(lines(10_000, (i) => `h${i} if data.a`)), 'recursive'],
    ['a long circle', rules(lines(10_000, (i) => `h${i} if h${(i + 1) % 10_000}`)), 'recursive'],
    ['bytes that are no text', { 'a.rules': Buffer.from([0x61, 0xff, 0xfe, 0x0a]) }, 'not UTF-8'],
    ['comprehensions sixty deep', rules(`x := ${deepComprehension(60)}`), 'more than 50 brackets'],
    ['deep data', { ...readsData, 'big.json': '['.repeat(10 * big) }, 'nested'],
    ['YAML that multiplies', { ...readsData, 'big.yaml': laughs() }, 'alias'],
    ['ten megabytes of YAML', { ...readsData, 'big.yaml': `a: ${'b'.repeat(10 * big)}` }, 'is the most'],
  ])('%s', async (_, files, says) => {
    const { code, said } = await run(files, 'check');
    expect(said).toContain(says);
    expect(code).toBe(1);
  });
});

function deepComprehension(depth: number): string {
  return depth === 0 ? 'identity.groups' : `[x${depth} | some x${depth} in ${deepComprehension(depth - 1)}]`;
}

function laughs(): string {
  const list = (name: string) => `[${new Array(9).fill(name).join(', ')}]`;
  const names = 'a b c d e f g h i j'.split(' ');
  const nine = names.map((name, i, all) => `${name}: &${name} ${list(i === 0 ? '1' : `*${all[i - 1]!}`)}`);
  return nine.join('\n');
}

describe('what can be read is checked', () => {
  test.each<[name: string, files: Files]>([
    ['a hundred thousand rules of one word', rules(lines(100_000, () => 'allow'))],
    [
      'a chain of rules',
      rules(`${lines(10_000, (i) => `h${i} if h${i + 1}`)}\nh10000 if now > 1\nallow if h0`),
    ],
    ['ten megabytes of JSON', { ...rules('allow if target.name in data.big'), 'big.json': tenMegabytes() }],
    ['a large set', rules(`allow if target.name in {${lines(30_000, (i) => `"t${i}",`)}"t"}`)],
  ])('%s', async (_, files) => {
    const { code, said } = await run(files, 'check');
    expect(said).toContain('0 errors');
    expect(code).toBe(0);
  });
});

function tenMegabytes(): string {
  return JSON.stringify(Array.from({ length: 350_000 }, (_, i) => `name number ${i} of very many`));
}

describe('what would run for ever ends', () => {
  test('a pattern that other engines take exponential time for', async () => {
    const text = `x := regex.match(\`^(a+)+$\`, "${'a'.repeat(50_000)}!")\ny := regex.match(concat("", ["(a{1,1000})", command.text]), "b")`;
    const files = { ...rules(text), 'input.json': '{"command": {"text": "{1,1000}"}}' };
    const { said } = await run(files, 'eval', 'data.a', '--data', '.', '--input', 'input.json');
    expect(said).toBe('{"x": false, "y": <unknown>}\n');
  });

  test('a comprehension over a thousand to the tenth', async () => {
    const loops = lines(10, (i) => `some _x${i} in numbers.range(1, 1000)`);
    const { code, said } = await run(
      rules(`x := count([1 |\n${loops}\n])`),
      'eval',
      'data.a.x',
      '--data',
      '.',
    );
    expect(said).toContain('unknown: the step budget is spent');
    expect(code).toBe(1);
  });

  test('values that double', async () => {
    const doubled = lines(60, (i) => `d${i + 1} := array.concat(d${i}, d${i})`);
    const texts = lines(60, (i) => `t${i + 1} := concat("", [t${i}, t${i}])`);
    const files = rules(`d0 := [1]\n${doubled}\nt0 := "t"\n${texts}\nboth := [count(d60), count(t60)]`);
    const { code, said } = await run(files, 'eval', 'data.a.both', '--data', '.');
    expect(said).toContain('unknown: ');
    expect(code).toBe(1);
  });
});
