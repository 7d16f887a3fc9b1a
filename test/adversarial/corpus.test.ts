/**
 * The corpus: every trick of cases/*.yaml against the rules alone, and through the real gateway, where the server's own log
 * and the canaries say whether anything got through. README.md says how to add a case.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { errors, letters, rows, sqlstates, type Heard } from '../proxy/postgres/wire-client.js';
import { traceOfSecret } from './canary.js';
import { readCases, type Case, type Verdict } from './case.js';
import { converse, processOf, sqlTurn, turnsOf, type Way } from './conversation.js';
import { engineOver, type Decide } from './engine-run.js';
import { bootWorld, OWN, type World } from './world.js';

const cases = readCases();
const named = (some: readonly Case[]): (readonly [string, Case])[] =>
  some.map((one) => [one.name, one] as const);
const STRENGTH: Record<Verdict, number> = { allowed: 0, masked: 1, blocked: 2 };

let world: World;
let decide: Decide;
/**
 * A message that cannot be read, what is no text in UTF-8 and a relation that is not there, the gateway refuses in the words
 * of a server.
 */
const REFUSALS: ReadonlySet<string> = new Set(['42501', '08P01', '22021', '42P01', '54001']);

beforeAll(async () => {
  world = await bootWorld();
  decide = engineOver(world.catalogue);
}, 120_000);
afterAll(async () => {
  await world.stop();
}, 60_000);

test('the corpus is large, each case has a name of its own, and much of it must be let through', () => {
  expect(cases.length).toBeGreaterThanOrEqual(400);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(cases.filter(({ verdict }) => verdict === 'allowed').length).toBeGreaterThanOrEqual(80);
});

describe('by the rules alone', () => {
  test.each(
    named(
      cases.filter(
        ({ engine, sql, wire }) => engine && (sql.length > 0 || wire.some(({ text }) => text !== null)),
      ),
    ),
  )('%s', (_, one) => {
    const session = decide(one.as);
    const texts =
      one.sql.length > 0 ? one.sql : one.wire.flatMap(({ text }) => (text === null ? [] : [text]));
    const said = [...one.first, ...texts].map(session);
    if (one.verdict === 'allowed') expect(said).not.toContain('blocked');
    else
      expect(Math.max(...said.map((verdict) => STRENGTH[verdict]))).toBeGreaterThanOrEqual(
        STRENGTH[one.verdict],
      );
  });
});

const bytesOf = (heard: readonly Heard[]): Buffer => Buffer.concat(heard.map(({ bytes }) => bytes));

/** Every way in which a case is said; what runs in the extended protocol is asked for as text and as binary. */
const ways = ({ by, verdict }: Case): Way[] =>
  by.flatMap((one): Way[] => (one === 'extended' && verdict !== 'blocked' ? ['extended', 'binary'] : [one]));

describe('through the gateway', () => {
  let before: string;
  beforeAll(async () => {
    before = await world.state();
  });

  /** Whether anything is other than it was when this was last asked. */
  async function changed(): Promise<boolean> {
    const now = await world.state();
    const other = now !== before;
    before = now;
    return other;
  }

  test.each(named(cases.filter(({ verdict }) => verdict === 'blocked')))('%s: blocked', async (_, one) => {
    for (const way of ways(one)) {
      const { heard, alive, texts } = await attempt(one, way);
      expect({ way, texts }).toEqual({ way, texts: [] });
      expect({ way, trace: traceOfSecret(bytesOf(heard)) }).toEqual({ way, trace: null });
      if (one.ends && !alive) continue;
      const refused = sqlstates(heard).some((code) => REFUSALS.has(code));
      expect({ way, refused, alive }).toEqual({ way, refused: true, alive: true });
    }
    expect(await changed()).toBe(false);
  });

  test.each(named(cases.filter(({ verdict }) => verdict === 'masked')))('%s: masked', async (_, one) => {
    for (const way of ways(one)) {
      const { heard, alive } = await attempt(one, way);
      expect({ way, trace: traceOfSecret(bytesOf(heard)) }).toEqual({ way, trace: null });
      if (one.shows !== null) expect(bytesOf(heard).toString('latin1')).toContain(one.shows);
      expect({ way, alive }).toEqual({ way, alive: alive || !one.ends });
    }
  });

  test.each(named(cases.filter(({ verdict }) => verdict === 'allowed')))('%s: allowed', async (_, one) => {
    for (const way of ways(one)) {
      const { heard } = await attempt(one, way);
      const client = await world.direct('shop', one.start);
      await converse(
        client,
        one.first.map((sql) => sqlTurn(sql, 'simple')),
      );
      const direct = await converse(client, turnsOf(one, way));
      client.end();
      expect({ way, ...readable(heard) }).toEqual({ way, ...readable(direct) });
      expect(bytesOf(heard).equals(bytesOf(direct))).toBe(true);
    }
  });
});

