/** What becomes of a session when its token expires: each kind of work that can be under way, with a real server. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { AuditEvent, SessionClosed } from '../../src/audit/event.js';
import {
  errors,
  letters,
  rows,
  say,
  sqlstates,
  WireClient,
  type Heard,
} from '../proxy/postgres/wire-client.js';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package expiry

allow everything if "ci-test" in identity.groups
`;
const OBJECTS = `
  CREATE TABLE held (id int);
  CREATE TABLE copied (id int);
  CREATE TABLE made (id int);`;
const EXPIRED = 'the token of this session has expired; connect again with a new one';

let house: House;

/** Seconds for which a token is good: few, and enough to log in and to say some things on a machine that is busy. */
let pace = 3;

/** Targets that differ in nothing but what expiry means for them. */
const targets = (): Readonly<Record<string, string>> => ({
  strict: '{expiry: end}',
  short: '{grace_seconds: 2}',
  counted: `{expiry: login, max_seconds: ${2 * pace + 1}, grace_seconds: 1}`,
});

beforeAll(async () => {
  house = await bootHouse({ 'expiry.rules': RULES }, ['ci-test'], OBJECTS);
  await house.psql('ci-test', ['-c', 'SELECT 1']);
  const since = Date.now();
  await house.psql('ci-test', ['-c', 'SELECT 1', '-c', 'SELECT 2', '-c', 'SELECT 3']);
  pace = Math.min(20, Math.max(pace, Math.ceil((Date.now() - since) / 250)));
  const described = Object.entries(targets()).map(
    ([name, sessions]) =>
      `  ${name}: {type: postgres, address: "127.0.0.1:${house.server.port}", database: shop, user: postgres, ` +
      `password: {file: ./password}, tls: off, sessions: ${sessions}}\n`,
  );
  await house.reconfigure((text) => text.replace('listen:', `${described.join('')}listen:`));
  // The first session of a target waits for its catalogue.
  const token = await house.oidc.tokenFor('ci-test');
  for (const database of ['orders', ...Object.keys(targets())])
    await house.psqlWith(token, ['-d', database, '-c', 'SELECT 1']);
}, 180_000);
afterAll(() => house.stop(), 60_000);

interface Token {
  readonly text: string;
  /** Resolves a moment after it has expired. */
  readonly past: () => Promise<void>;
}

/** Expires after so many seconds, or up to one less: tokens count whole seconds. */
async function tokenOf(seconds = pace): Promise<Token> {
  const exp = Math.floor(Date.now() / 1000) + seconds;
  const text = await house.oidc.sign({ claims: { sub: 'ci-test', groups: ['ci-test'], exp } });
  return { text, past: () => sleep(exp * 1000 - Date.now() + 200) };
}

interface Client {
  readonly client: pg.Client;
  /** How the connection ended. */
  readonly ended: Promise<Error & { readonly code?: string }>;
  readonly notices: string[];
  readonly past: Token['past'];
}

async function client(database = 'orders', seconds = pace): Promise<Client> {
  const { text: password, past } = await tokenOf(seconds);
  const made = new pg.Client({ host: '127.0.0.1', port: house.port, database, user: 'ci', password });
  const notices: string[] = [];
  made.on('notice', ({ message }) => notices.push(message ?? ''));
  const ended = new Promise<Error>((done) => made.once('error', done));
  made.on('error', () => undefined);
  await made.connect();
  return { client: made, ended, notices, past };
}

interface Wire {
  readonly one: WireClient;
  readonly past: Token['past'];
}

async function wire(database = 'orders'): Promise<Wire> {
  const { text, past } = await tokenOf();
  const one = await WireClient.start(house.port, 'ci', database, {}, text);
  one.heard.length = 0;
  return { one, past };
}

/** What was heard beside the notice, which comes when it comes. */
const answers = (heard: readonly Heard[]): string => letters(heard).replace('N', '');

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (await holds()) return;
    await sleep(20);
  }
  throw new Error(`it did not come to this: ${what}`);
}

async function running(text: string): Promise<number> {
  const [row] = await house.server.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%${text}%' AND pid <> pg_backend_pid() AND state <> 'idle'`,
  );
  return row!['n'] as number;
}

