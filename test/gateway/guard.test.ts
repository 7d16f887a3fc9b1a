import { beforeAll, describe, expect, test } from '@jest/globals';
import { anyChange, noChange } from '../../src/facts/sql/catalogue/schema-change.js';
import type { CommandDecided } from '../../src/audit/event.js';
import type { Policy } from '../../src/engine/policy.js';
import { Unknown } from '../../src/values/value.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import type { RecordedContext } from '../../src/protocols/sql/context.js';
import type { SqlVerdict } from '../../proxy/postgres/state/sql-session.js';
import { openTestSession, policyOf, type TestSession } from './sessions.js';

const RULES = `package shop

applies if target.name == "orders"

allow reads if sql.read_only

allow writes if {
  some s in sql.statements
  s.verb in {"update", "insert"}
}

allow own_rows if {
  some s in sql.statements
  s.verb == "delete"
  sql.parameters[0] == 42
}

allow merges if {
  some s in sql.statements
  s.verb == "merge"
  sql.parameters[0] == 42
  some t in s.tables
  t.name == "nothing"
}

deny drop $"{s.verb} of everything" if {
  some s in sql.statements
  s.verb in {"drop", "truncate"}
}

deny big_value "a value over 100" if {
  some p in sql.parameters
  p > 100
}

review schema_change "schema change" by {"dba", "leads"} if {
  some s in sql.statements
  "schema" in s.effects
}

mask email column "customers.email" with partial(4)

limit few rows 10 if sql.count > 2

mask header header "authorization" with redact if {
  some s in sql.statements
  s.verb == "show"
}
`;

let rules: Policy;
beforeAll(async () => {
  await loadSqlParser();
  rules = policyOf(RULES);
});

function open(): TestSession {
  return openTestSession(rules);
}

function judged(
  text: string,
  changes: Parameters<TestSession['command']>[1] = {},
): { verdict: SqlVerdict; event: CommandDecided } {
  const one = open();
  const verdict = one.session.decide(one.command(text, changes));
  const event = one.events().find(({ kind }) => kind === 'command');
  if (event?.kind !== 'command') throw new Error('the command is not recorded');
  one.session.close('client');
  return { verdict, event };
}

test('a text that cannot be read is refused where a mask applies, whoever allows it: the server may read it', () => {
  const one = openTestSession(
    policyOf(`package open

allow everything

mask email column "customers.email" with redact
`),
  );
  const text = `SELECT ${'('.repeat(1200)}email${')'.repeat(1200)} FROM customers`;
  const verdict = one.session.decide(one.command(text));
  expect(verdict).toMatchObject({ kind: 'refuse', decision: { effect: 'deny', masks: [] } });
  expect(verdict.kind === 'refuse' && verdict.refusal.message).toContain('open.email');
  one.session.close('client');
});

