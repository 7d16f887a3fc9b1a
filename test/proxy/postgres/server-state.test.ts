/** What the target's session holds, after what was sent to it and what it has said. The statements are read as the gateway reads them. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { noChange } from '../../../src/facts/sql/catalogue/schema-change.js';
import { deriveSql } from '../../../src/facts/sql/derive.js';
import { loadSqlParser } from '../../../src/facts/sql/parse/parser.js';
import type { SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import type { Portal } from '../../../proxy/postgres/state/open-portals.js';
import { PORTALS_MAX } from '../../../proxy/postgres/state/open-portals.js';
import { STATEMENTS_MAX, type Prepared } from '../../../proxy/postgres/state/prepared-statements.js';
import { ServerState } from '../../../proxy/postgres/state/server-state.js';
import type { TransactionStatus } from '../../../proxy/postgres/wire/messages.js';
import { cellsOf } from './grid.js';

beforeAll(loadSqlParser);

function read(text: string): SqlAnalysis {
  const searchPath = ['public'];
  const nothing = { prepared: new Map(), cursors: new Map(), parameters: null };
  return deriveSql(text, { ...nothing, searchPath, transaction: 'idle', catalogue: null });
}

const prepared = (text: string): Prepared => ({
  text,
  plainOnly: false,
  parameterTypes: [],
  described: false,
  bySql: false,
});
const portal = (size = 0): Portal => ({
  statement: prepared('SELECT 1'),
  parameters: [],
  values: null,
  size,
  resultFormats: [],
  searchPath: null,
  shown: { rows: 0, bytes: 0 },
  fields: [],
  describing: false,
});

type Step = (state: ServerState) => void;

/** Goes out; nobody knows yet how it ends. */
const sent =
  (text: string): Step =>
  (state) =>
    void state.forward(read(text));
const done =
  (text: string): Step =>
  (state) => {
    const analysis = read(text);
    state.forward(analysis);
    analysis.statements.forEach((_, index) => state.completed({ analysis }, index));
  };
const failed =
  (text: string): Step =>
  (state) => {
    const undo = state.forward(read(text));
    state.failed();
    undo();
  };
const ready =
  (status: TransactionStatus): Step =>
  (state) =>
    void state.ready(status);
const parsed =
  (name: string): Step =>
  (state) =>
    void state.statements.set(name, prepared('SELECT 1'));
const bound =
  (name: string): Step =>
  (state) =>
    void state.portals.set(name, portal());
/** The server has said which names PREPARE has made. */
const asked =
  (...made: string[]): Step =>
  (state) =>
    state.statements.settle(new Set(made));
const KNOWN = { path: ['public'], escapes: false, foreign: false, user: null };
const said: Step = (state) => state.settings.said(KNOWN);

function after(steps: readonly Step[], kind: 'fixed' | 'followed' = 'fixed'): ServerState {
  const state = new ServerState(kind);
  for (const step of steps) step(state);
  return state;
}

/**
 * What one statement is expected to change when it goes out, outside a transaction. `settings`: whether they must be asked for
 * before the next text is read; `snapshot`: whether it has taken one; `schema`: what it may have changed of it, for all or for this session.
 */
const SENT = `
                                               expected  between  settings  snapshot  schema
  SELECT 1                                     idle      no       known     yes       -
  INSERT INTO t VALUES (1)                     idle      no       known     yes       -
  BEGIN                                        open      no       known     no        -
  START TRANSACTION                            open      no       known     no        -
  COMMIT                                       idle      yes      known     no        -
  ROLLBACK                                     idle      yes      known     no        -
  PREPARE TRANSACTION 'a'                      idle      yes      known     yes       -
  SAVEPOINT a                                  idle      no       known     no        -
  RELEASE a                                    idle      no       known     no        -
  ROLLBACK TO a                                open      no       known     yes       -
  COMMIT; SELECT 1                             idle      no       known     yes       -
  SHOW search_path                             idle      no       known     no        -
  SET search_path = x                          idle      no       stale     no        -
  SET LOCAL x.y = 1                            idle      no       stale     no        -
  RESET ALL                                    idle      no       stale     no        -
  SELECT set_config('search_path', 'x', true)  idle      no       stale     yes       -
  CREATE TABLE t (a int)                       idle      no       known     yes       changed
  CREATE TEMP TABLE t (a int)                  idle      no       known     yes       own
  CREATE SCHEMA x                              idle      no       stale     yes       -
  DISCARD ALL                                  idle      no       stale     yes       -
  SELECT f()                                   idle      no       stale     yes       anything
  this is not SQL                              idle      no       stale     yes       anything
`;