const countOf = async (table: string): Promise<unknown> =>
  (await house.server.query(`SELECT count(*)::int AS n FROM ${table}`, 'shop'))[0]!['n'];

/** How the session that said this text ended. */
async function endOf(text: string): Promise<SessionClosed> {
  let end: AuditEvent | undefined;
  await until(`the session that said \`${text}\` has ended`, async () => {
    const sessions: AuditEvent[][] = [];
    for (const event of await house.events()) {
      if (event.kind === 'opened' || event.kind === 'refused') sessions.push([]);
      sessions.at(-1)!.push(event);
    }
    end = sessions.find((events) => events.some((one) => 'text' in one && one.text.includes(text)))?.at(-1);
    return end?.kind === 'closed';
  });
  return end as AuditEvent & SessionClosed;
}

describe('T5: a token that expires in the middle of a transaction', () => {
  const work = (table: string): string[] => [
    'BEGIN',
    `CREATE TABLE ${table} (id int)`,
    `SELECT pg_sleep(${pace + 2})`,
    `INSERT INTO ${table} VALUES (1)`,
    'COMMIT',
  ];

  test('lets psql end it, statement by statement and in one text', async () => {
    const commands = (texts: readonly string[]): string[] => texts.flatMap((text) => ['-c', text]);
    const runs = await Promise.all([
      house.psqlWith((await tokenOf(pace + 1)).text, commands(work('t5_apart'))),
      house.psqlWith((await tokenOf(pace + 1)).text, commands([work('t5_whole').join(';')])),
    ]);
    for (const { code, stderr } of runs) {
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(/^NOTICE: {2}the token of this session expires in/),
      ]);
      expect(stderr).not.toMatch(/FATAL|authentication failed/);
    }
    expect([await countOf('t5_apart'), await countOf('t5_whole')]).toEqual([1, 1]);
  });

  test('begins nothing after it, and does not say that a login failed', async () => {
    const commands = [...work('t5_once'), 'INSERT INTO t5_once VALUES (2)'].flatMap((text) => ['-c', text]);
    const { code, stderr } = await house.psqlWith((await tokenOf(pace + 1)).text, commands);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`FATAL:  ${EXPIRED}`)]);
    expect(stderr).not.toContain('authentication');
    expect(await countOf('t5_once')).toBe(1);
  });

  test('lets node-postgres end it, and tells it with 28000 that the session is over', async () => {
    const { client: one, ended, notices } = await client('orders', pace + 1);
    for (const text of work('t5_node')) await one.query(text);
    expect(notices[0]).toMatch(
      /^the token of this session expires in \d+ seconds: an open transaction may go on for 900 seconds more, and no new one begins$/,
    );
    await expect(one.query('SELECT 1')).rejects.toMatchObject({ code: '28000', message: EXPIRED });
    expect(await ended).toBeInstanceOf(Error);
    expect(await endOf('t5_node')).toMatchObject({
      reason: 'expired',
      detail: 'a command came when the time of the session was over',
    });
  });

  test('lets a failed one be rolled back, and a client that says goodbye at once hears no error', async () => {
    const { client: one, notices, past } = await client();
    const heard: unknown[] = [];
    one.on('error', (error) => heard.push(error));
    await one.query('BEGIN');
    await expect(one.query('SELECT no_such_column')).rejects.toMatchObject({ code: '42703' });
    await past();
    expect((await one.query('ROLLBACK')).command).toBe('ROLLBACK');
    await one.end();
    expect([heard, notices.length]).toEqual([[], 1]);
  });

  test('sends away who says nothing after its end', async () => {
    const { client: one, ended, past } = await client();
    await one.query('BEGIN');
    await past();
    await one.query('SELECT 1 AS quiet_after');
    const since = Date.now();
    await one.query('COMMIT');
    expect(await ended).toMatchObject({ code: '28000', message: EXPIRED });
    expect(Date.now() - since).toBeGreaterThan(800);
    expect((await endOf('quiet_after')).detail).toBe('what was under way when its time was over has ended');
  });
});

