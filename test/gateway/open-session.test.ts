import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { SqlDetail } from '../../src/protocols/sql/detail.js';
import type { SqlResult } from '../../proxy/postgres/state/sql-session.js';
import type { Policy } from '../../src/engine/policy.js';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { effectiveRules } from '../../src/config/lifetime.js';
import { openTestSession, policyOf, type TestSession } from './sessions.js';

let everything: Policy;
beforeAll(async () => {
  await loadSqlParser();
  everything = policyOf('package a\nallow everything');
});

const kinds = (one: TestSession): string[] => one.events().map(({ kind }) => kind);

const ended = (
  command: number,
  detail: Partial<SqlDetail> = {},
  outcome: SqlResult['outcome'] = 'completed',
): SqlResult => ({
  ...{ command, outcome, bytes: 5, milliseconds: 2 },
  detail: { tags: ['SELECT 1'], rows: 1, ...detail },
});

describe('a session', () => {
  test('is a record from its opening to its end', () => {
    const one = openTestSession(everything);
    one.session.decide(one.command('SELECT 1'));
    one.session.finish(ended(1));
    one.session.close('client');
    one.session.close('error');
    one.session.finish(ended(1, { tags: [], rows: 0 }, 'lost'));
    expect(kinds(one)).toEqual(['opened', 'command', 'result', 'closed']);
    expect(one.events()[0]).toMatchObject({
      identity: { subject: 'ci-test', groups: ['ci-test'], claims: { repository: 'shop/orders' } },
      target: { name: 'orders', database: 'shop', labels: { env: 'prod' } },
      client: { application: 'psql' },
    });
    expect(one.events().at(-1)).toMatchObject({ reason: 'client', commands: 1 });
  });

  test('ends at the first command after its token has expired', () => {
    const one = openTestSession(everything);
    const command = one.command('SELECT 1');
    one.now = new Date(one.session.identity.expiresAt.getTime() - 1);
    expect(one.session.decide(command).kind).toBe('forward');
    one.now = one.session.identity.expiresAt;
    expect(one.session.decide(command)).toEqual({
      kind: 'expired',
      message: 'the token of this session has expired; connect again with a new one',
    });
    expect(() => one.session.decide(command)).toThrow(expect.objectContaining({ code: 'session-closed' }));
    expect(kinds(one)).toEqual(['opened', 'command', 'closed']);
    expect(one.events().at(-1)).toMatchObject({ reason: 'expired' });
  });

  test('judges what belongs to a transaction under way until its grace is over', () => {
    const rules = effectiveRules({ graceSeconds: 10 }, {}, {});
    const one = openTestSession(everything, { rules });
    const [next, fresh] = [true, false].map((continues) => one.command('SELECT 1', { continues }));
    const expired = one.session.identity.expiresAt.getTime();
    one.now = new Date(expired + 9999);
    expect(one.session.decide(next!).kind).toBe('forward');
    one.now = new Date(expired + 10_000);
    expect(one.session.decide(next!).kind).toBe('expired');
    const other = openTestSession(everything, { rules });
    other.now = new Date(expired + 1);
    expect(other.session.decide(fresh!).kind).toBe('expired');
  });

  test('takes new rules with its next command', () => {
    const nothing = policyOf('package a\ndeny everything "no more"');
    let policy = everything;
    const one = openTestSession(everything, { policy: () => policy });
    expect(one.session.decide(one.command('SELECT 1')).kind).toBe('forward');
    policy = nothing;
    expect(one.session.decide(one.command('SELECT 1')).kind).toBe('refuse');
  });

  test('takes a setting from start-up unless a rule is against it', () => {
    const rules = `package a
allow reads if sql.read_only
deny replica "no" if {
  some s in sql.statements
  some setting in s.settings
  setting.name == "session_replication_role"
}
review slow "slow" by {"dba"} if {
  some s in sql.statements
  some setting in s.settings
  setting.name == "statement_timeout"
}`;
    const one = openTestSession(policyOf(rules));
    const setting = (text: string): string | undefined => one.session.decideSetting(one.command(text))?.kind;
    expect(setting("SET work_mem TO '1MB'")).toBeUndefined();
    expect(kinds(one)).toEqual(['opened']);
    expect(setting(`SET "Session_Replication_Role" TO 'replica'`)).toBe('refuse');
    expect(setting("SET statement_timeout TO '0'")).toBe('refuse');
    expect(kinds(one)).toEqual(['opened', 'command', 'command']);
    one.now = one.session.identity.expiresAt;
    expect(setting("SET work_mem TO '1MB'")).toBe('expired');
  });

  test('has a result in its record once the client is answered, or before the next decision', () => {
    const one = openTestSession(everything);
    for (const text of ['SELECT 1', 'SELECT 2']) one.session.decide(one.command(text));
    one.session.finish(ended(1));
    one.session.finish(ended(2));
    one.session.flush();
    expect(kinds(one)).toEqual(['opened', 'command', 'command', 'result', 'result']);
    one.session.flush();
    one.session.decide(one.command('SELECT 3'));
    one.session.finish(ended(3));
    one.session.decide(one.command('SELECT 4'));
    expect(kinds(one).slice(5)).toEqual(['command', 'result', 'command']);
    one.session.finish(ended(4));
    one.session.close('client');
    expect(kinds(one).slice(8)).toEqual(['result', 'closed']);
  });

  test('keeps of a result what its bounds allow', () => {
    const one = openTestSession(everything);
    one.session.decide(one.command('SELECT 1'));
    const tags = Array<string>(5000).fill('SELECT 1');
    const row = ['x'.repeat(40), null];
    const samples = [
      [row, row, row, row],
      [['a'], ['b'], ['c'], ['d']],
    ];
    one.session.finish(ended(1, { tags, columns: ['a', 'b'], sample: samples[0] }));
    one.session.finish(ended(1, { tags, sample: samples[1] }));
    one.session.finish(ended(1, { tags, sample: [['a'], ['b']], message: 'm'.repeat(100_000) }));
    one.session.close('client');
    const results = one
      .events()
      .flatMap((event) => (event.kind === 'result' ? [event.detail as SqlDetail] : []));
    expect(results.map(({ sample, sampleTruncated }) => [sample?.length, sampleTruncated])).toEqual([
      [2, true],
      [3, true],
      [2, undefined],
    ]);
    expect(results[0]?.tags).toHaveLength(1000);
    expect(results[2]?.message?.length).toBeLessThan(10_000);
  });
});