describe('a statement goes out', () => {
  const schemaOf = (state: ServerState): string => {
    if (state.schema.hidesRelations) return 'anything';
    if (state.schema.changed(noChange) === noChange) return '-';
    return state.ready('idle') === noChange ? 'own' : 'changed';
  };
  const columns: Readonly<Record<string, (state: ServerState) => string>> = {
    expected: ({ transaction }) => transaction.expected,
    between: ({ transaction }) => (transaction.between ? 'yes' : 'no'),
    settings: ({ settings }) => (settings.stale ? 'stale' : 'known'),
    snapshot: ({ transaction }) => (transaction.snapshot ? 'yes' : 'no'),
    schema: schemaOf,
  };
  test.each(cellsOf(SENT))('%s: %s is %s', (text, column, expected) => {
    expect(columns[column]!(after([said, sent(text)]))).toBe(expected);
  });
});

describe('the transaction', () => {
  const cases: readonly (readonly [string, readonly Step[], string])[] = [
    ['is what ReadyForQuery says', [sent('BEGIN'), ready('idle')], 'idle'],
    ['has failed when ReadyForQuery says so', [sent('BEGIN'), ready('failed')], 'failed'],
    ['is open again after ROLLBACK TO', [ready('failed'), sent('ROLLBACK TO a')], 'open'],
    ['has ended before the server says so', [ready('open'), sent('COMMIT')], 'idle, between'],
    ['begins with the next statement', [ready('open'), sent('COMMIT'), sent('SELECT 1')], 'idle'],
    ['is over with ReadyForQuery', [ready('open'), sent('COMMIT'), ready('idle')], 'idle'],
    ['is new after AND CHAIN', [ready('open'), sent('COMMIT AND CHAIN'), ready('open')], 'open, between'],
    ['withholds texts', [ready('open'), (state) => state.transaction.withhold()], 'open, withholds'],
    ['withholds none after its end', [(state) => state.transaction.withhold(), ready('idle')], 'idle'],
  ];
  test.each(cases)('%s', (_, steps, expected) => {
    const { expected: status, between, withholds } = after(steps).transaction;
    const more = [between ? 'between' : '', withholds ? 'withholds' : ''].filter((word) => word !== '');
    expect([status, ...more].join(', ')).toBe(expected);
  });
});

describe('the settings', () => {
  const changed = sent('SET search_path = x');
  const cases: readonly (readonly [string, readonly Step[], 'known' | 'stale'])[] = [
    ['must be asked for at first', [], 'stale'],
    ['are known when the server has said', [said], 'known'],
    ['are stale after a change', [said, changed], 'stale'],
    ['are known within the transaction', [said, sent('BEGIN'), changed, ready('open'), said], 'known'],
    ['are stale when it ends', [said, changed, ready('open'), said, ready('idle')], 'stale'],
    ['are stale when COMMIT goes out', [said, changed, ready('open'), said, sent('COMMIT')], 'stale'],
    [
      'are stale when a part of it is taken back',
      [said, changed, ready('open'), said, sent('ROLLBACK TO a')],
      'stale',
    ],
    ['stay known where it changed none', [said, sent('BEGIN'), ready('open'), ready('idle')], 'known'],
  ];
  test.each(cases)('%s', (_, steps, expected) => {
    const { stale, searchPath } = after(steps).settings;
    expect(stale ? 'stale' : 'known').toBe(expected);
    expect(searchPath).toEqual(stale ? null : ['public']);
  });

  const followed: readonly (readonly [string, readonly Step[], string])[] = [
    ['nothing is sure at first', [], 'plain foreign began-foreign'],
    ['strings are standard when the server says so', [said], ''],
    ['nothing is sure after a change', [said, changed], 'plain foreign'],
    [
      'another encoding',
      [(state) => state.settings.said({ ...KNOWN, foreign: true })],
      'plain foreign began-foreign',
    ],
    ['strings with escapes', [(state) => state.settings.said({ ...KNOWN, escapes: true })], 'plain'],
    [
      'another encoding since',
      [said, (state) => state.settings.said({ ...KNOWN, foreign: true })],
      'plain foreign',
    ],
  ];
  test.each(followed)('of a session that is followed: %s', (_, steps, expected) => {
    const { plainOnly, foreign, beganForeign } = after(steps, 'followed').settings;
    const found = [plainOnly ? 'plain' : '', foreign ? 'foreign' : '', beganForeign ? 'began-foreign' : ''];
    expect(found.filter((word) => word !== '').join(' ')).toBe(expected);
  });
});