describe('in a pipeline', () => {
  test('a COMMIT is answered before the session ends, and what begins after it is not run', async () => {
    const { one, past } = await wire();
    await one.ask([say.query('BEGIN')]);
    await past();
    const steps = ['INSERT INTO made VALUES (1)', 'COMMIT', 'INSERT INTO made VALUES (2)'];
    one.heard.length = 0;
    one.send(...steps.flatMap((text) => [say.parse(text), say.bind(), say.execute()]), say.sync());
    await one.until(() => false);
    expect(answers(one.heard)).toBe('12C12CE');
    expect(errors(one.heard)[0]).toEqual(
      new Map([
        ['S', 'FATAL'],
        ['V', 'FATAL'],
        ['C', '28000'],
        ['M', EXPIRED],
      ]),
    );
    expect(rowsOf(await house.server.query('SELECT id FROM made', 'shop'))).toEqual([1]);
  });

  test('that has begun without BEGIN goes on to its Sync', async () => {
    const { one, past } = await wire();
    const insert = (id: number): Buffer[] => [
      say.parse(`INSERT INTO made VALUES (${id})`),
      say.bind(),
      say.execute(),
    ];
    one.heard.length = 0;
    one.send(...insert(10), say.flush());
    await one.until(() => one.heard.some(({ type }) => type === 'C'));
    await past();
    one.send(...insert(11), say.sync());
    await one.until(() => one.heard.some(({ type }) => type === 'Z'));
    expect(answers(one.heard)).toBe('12C12CZI');
    one.send(...insert(12), say.sync());
    await one.until(() => false);
    expect(sqlstates(one.heard)).toEqual(['28000']);
    expect(rowsOf(await house.server.query('SELECT id FROM made WHERE id >= 10', 'shop'))).toEqual([10, 11]);
  });

  test('P38: statements that were sent already are answered if they had begun, and not run otherwise', async () => {
    const { one } = await wire();
    one.heard.length = 0;
    one.send(
      say.query(`SELECT pg_sleep(${pace + 1}), 1 AS sent_early`),
      say.query('INSERT INTO made VALUES (20)'),
    );
    await one.until(() => false);
    expect(answers(one.heard)).toBe('TDCZIE');
    expect(rows(one.heard)).toEqual([['', '1']]);
    expect(sqlstates(one.heard)).toEqual(['28000']);
    expect(await house.server.query('SELECT id FROM made WHERE id = 20', 'shop')).toEqual([]);
  });

  test('a text that ends the transaction and begins another is refused, and the end by itself is taken', async () => {
    const { one, past } = await wire();
    await one.ask([say.query('BEGIN')]);
    await past();
    const refused = await one.ask([say.query('COMMIT; INSERT INTO made VALUES (30)')]);
    expect([answers(refused), sqlstates(refused)]).toEqual(['EZE', ['42501']]);
    expect(errors(refused)[0]!.get('M')).toMatch(/^denied by gateway\.expired: /);
    expect(answers(await one.ask([say.query('ROLLBACK')]))).toBe('CZI');
    await one.until(() => false);
    expect(await house.server.query('SELECT id FROM made WHERE id = 30', 'shop')).toEqual([]);
  });

  test('AND CHAIN begins no transaction that would go on', async () => {
    const { one, past } = await wire();
    await one.ask([say.query('BEGIN')]);
    await past();
    expect(answers(await one.ask([say.query('COMMIT AND CHAIN')]))).toBe('CZT');
    one.heard.length = 0;
    one.send(say.query('INSERT INTO made VALUES (40)'));
    await one.until(() => false);
    expect(sqlstates(one.heard)).toEqual(['28000']);
    expect(await house.server.query('SELECT id FROM made WHERE id = 40', 'shop')).toEqual([]);
  });
});

function rowsOf(found: readonly Record<string, unknown>[]): unknown[] {
  return found.map(({ id }) => id);
}

