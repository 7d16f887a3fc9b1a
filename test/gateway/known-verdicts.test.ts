import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Policy } from '../../src/engine/policy.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { openTestSession, policyOf, type TestSession } from './sessions.js';

beforeAll(loadSqlParser);

interface Counted {
  readonly policy: Policy;
  readonly decided: () => number;
}

/** A policy that counts how often it is asked. */
function counted(rules: string): Counted {
  const policy = policyOf(rules);
  let decided = 0;
  const decide: Policy['decide'] = (facts) => {
    decided++;
    return policy.decide(facts);
  };
  return { policy: { ...policy, decide }, decided: () => decided };
}

function verdicts(one: TestSession, ...texts: readonly string[]): string[] {
  return texts.map((text) => one.session.decide(one.command(text)).kind);
}

describe('a judgement on what a statement means', () => {
  test('is made once for all texts with that meaning', () => {
    const { policy, decided } = counted(`package a
allow reads if { sql.read_only }
deny secrets $"{identity.name}: no" if { some s in sql.statements; some t in s.tables; t.name == "secrets" }
mask emails column "customers.email" with redact`);
    const one = openTestSession(policy);
    const texts = [1, 22, 333].map((id) => `SELECT email FROM customers WHERE id = ${id}`);
    const judged = texts.map((text) => one.session.decide(one.command(text)));
    expect(decided()).toBe(1);
    expect(judged).toMatchObject(
      [1, 2, 3].map((command) => ({ kind: 'forward', command, plan: { masks: [{ kind: 'mask' }] } })),
    );
    const recorded = one.events().flatMap((event) => (event.kind === 'command' ? [event] : []));
    expect(recorded.map(({ text }) => text)).toEqual(texts);
    expect(new Set(recorded.map(({ factsDigest }) => factsDigest)).size).toBe(1);
  });

  test('is made again for another phase, other rules, and other limits that can be carried out', () => {
    const first = counted('package a\nallow everything');
    const second = counted('package a\ndeny everything "no"');
    let { policy } = first;
    const one = openTestSession(first.policy, { policy: () => policy });
    const text = 'SELECT id FROM orders WHERE id = 1';
    for (let i = 0; i < 2; i++) {
      one.session.decide(one.command(text));
      one.session.decide(one.command(text, { phase: 'prepare', parameters: null }));
      one.session.decide(one.command(text, { enforces: ['rows'] }));
    }
    expect(first.decided()).toBe(3);
    ({ policy } = second);
    expect(verdicts(one, text, text)).toEqual(['refuse', 'refuse']);
    expect(second.decided()).toBe(1);
  });

  test('is not used where the protocol itself objects', () => {
    const one = openTestSession(policyOf('package a\nallow everything'));
    const objection = { rule: 'gateway.session_state', reason: 'no', hint: null };
    expect(verdicts(one, 'SELECT 1')).toEqual(['forward']);
    expect(one.session.decide(one.command('SELECT 1', { objection })).kind).toBe('refuse');
    expect(verdicts(one, 'SELECT 1')).toEqual(['forward']);
  });
});

describe('a judgement that reads what differs between such texts is made each time:', () => {
  const denied = 'SELECT id FROM orders WHERE id = 7';
  const allowed = 'SELECT id FROM orders WHERE id = 8';
  const cases = [
    ['the text of the command', 'contains(command.text, "= 7")'],
    ['the text of a statement', 'some s in sql.statements; endswith(s.text, "= 7")'],
    ['all of a statement', 'some s in sql.statements; contains(json.marshal(s), "= 7")'],
    ['all of the SQL', 'contains(json.marshal(sql), "= 7")'],
    ['all of the command', 'contains(json.marshal(command), "= 7")'],
    ['statements that are equal', 'some s in sql.statements; s == facts.sql("SELECT id FROM orders WHERE id = 7").statements[0]'], // prettier-ignore
  ];
  test.each(cases)('%s', (_, condition) => {
    const one = openTestSession(policyOf(`package a\nallow everything\ndeny seven "no" if { ${condition} }`));
    const texts = [allowed, denied, denied, allowed, denied];
    expect(verdicts(one, ...texts)).toEqual(['forward', 'refuse', 'refuse', 'forward', 'refuse']);
  });

  test('the text, for a reason alone', () => {
    const one = openTestSession(policyOf('package a\ndeny everything $"not {command.text}"'));
    verdicts(one, allowed, denied);
    const recorded = one.events().flatMap((event) => (event.kind === 'command' ? [event.decision] : []));
    expect(recorded.map(({ reasons }) => reasons)).toEqual([[`not ${allowed}`], [`not ${denied}`]]);
  });

  test('the time', () => {
    const one = openTestSession(
      policyOf('package a\nallow everything\ndeny late "no" if { time.clock(now)[1] >= 30 }'),
    );
    expect(verdicts(one, allowed)).toEqual(['forward']);
    one.now = new Date(one.now.getTime() + 45 * 60_000);
    expect(verdicts(one, allowed)).toEqual(['refuse']);
  });

  test('the bound values', () => {
    const one = openTestSession(
      policyOf('package a\nallow everything\ndeny seven "no" if { some p in sql.parameters; p == "7" }'),
    );
    const executed = ['8', '7', '8'].map((value) =>
      one.session.decide(
        one.command('SELECT id FROM orders WHERE id = $1', { phase: 'execute', parameters: [value] }),
      ),
    );
    expect(executed.map(({ kind }) => kind)).toEqual(['forward', 'refuse', 'forward']);
  });
});