/** Which of the statements `s` and the unnamed one, the portals `p` and the unnamed one, and the cursor `c` are known. */
describe('names', () => {
  const cases: readonly (readonly [string, readonly Step[], string])[] = [
    ['a statement by Parse', [parsed('s')], 's'],
    ['PREPARE that has gone out', [sent('PREPARE s AS SELECT 2')], ''],
    ['PREPARE that ended well', [done('PREPARE s AS SELECT 2')], 's'],
    ['PREPARE of a name that is taken', [parsed('s'), failed('PREPARE s AS SELECT 2')], 's'],
    ['DEALLOCATE that has gone out', [parsed('s'), sent('DEALLOCATE s')], ''],
    ['DEALLOCATE that failed', [parsed('s'), failed('DEALLOCATE s')], 's'],
    ['DEALLOCATE ALL leaves the unnamed one', [parsed('s'), parsed(''), done('DEALLOCATE ALL')], "''"],
    ['statements outlive their transaction', [parsed('s'), ready('idle')], 's'],
    ['what is not read may replace any', [parsed('s'), parsed(''), sent('not SQL')], "''"],
    ['what is not read has failed', [parsed('s'), failed('not SQL')], 's'],
    ['code, before the server is asked', [parsed('s'), sent('SELECT f()')], 's'],
    ['code that left them alone', [parsed('s'), sent('SELECT f()'), asked()], 's'],
    ['code that may have made one of the name', [parsed('s'), sent('SELECT f()'), asked('s')], ''],
    [
      'a statement of PREPARE after code',
      [done('PREPARE s AS SELECT 2'), sent('SELECT f()'), asked('s')],
      '',
    ],
    ['a portal', [bound('p'), bound('')], "p ''"],
    ['portals end with the transaction', [bound('p'), bound(''), ready('idle')], ''],
    ['portals live on while it is open', [bound('p'), ready('open')], 'p'],
    ['portals live on after an error', [bound('p'), failed('SELECT 1'), ready('failed')], 'p'],
    ['a cursor that has gone out', [sent('DECLARE c CURSOR FOR SELECT 1')], ''],
    ['a cursor', [done('DECLARE c CURSOR FOR SELECT 1')], 'c'],
    ['a cursor in the place of a portal', [bound('c'), done('DECLARE c CURSOR FOR SELECT 1')], 'c'],
    ['a portal in the place of a cursor', [done('DECLARE p CURSOR FOR SELECT 1'), bound('p')], 'p'],
    ['a cursor that was closed', [done('DECLARE c CURSOR FOR SELECT 1'), sent('CLOSE c')], ''],
    ['a cursor at the end', [done('DECLARE c CURSOR FOR SELECT 1'), ready('idle')], ''],
    ['a cursor WITH HOLD at the end', [done('DECLARE c CURSOR WITH HOLD FOR SELECT 1'), ready('idle')], 'c'],
    [
      'a cursor WITH HOLD rolled back',
      [done('DECLARE c CURSOR WITH HOLD FOR SELECT 1'), sent('ROLLBACK')],
      '',
    ],
    [
      'a cursor WITH HOLD of before',
      [done('DECLARE c CURSOR WITH HOLD FOR SELECT 1'), ready('idle'), sent('ROLLBACK')],
      'c',
    ],
    ['a cursor after an error', [done('DECLARE c CURSOR FOR SELECT 1'), failed('SELECT 1')], ''],
    ['a cursor after code', [done('DECLARE c CURSOR FOR SELECT 1'), sent('SELECT f()')], ''],
  ];
  test.each(cases)('%s', (_, steps, expected) => {
    const { statements, portals } = after(steps);
    const held = ['s', 'p', 'c', ''].filter(
      (name) =>
        statements.get(name) !== undefined ||
        portals.get(name) !== undefined ||
        portals.cursors.get(name) !== undefined,
    );
    expect(held.map((name) => (name === '' ? "''" : name)).join(' ')).toBe(expected);
  });

  test('stand for nothing in a text while code may have changed what they stand for', () => {
    const named = (...steps: readonly Step[]): readonly string[] => [
      ...after([parsed('s'), ...steps])
        .statements.namedIn('EXECUTE s')
        .keys(),
    ];
    expect(named()).toEqual(['s']);
    expect(named(sent('SELECT f()'))).toEqual([]);
    expect(named(sent('SELECT f()'), asked())).toEqual(['s']);
  });

  test('of portals stay, and their layouts are not known, while code may have opened others', () => {
    const { portals } = after([bound('p'), bound(''), sent('SELECT f()')]);
    expect([portals.get('p')!.fields, portals.get('')!.fields]).toEqual([null, []]);
  });
});

describe('room', () => {
  test('for statements ends with their number, and with their length', () => {
    const { statements } = new ServerState('fixed');
    const long = 'x'.repeat(64 * 1024 * 1024);
    expect(statements.hasRoomFor(long)).toBe(true);
    statements.set('s', prepared('y'));
    expect(statements.hasRoomFor(long)).toBe(false);
    statements.set('s', null);
    expect(statements.hasRoomFor(long)).toBe(true);
    for (let i = 0; i < STATEMENTS_MAX; i++) statements.set(`s${i}`, prepared(''));
    expect(statements.hasRoomFor('')).toBe(false);
  });

  test('for portals ends with their number, and with their size, and is there again in the next transaction', () => {
    const { portals } = new ServerState('fixed');
    portals.set('p', portal(64 * 1024 * 1024));
    expect(portals.hasRoomFor(portal(1))).toBe(false);
    portals.transactionEnded();
    expect(portals.hasRoomFor(portal(1))).toBe(true);
    for (let i = 0; i < PORTALS_MAX; i++) portals.set(`p${i}`, portal());
    expect(portals.hasRoomFor(portal())).toBe(false);
  });
});