describe('P38: a token that expires', () => {
  test('with LISTEN ends the session, which would otherwise hear on', async () => {
    const { client: one, ended } = await client();
    await one.query('LISTEN news_of_p38');
    const since = Date.now();
    expect(await ended).toMatchObject({ code: '28000', message: EXPIRED });
    expect(Date.now() - since).toBeLessThan(pace * 1000 + 10_000);
    expect(await endOf('news_of_p38')).toMatchObject({
      reason: 'expired',
      detail: 'nothing was under way when its time was over',
    });
    await until('the server has let go of it', async () => (await running('news_of_p38')) === 0);
  });

  test('with an idle transaction ends it after its grace, and its locks go', async () => {
    const { client: one, ended, past } = await client('short');
    await one.query('BEGIN');
    await one.query('LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
    const waiting = house.server.query('SELECT count(*) FROM held', 'shop');
    let through = false;
    void waiting.then(() => (through = true));
    await past();
    await sleep(500);
    expect(through).toBe(false);
    expect(await ended).toMatchObject({ code: '28000', message: EXPIRED });
    await waiting;
    expect((await endOf('LOCK TABLE held')).detail).toBe(
      'an idle transaction had not ended 2 seconds after its time was over',
    );
  });

  test('during COPY FROM STDIN aborts it after its grace', async () => {
    const { one } = await wire('short');
    one.heard.length = 0;
    one.send(say.query('COPY copied FROM STDIN'));
    await one.until(() => one.heard.some(({ type }) => type === 'G'));
    let sent = 0;
    while (!one.closed && sent < 5000) {
      one.send(say.copyData(`${++sent}\n`));
      await sleep(20);
    }
    expect(sent).toBeGreaterThan(10);
    expect(answers(one.heard)).toBe('GE');
    expect(sqlstates(one.heard)).toEqual(['28000']);
    await until('the server has let go of it', async () => (await running('COPY copied')) === 0);
    expect(await countOf('copied')).toBe(0);
    expect((await endOf('COPY copied')).detail).toBe(
      'a COPY that waited for rows had not ended 2 seconds after its time was over',
    );
  });

  test('during COPY FROM STDIN lets it end within its grace', async () => {
    const { one, past } = await wire();
    one.heard.length = 0;
    one.send(say.query('COPY copied FROM STDIN'));
    await one.until(() => one.heard.some(({ type }) => type === 'G'));
    one.send(say.copyData('1\n'));
    await past();
    one.send(say.copyData('2\n'), say.copyDone());
    await one.until(() => one.heard.some(({ type }) => type === 'Z'));
    expect(answers(one.heard)).toBe('GCZI');
    expect(await countOf('copied')).toBe(2);
    one.end();
  });

  test('with a statement at work cancels it at the target after its grace', async () => {
    const { client: one } = await client('short');
    const since = Date.now();
    await expect(one.query('SELECT pg_sleep(60), 1 AS cancelled_late')).rejects.toMatchObject({
      code: '28000',
    });
    expect(Date.now() - since).toBeGreaterThan(1500);
    await until('the target has stopped it', async () => (await running('cancelled_late')) === 0);
    expect((await endOf('cancelled_late')).detail).toBe(
      'a command had not ended 2 seconds after its time was over',
    );
  });
});

describe('the configuration', () => {
  test('`end` stops what is at work at the moment itself', async () => {
    const { client: one, notices } = await client('strict');
    const since = Date.now();
    await one.query('BEGIN');
    await expect(one.query('SELECT pg_sleep(60), 1 AS cut_at_once')).rejects.toMatchObject({
      code: '28000',
      message: EXPIRED,
    });
    expect(Date.now() - since).toBeLessThan(pace * 1000 + 10_000);
    await until('the target has stopped it', async () => (await running('cut_at_once')) === 0);
    expect(notices).toEqual([
      expect.stringMatching(/^the token of this session expires in \d+ seconds: the session ends then$/),
    ]);
  });

  test('`login` counts from the login, whatever the token says', async () => {
    const { client: one, ended, past } = await client('counted');
    const since = Date.now();
    await past();
    expect((await one.query('SELECT 1 AS counted_on')).rows).toEqual([{ counted_on: 1 }]);
    expect(await ended).toMatchObject({
      code: '28000',
      message: 'this session has lasted as long as a session may; connect again',
    });
    expect(Date.now() - since).toBeGreaterThan(pace * 1000);
  });
});