describe('a command', () => {
  test('that a rule allows is forwarded with its masks, and recorded so', () => {
    const { verdict, event } = judged('SELECT email FROM customers');
    expect(verdict).toMatchObject({ kind: 'forward', command: 1, plan: { masks: [{ kind: 'mask' }] } });
    expect(event).toMatchObject({
      command: 1,
      phase: 'query',
      text: 'SELECT email FROM customers',
      forwarded: true,
      context: { transaction: 'idle', searchPath: ['public'] },
      factsDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      decision: { effect: 'allow', revision: 'test' },
    });
  });

  test('that a rule denies is refused with the rule and its reason', () => {
    const { verdict, event } = judged('DROP TABLE orders');
    const message = 'denied by shop.drop: drop of everything';
    expect(verdict).toMatchObject({
      kind: 'refuse',
      command: 1,
      refusal: { message, detail: expect.stringMatching(/^session \S+, command 1$/), hint: null },
    });
    expect(event).toMatchObject({
      forwarded: false,
      decision: { effect: 'deny', reasons: ['drop of everything'] },
    });
  });

  test('that no rule allows is refused', () => {
    const { verdict } = judged('CALL something()');
    expect(verdict).toMatchObject({ kind: 'refuse' });
  });

  test('that does not parse is refused, in short to the client and in full in the record', () => {
    const { verdict, event } = judged('SELEC secret_word FROM customers');
    if (verdict.kind !== 'refuse') throw new Error('it was not refused');
    expect(verdict.refusal.message).toMatch(/^denied by .*shop\.drop.*: cannot be decided$/);
    expect(event.decision.unknowns[0]?.reason).toMatch(/does not parse/);
    expect(event.forwarded).toBe(false);
  });

  test('that needs a review is refused with who could give it', () => {
    const { verdict, event } = judged('ALTER TABLE orders ADD note text');
    expect(verdict).toMatchObject({
      kind: 'refuse',
      refusal: {
        message: 'denied by shop.schema_change: needs review by dba, leads',
        detail: expect.stringMatching(/^schema change; session /),
      },
    });
    expect(event).toMatchObject({ forwarded: false, decision: { effect: 'review' } });
  });

  test('whose masks cannot be carried out is refused by the id of the mask', () => {
    for (const text of ['CREATE TABLE copies AS SELECT email FROM customers', 'SHOW search_path']) {
      const { verdict, event } = judged(text);
      expect(verdict.kind).toBe('refuse');
      expect(event.forwarded).toBe(false);
    }
    expect(judged('SHOW search_path').event.decision).toMatchObject({
      effect: 'deny',
      rules: expect.arrayContaining([expect.objectContaining({ id: 'shop.header', effect: 'deny' })]),
    });
  });

  test('under a limit is refused where the proxy does not carry the limit out', () => {
    const text = 'SELECT 1; SELECT 2; SELECT 3';
    const refused = judged(text);
    expect(refused.verdict).toMatchObject({
      kind: 'refuse',
      refusal: { message: 'denied by gateway.limit: a limit on rows cannot be carried out on this command' },
    });
    expect(judged(text, { enforces: ['bytes'] }).verdict.kind).toBe('refuse');
    expect(judged(text, { enforces: ['rows', 'seconds'] }).verdict).toMatchObject({
      kind: 'forward',
      decision: { limits: { rows: 10 } },
    });
  });

  test('that the protocol objects to is refused, whatever the rules say', () => {
    const objection = { rule: 'gateway.session_state', reason: 'not that setting', hint: 'leave it' };
    expect(judged('SELECT 1', { objection }).verdict).toMatchObject({
      kind: 'refuse',
      refusal: { message: 'denied by gateway.session_state: not that setting', hint: 'leave it' },
    });
  });
});

describe('without a catalogue', () => {
  const none = {
    current: () => null,
    change: () => undefined,
    changing: () => noChange,
    settled: () => null,
    renew: () => null,
    reread: () => Promise.resolve(true),
    readNamed: () => Promise.resolve(null),
    outdate: () => undefined,
    ready: () => Promise.resolve(),
  };
  const verdictOf = (text: string): SqlVerdict => {
    const one = openTestSession(rules, { catalogues: none });
    return one.session.decide(one.command(text));
  };

  test.each([
    'SELECT * FROM mails',
    'SELECT 1',
    'COMMIT; SELECT 1',
    'INSERT INTO orders VALUES (1)',
    'nonsense',
  ])('names mean nothing: %s', (text) => {
    const verdict = verdictOf(text);
    if (verdict.kind !== 'refuse') throw new Error('it was not refused');
    expect(verdict.refusal.message).toMatch(/gateway\.catalogue/);
  });

  test.each(['ROLLBACK', 'BEGIN', ''])('a transaction can be ended: %s', (text) =>
    expect(verdictOf(text).kind).toBe('forward'),
  );
});

