/** The jobs of docs/ci.md that check rules in pull requests pass on good rules, and each fails on bad ones. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { parse, parseDocument } from 'yaml';
import { blocksOf, jobsOf } from './jobs.js';

const page = blocksOf('docs/ci.md', 'yaml', 'groovy');
const withRules = page.filter(
  ({ title, text }) => /^(\.|Jenkinsfile)/.test(title) && /\bpolicy (check|lint|test)\b/.test(text),
);

let folder: string;
let good: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-jobs-'));
  good = join(folder, 'good');
  mkdirSync(join(folder, 'bin'));
  const program = `#!/bin/sh\nexec ${process.execPath} ${resolve('dist/policy.mjs')} "$@"\n`;
  writeFileSync(join(folder, 'bin', 'policy'), program, { mode: 0o755 });
  const answers = [
    '--database',
    'postgres://app@db.example:5432/orders',
    '--issuer',
    'github',
    '--identity',
    'acme/shop',
  ];
  execFileSync(join(folder, 'bin', 'policy'), ['init', good, ...answers], { stdio: 'ignore' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The exit codes of its scripts, up to the first that fails: a system stops there. */
async function run(scripts: readonly string[], cwd: string): Promise<number> {
  const env = { PATH: [join(folder, 'bin'), process.env['PATH']].join(delimiter), NO_COLOR: '1' };
  for (const script of scripts) {
    const code = await new Promise<number>((done) => {
      execFile('sh', ['-ec', script], { cwd, env }, (error) =>
        done(error === null ? 0 : Number(error.code ?? 1)),
      );
    });
    if (code !== 0) return code;
  }
  return 0;
}

function changed(name: string, change: (rules: string, tests: string) => void): string {
  const copy = join(folder, name);
  cpSync(good, copy, { recursive: true });
  change(join(copy, 'rules/orders.rules'), join(copy, 'rules/orders_test.rules'));
  return copy;
}

test('every block of YAML parses, without a warning', () => {
  const blocks = blocksOf('docs/ci.md', 'yaml');
  expect(blocks.length).toBeGreaterThan(10);
  for (const { title, text } of blocks) {
    const { errors, warnings } = parseDocument(text);
    expect([title, ...errors, ...warnings]).toEqual([title]);
    expect(typeof parse(text)).toBe('object');
  }
});

test('every system has a job that checks rules', () => {
  expect(withRules.map(({ title }) => title)).toEqual([
    '.github/workflows/rules.yml',
    '.gitlab-ci.yml',
    '.buildkite/pipeline.yml',
    '.circleci/config.yml',
    'Jenkinsfile',
  ]);
});

test('the brackets of the Jenkinsfile are closed', () => {
  const { text } = page.find(({ title }) => title === 'Jenkinsfile')!;
  const open: string[] = [];
  for (const sign of text.replaceAll(/'[^']*'/g, '').match(/[{}()[\]]/g) ?? []) {
    if ('{(['.includes(sign)) open.push(sign);
    else expect(`${open.pop()}${sign}`).toMatch(/^(\{\}|\(\)|\[\])$/);
  }
  expect(open).toEqual([]);
});

describe.each(withRules.map((block) => [block.title, block] as const))('%s', (_, block) => {
  const { scripts } = jobsOf(block).get('rules')!;

  test('passes on the rules that `policy init` writes', async () => {
    expect(await run(scripts, good)).toBe(0);
  }, 60_000);

  test.each([
    ['does not compile', (rules: string) => appendFileSync(rules, '\nallow nonsense if sql.no_such_fact\n')],
    [
      'is not formatted',
      (rules: string) => appendFileSync(rules, '\n\n\n## Two.\nallow two   if sql.read_only\n'),
    ],
    [
      'has a failing test',
      (_rules: string, tests: string) =>
        writeFileSync(tests, readFileSync(tests, 'utf8').replace('=> deny orders.destruction', '=> allow')),
    ],
  ] as const)(
    'fails on what %s',
    async (name, change) => {
      const copy = changed(`${block.title.replaceAll('/', '-')}-${name}`, change);
      expect(await run(scripts, copy)).toBe(1);
    },
    60_000,
  );
});
