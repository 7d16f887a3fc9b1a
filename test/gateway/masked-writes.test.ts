/** `gateway.masked_write` among the rules: what lifts it, what does not, what is recorded, and that no judgement of before stands. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { CommandDecided } from '../../src/audit/event.js';
import type { MaskedWrite } from '../../src/masking/sql/masked-write.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import type { RecordedContext } from '../../src/protocols/sql/context.js';
import type { SqlVerdict } from '../../proxy/postgres/state/sql-session.js';
import { openTestSession, policyOf } from './sessions.js';

const FOUND: MaskedWrite = { kind: 'found', reason: 'parameter $1 is one' };
const SAVE = 'UPDATE customers SET email = $1 WHERE id = 1';

beforeAll(async () => {
  await loadSqlParser();
});

interface Judged {
  readonly verdict: SqlVerdict;
  readonly event: CommandDecided;
}

function judged(
  rules: string,
  maskedWrite: MaskedWrite,
  phase: 'query' | 'prepare' = 'query',
  text = SAVE,
): Judged {
  const one = openTestSession(policyOf(`package p\n${rules}`));
  const verdict = one.session.decide({ ...one.command(text, { phase }), maskedWrite });
  return { verdict, event: one.events().find(({ kind }) => kind === 'command') as CommandDecided };
}

const idsOf = ({ verdict }: Judged): string[] =>
  'decision' in verdict ? verdict.decision.rules.map(({ id }) => id) : [];

describe('is refused', () => {
  test.each([
    'allow everything',
    'allow everything unless "nobody" in identity.groups',
    'allow any_command if sql.masked_write or sql.count > 0',
    'allow everything\nallow others if { sql.masked_write; target.name == "another" }',
    'allow everything\nallow no if not sql.masked_write',
    'allow several if sql.count > 0\nallow several if sql.masked_write',
  ])('under %j', (rules) => {
    const found = judged(rules, FOUND);
    expect(found.verdict).toMatchObject({
      kind: 'refuse',
      refusal: {
        message: 'denied by gateway.masked_write: parameter $1 is one',
        hint: expect.stringContaining('write only the columns that have changed'),
      },
    });
    expect(found.event).toMatchObject({
      forwarded: false,
      context: { maskedWrite: { reason: 'parameter $1 is one' } },
    });
  });

  test('under a rule that denies it, by that rule alone', () => {
    const found = judged('allow everything\ndeny never "never" if sql.masked_write', FOUND);
    expect(found.verdict).toMatchObject({
      kind: 'refuse',
      refusal: { message: expect.stringContaining('p.never') },
    });
  });
});

describe('passes', () => {
  test.each([
    'allow everything\nallow restores if sql.masked_write',
    'allow restores if sql.masked_write',
    'allow everything\nrestoring if sql.masked_write\nallow restores if restoring',
  ])('under %j', (rules) => {
    const found = judged(rules, FOUND);
    expect(found.verdict.kind).toBe('forward');
    expect(idsOf(found)).toContain('p.restores');
    expect(found.event).toMatchObject({
      forwarded: true,
      context: { maskedWrite: { reason: 'parameter $1 is one' } },
    });
  });

  test('to people, under a review that asks for it', () => {
    const { verdict } = judged('allow everything\nreview restores "r" by {"dba"} if sql.masked_write', FOUND);
    expect(verdict).toMatchObject({ kind: 'refuse', decision: { effect: 'review' } });
  });
});

describe('before its values are there', () => {
  test.each([
    'allow everything',
    'allow restores if sql.masked_write',
    'allow everything\ndeny never "never" if sql.masked_write',
  ])('it is prepared under %j', (rules) => {
    const { verdict, event } = judged(rules, { kind: 'unbound' }, 'prepare');
    expect(verdict.kind).toBe('forward');
    expect((event.context as RecordedContext).maskedWrite).toBe('unbound');
  });

  test('it is not prepared where values would not help', () => {
    expect(judged('allow reads if sql.read_only', { kind: 'unbound' }, 'prepare').verdict.kind).toBe(
      'refuse',
    );
  });
});

describe('rows of COPY that are still to come', () => {
  const COPY = 'COPY customers FROM STDIN';
  test.each([
    ['allow everything', 'refuse'],
    ['allow everything\nallow restores if sql.masked_write', 'pass'],
    [
      'allow everything\nallow restores if sql.masked_write\ndeny never "never" if sql.masked_write',
      'refuse',
    ],
    ['allow everything\nreview restores "r" by {"dba"} if sql.masked_write', 'refuse'],
  ])('under %j: %s', (rules, maskedRows) => {
    const { verdict, event } = judged(rules, { kind: 'rows' }, 'query', COPY);
    expect(verdict).toMatchObject({ kind: 'forward', plan: { maskedRows } });
    expect((event.context as RecordedContext).maskedWrite).toBeUndefined();
  });
});

test('no judgement of the same meaning stands for it, nor is its own kept', () => {
  const one = openTestSession(policyOf('package p\nallow everything'));
  const command = one.command(SAVE);
  expect(one.session.decide(command).kind).toBe('forward');
  expect(one.session.decide(command).kind).toBe('forward');
  expect(one.session.decide({ ...command, maskedWrite: FOUND }).kind).toBe('refuse');
  expect(one.session.decide(command).kind).toBe('forward');
  expect(one.session.decide({ ...command, maskedWrite: FOUND }).kind).toBe('refuse');
});