describe('a prepared command', () => {
  const text = 'UPDATE orders SET id = $1';

  test('passes its preparation where only its values are missing, and is decided with them', () => {
    expect(judged(text, { phase: 'prepare', parameters: null }).verdict.kind).toBe('forward');
    expect(judged(text, { phase: 'execute', parameters: [7] })).toMatchObject({
      verdict: { kind: 'forward' },
      event: { phase: 'execute', parameters: [7] },
    });
    expect(judged(text, { phase: 'execute', parameters: [700] }).verdict).toMatchObject({
      kind: 'refuse',
      refusal: { message: 'denied by shop.big_value: a value over 100' },
    });
  });

  test('passes its preparation where a rule allows it for some values, and is allowed for those alone', () => {
    const remove = 'DELETE FROM orders WHERE id = $1';
    const { verdict, event } = judged(remove, { phase: 'prepare', parameters: null });
    expect(verdict.kind).toBe('forward');
    expect(event.decision).toMatchObject({
      effect: 'allow',
      mightAllow: [{ id: 'shop.own_rows', fact: 'sql.parameters' }],
    });
    expect(judged(remove, { phase: 'execute', parameters: [42] }).verdict.kind).toBe('forward');
    const other = judged(remove, { phase: 'execute', parameters: [7] });
    expect(other.verdict).toMatchObject({ refusal: { message: 'denied: no rule allows it' } });
    expect(judged(remove, { phase: 'query', parameters: [] }).verdict.kind).toBe('refuse');
  });

  test('is refused at its preparation where no value would have a rule allow it', () => {
    const merge = 'MERGE INTO orders o USING customers c ON c.id = o.id WHEN MATCHED THEN UPDATE SET id = $1';
    expect(judged(merge, { phase: 'prepare', parameters: null }).verdict.kind).toBe('refuse');
  });

  test('is refused where a value is not known, and the record says so', () => {
    const parameters = [new Unknown('a type that is not decoded', 'sql.parameters')];
    const { verdict, event } = judged(text, { phase: 'execute', parameters });
    expect(verdict.kind).toBe('refuse');
    expect(event.parameters).toEqual([{ $unknown: 'a type that is not decoded' }]);
  });

  test('is refused at its preparation where the rules deny it for certain', () => {
    expect(judged('DROP TABLE orders', { phase: 'prepare', parameters: null }).verdict.kind).toBe('refuse');
    expect(judged('nonsense', { phase: 'prepare', parameters: null }).verdict.kind).toBe('refuse');
  });
});

describe('what is recorded', () => {
  test('has the prepared statements and cursors that the text names, and no others', () => {
    const one = open();
    const context = {
      searchPath: null,
      prepared: new Map([
        ['Named', 'SELECT 1'],
        ['other', 'SELECT 2'],
        ['__proto__', 'SELECT 3'],
        ['', 'SELECT 4'],
      ]),
      cursors: new Map([
        ['c1', 'SELECT 5'],
        ['c2', 'SELECT 6'],
      ]),
      changed: anyChange,
      transaction: 'open',
      parameters: null,
    } as const;
    const text = 'EXECUTE "Named"; EXECUTE __proto__; FETCH c2';
    one.session.decide({ phase: 'query', text, context, analysis: one.session.analyse(text, context) });
    const event = one.events().at(-1);
    if (event?.kind !== 'command') throw new Error('not recorded');
    const recorded = event.context as RecordedContext;
    expect(recorded.searchPath).toBeNull();
    expect(Object.entries(recorded.prepared!)).toEqual([
      ['Named', 'SELECT 1'],
      ['__proto__', 'SELECT 3'],
    ]);
    expect(recorded.cursors).toEqual({ c2: 'SELECT 6' });
    expect(recorded.stale).toBe(true);
  });

  test('has the same digest for the same facts, and another for others', () => {
    const digest = (text: string): string => judged(text).event.factsDigest;
    const one = open();
    one.session.decide(one.command('SELECT 1'));
    one.session.decide(one.command('SELECT 1'));
    one.session.decide(one.command('SELECT id FROM orders'));
    const [a, b, c] = one.events().flatMap((event) => (event.kind === 'command' ? [event.factsDigest] : []));
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    // Another session is another fact.
    expect(digest('SELECT 1')).not.toBe(a);
  });

  test('never has the token or the target’s password', () => {
    const one = open();
    one.session.decide(one.command('SELECT 1'));
    one.session.close('client');
    expect(JSON.stringify(one.events())).not.toMatch(/a token that is|a target password/);
  });
});
