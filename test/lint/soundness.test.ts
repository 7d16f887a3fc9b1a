/** What the linter says of firing is true of every command: it never calls a rule dead that is not. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import type { Policy } from '../../src/engine/policy.js';
import type { LintContext } from '../../cli/lint/finding.js';
import { lint } from '../../cli/lint/linter.js';
import { facts } from '../engine/random-rules.js';
import { host, parse } from '../engine/rule-set.js';
import { only } from './one-rule.js';

/** Few conditions, so that they meet each other often. */
const condition = fc.constantFrom(
  'prod',
  'not prod',
  'dev',
  'ci',
  'not ci',
  '"ci" in identity.groups',
  '"ci" not in identity.groups',
  'sql.read_only',
  'not sql.read_only',
  'target.name in {"orders", "events"}',
  'target.name != "orders"',
  'not target.name in {"events"}',
  'identity.claims.x == 1',
  'identity.claims.x in {1, 2}',
  'identity.claims.x not in {1}',
  'count(sql.statements) > 1',
  'count(sql.statements) < 2',
  '2 <= count(sql.statements)',
  'some s in sql.statements; s.verb == "drop"',
  'some t in sql.statements; t.verb == "select"',
  'ci and prod',
  'ci or prod',
);
const body = fc
  .uniqueArray(condition, { minLength: 1, maxLength: 3 })
  .map((list) => `{ ${list.join('; ')} }`);
const exception = fc.option(
  condition.map((one) => `{ ${one} }`),
  { nil: null, freq: 4 },
);
const guard = fc
  .tuple(body, exception)
  .map(([own, unless]) => ` if ${own}${unless === null ? '' : ` unless ${unless}`}`);

const helpers = `
prod if target.labels.env == "prod"
dev if target.labels.env == "dev"
ci if "ci" in identity.groups
`;

const ruleSet = fc
  .tuple(fc.option(body, { nil: null, freq: 3 }), fc.array(guard, { minLength: 2, maxLength: 6 }))
  .map(([applies, guards]) => {
    const rules = guards.map((one, i) => (i % 2 === 0 ? `allow r${i}${one}` : `deny r${i} "no"${one}`));
    return `package p\n${applies === null ? '' : `applies if ${applies}\n`}${helpers}\n${rules.join('\n')}\n`;
  });

function compiled(rules: string): Policy | null {
  return compilePolicy({ modules: [parse(rules, 'p.rules')], data: {}, revision: 'r' }, host).policy;
}

/** The rules of which a lint rule says something, by the names at the lines that it points to. */
function namedBy(id: string, rules: string): string[] {
  const context: LintContext = {
    config: only(id),
    data: {},
    catalogues: [],
    dataFiles: [],
    groups: null,
    whole: true,
  };
  return lint([parse(rules, 'p.rules')], context, host).flatMap(({ source, span }) => {
    const line = source.line(source.position(span.start).line);
    return /^(?:allow|deny) (r\d)/.exec(line)?.slice(1) ?? [];
  });
}

describe('what is found', () => {
  test.each([
    ['never-fires', 'does not fire'],
    ['shadowed-by-deny', 'is denied wherever it fires'],
  ])('by %s %s', (id) => {
    let found = 0;
    fc.assert(
      fc.property(ruleSet, fc.array(facts, { minLength: 12, maxLength: 12 }), (rules, commands) => {
        const policy = compiled(rules);
        fc.pre(policy !== null);
        for (const name of namedBy(id, rules)) {
          found++;
          for (const command of commands) {
            const fired = policy.query(['p', name], command) === true;
            if (id === 'never-fires') expect(fired).toBe(false);
            else if (fired) expect(policy.decide(command).effect).toBe('deny');
          }
        }
      }),
      { numRuns: 120 },
    );
    // What never fires is mostly seen by the checker already.
    if (id !== 'never-fires') expect(found).toBeGreaterThan(0);
  });
});
