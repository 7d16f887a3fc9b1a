/** The benchmark compares like with like. */
import { beforeAll, expect, test } from '@jest/globals';
import { engines } from '../../bench/engines.js';
import { plainRequests, plainRules } from '../../bench/plain-rules.js';
import { replaceSections } from '../../bench/report.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';

beforeAll(() => loadSqlParser());

test.each([10, 100])('every engine gives the same answers to %s rules', async (size) => {
  const requests = plainRequests(size);
  const answers = await Promise.all(
    engines.map(async ({ name, load }) => {
      const questions = await load(plainRules(size), requests);
      return { name, allowed: requests.filter((_, i) => questions[i]!()) };
    }),
  );
  for (const { name, allowed } of answers)
    expect({ name, allowed }).toEqual({ name, allowed: answers[0]!.allowed });
  expect(answers[0]!.allowed.length).toBeGreaterThan(0);
  expect(answers[0]!.allowed.length).toBeLessThan(requests.length);
});

test('a section that was measured anew takes the place of the old one', () => {
  const report = '# Benchmarks\n\n- a machine\n\n## One\n\nold\n\n## Two\n\nkept\n';
  const sections = [
    { title: 'One', lines: ['new'] },
    { title: 'Three', lines: ['more'] },
  ];
  expect(replaceSections(report, sections)).toBe(
    '# Benchmarks\n\n- a machine\n\n## One\n\nnew\n\n## Two\n\nkept\n\n## Three\n\nmore\n',
  );
});
