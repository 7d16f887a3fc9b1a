/**
 * Every case of the corpus that must not pass, spelt otherwise and wrapped into other statements: the verdict is never weaker.
 * The same seed makes the same mutants.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadSqlParser } from '../../src/facts/sql/parse/parser.js';
import { traceOfSecret } from './canary.js';
import { readCases, type Case } from './case.js';
import { converse, processOf, sqlTurn } from './conversation.js';
import { engineOver, type Decide } from './engine-run.js';
import { randomFrom, spellingsOf, wrappingsOf } from './mutation.js';
import { bootWorld, OWN, type World } from './world.js';

const SEED = 20_261_121;
const SPELLINGS = 2;
const WRAPPINGS = 4;

await loadSqlParser();

interface Mutants {
  readonly one: Case;
  /** Sessions. */
  readonly spelt: readonly (readonly string[])[];
  readonly wrapped: readonly (readonly string[])[];
}

const mutants = readCases()
  .filter(
    ({ verdict, engine, sql, start }) =>
      verdict !== 'allowed' && engine && sql.length > 0 && Object.keys(start).length === 0,
  )
  .map(mutantsOf)
  .filter(({ spelt, wrapped }) => spelt.length + wrapped.length > 0);

function mutantsOf(one: Case, index: number): Mutants {
  const random = randomFrom(SEED + index);
  const [text = ''] = one.sql;
  if (one.sql.length > 1 || text.length > 5000) return { one, spelt: [], wrapped: [] };
  return {
    one,
    spelt: spellingsOf(text, random, SPELLINGS).map((spelt) => [spelt]),
    wrapped: wrappingsOf(text, random, WRAPPINGS),
  };
}

const named = (verdict: Case['verdict']): [string, Mutants][] =>
  mutants.filter(({ one }) => one.verdict === verdict).map((made) => [made.one.name, made]);

let world: World;
let decide: Decide;
beforeAll(async () => {
  world = await bootWorld();
  decide = engineOver(world.catalogue);
}, 120_000);
afterAll(async () => {
  await world.stop();
}, 60_000);

/** Everything that these sessions hear, one after another in one connection, and what reached the server. */
async function attempt({
  one,
  spelt,
  wrapped,
}: Mutants): Promise<{ heard: Buffer; texts: readonly string[] }> {
  const log = world.log();
  const client = await world.enter(one.as, one.start);
  const processId = processOf(client);
  await converse(
    client,
    one.first.map((sql) => sqlTurn(sql, 'simple')),
  );
  const turns = [...spelt, ...wrapped].flatMap((session, index) => [
    ...session.map((sql) => sqlTurn(sql, index % 2 === 0 ? 'simple' : 'extended', one.data)),
    sqlTurn('ROLLBACK', 'simple'),
  ]);
  const heard = await converse(client, turns);
  client.end();
  // What is not there can be fetched and freed by anybody.
  const expected = new Set([
    ...one.first,
    'ROLLBACK',
    'FETCH ALL FROM m',
    'CLOSE m',
    'DEALLOCATE m',
    'DROP VIEW m',
    'DROP TABLE m',
    'TABLE m',
  ]);
  const texts = log.texts(processId).filter((text) => !expected.has(text) && !OWN.test(text));
  return { heard: Buffer.concat(heard.map(({ bytes }) => bytes)), texts };
}

test('there are many of them', () => {
  const count = mutants.reduce((sum, { spelt, wrapped }) => sum + spelt.length + wrapped.length, 0);
  expect(count).toBeGreaterThan(1500);
});

describe('what is blocked stays blocked', () => {
  test.each(named('blocked'))('%s', async (_, made) => {
    const { one, spelt, wrapped } = made;
    for (const session of [...spelt, ...wrapped]) {
      const decided = decide(one.as);
      one.first.forEach(decided);
      expect([session[0], decided(session[0]!)]).toEqual([session[0], 'blocked']);
    }
    const { heard, texts } = await attempt(made);
    expect(texts).toEqual([]);
    expect(traceOfSecret(heard)).toBeNull();
  });
});

describe('what is masked stays masked', () => {
  test.each(named('masked'))('%s', async (_, made) => {
    const { heard } = await attempt(made);
    expect(traceOfSecret(heard)).toBeNull();
  });
});

test('nothing was changed by what is blocked', async () => {
  const rows = await world.house.server.query('SELECT count(*)::int AS n FROM orders', 'shop');
  expect(rows).toEqual([{ n: 100 }]);
});