const readable = (heard: readonly Heard[]): object => ({
  messages: letters(heard),
  errors: errors(heard).map((fields) => fields.get('M')),
  rows: rows(heard),
});

interface Attempt {
  readonly heard: readonly Heard[];
  /** Whether the session answers afterwards. */
  readonly alive: boolean;
  /** What the server wrote down of it, beside what was meant to come through. */
  readonly texts: readonly string[];
}

async function attempt(one: Case, way: Way): Promise<Attempt> {
  const log = world.log();
  const client = await world.enter(one.as, one.start);
  if (client.closed || client.heard.some(({ type }) => type === 'E'))
    return { heard: [...client.heard], alive: false, texts: [] };
  const processId = processOf(client);
  const first = await converse(
    client,
    one.first.map((sql) => sqlTurn(sql, 'simple')),
  );
  if (sqlstates(first).includes('42501')) throw new Error('what comes first is refused');
  const heard = await converse(client, turnsOf(one, way));
  const after = ['ROLLBACK', "SELECT 'alive'"];
  const last = await converse(
    client,
    after.map((sql) => sqlTurn(sql, 'simple')),
  );
  client.end();
  const expected = new Set([...one.first, ...after]);
  const texts = log.texts(processId).filter((text) => !expected.has(text) && !OWN.test(text));
  return { heard, alive: rows(last).some(([value]) => value === 'alive'), texts };
}

describe('said to the server itself', () => {
  const masked = cases.filter(({ verdict, proof }) => verdict === 'masked' && proof);

  test.each(named(masked))('%s: the canary is there to be seen', async (_, one) => {
    const client = await world.direct('control', one.start);
    await converse(
      client,
      one.first.map((sql) => sqlTurn(sql, 'simple')),
    );
    const heard = await converse(client, turnsOf(one, one.wire.length > 0 ? 'wire' : 'simple'));
    client.end();
    expect(traceOfSecret(bytesOf(heard))).not.toBeNull();
  });
});

test('what is let through does show in the log', async () => {
  const log = world.log();
  const client = await world.enter('reader', {});
  const processId = processOf(client);
  await converse(client, [sqlTurn("SELECT 'a control'", 'simple'), sqlTurn("SELECT 'another'", 'extended')]);
  client.end();
  const texts = log.texts(processId);
  expect(texts).toContain("SELECT 'a control'");
  expect(texts.filter((text) => text === "SELECT 'another'").length).toBeGreaterThan(1);
});

test('the records hold no value that is masked', async () => {
  const texts = await Promise.all((await world.house.recordings()).map((path) => readFile(path)));
  const results = texts
    .flatMap((text) => text.toString('latin1').split('\n'))
    .filter((line) => line.includes('"kind":"result"'))
    .map((line) => line.replaceAll(/"(prev|hash)":"[0-9a-f]{64}"/g, ''));
  expect(results.length).toBeGreaterThan(cases.length);
  expect(
    results.map((line) => traceOfSecret(Buffer.from(line, 'latin1'))).filter((trace) => trace !== null),
  ).toEqual([]);
});