describe('a fault of ours', () => {
  const broken = (): never => {
    throw new TypeError('a fault that quotes SELECT secret');
  };

  test('while deciding: the command is recorded as refused and the session ends', () => {
    const one = openTestSession({ ...everything, revision: 'r7', decide: broken });
    const command = one.command('SELECT secret');
    expect(() => one.session.decide(command)).toThrow(expect.objectContaining({ code: 'internal-error' }));
    expect(kinds(one)).toEqual(['opened', 'command', 'closed']);
    expect(one.events()[1]).toMatchObject({
      text: 'SELECT secret',
      forwarded: false,
      decision: { effect: 'deny', revision: 'r7', rules: [{ id: 'gateway.internal_error' }] },
    });
    expect(() => one.session.decide(command)).toThrow(expect.objectContaining({ code: 'session-closed' }));
    expect(one.failures).toEqual([new TypeError('a fault that quotes SELECT secret')]);
  });

  test('while the facts are derived: the same', () => {
    const one = openTestSession(everything, { analyses: { analyse: broken } });
    expect(() => one.command('SELECT secret')).toThrow(expect.objectContaining({ code: 'internal-error' }));
    expect(kinds(one)).toEqual(['opened', 'command', 'closed']);
    expect(one.events()[1]).toMatchObject({ text: 'SELECT secret', forwarded: false });
  });
});

describe('a record that cannot be written', () => {
  /** Takes the file away from under the session: its descriptor is the one that leads to the record. */
  function openUnwritable(): TestSession {
    const one = openTestSession(everything);
    const record = `${one.session.id}.jsonl`;
    const leadsThere = (fd: string): boolean => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).endsWith(record);
      } catch {
        return false;
      }
    };
    for (const fd of readdirSync('/proc/self/fd').filter(leadsThere)) closeSync(Number(fd));
    return one;
  }

  test('lets no command through and nobody in', () => {
    const one = openUnwritable();
    const command = one.command('SELECT 1');
    for (let i = 0; i < 3; i++)
      expect(() => one.session.decide(command)).toThrow(expect.objectContaining({ code: 'record-failed' }));
    const late = openUnwritable();
    late.session.finish(ended(1));
    expect(() => late.session.decide(late.command('SELECT 1'))).toThrow(
      expect.objectContaining({ code: 'record-failed' }),
    );
    const nowhere = { log: { folder: '/dev/null/x', sync: 'write' } } as const;
    expect(() => openTestSession(everything, nowhere)).toThrow(
      expect.objectContaining({ code: 'record-failed' }),
    );
  });
});
