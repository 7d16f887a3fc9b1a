/** A pattern mask changes what its detector finds, and nothing else: of what cannot be searched nothing is shown. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package patterns

allow everything

mask cards pattern credit_card with redact
`;

const OBJECTS = `
  CREATE TYPE point_of AS (x int, y text);
  CREATE TABLE places (id int, at point_of, note text, spans numrange, area box);
  INSERT INTO places VALUES (1, (1, 'a'), 'plain', '[1,2)', '(1,1),(0,0)'), (2, (2, 'b'), repeat('4111 1111 ', 110000), NULL, NULL);`;

let house: House;
let client: pg.Client;
beforeAll(async () => {
  house = await bootHouse({ 'patterns.rules': RULES }, ['anybody'], OBJECTS);
  client = await house.connect('anybody');
}, 120_000);
afterAll(async () => {
  await client.end();
  await house.stop();
}, 60_000);

const said = async (text: string, binary = false): Promise<unknown> => {
  try {
    const extended = { binary, queryMode: 'extended' };
    return (await client.query<unknown[]>({ text, rowMode: 'array', ...extended })).rows;
  } catch (error) {
    return `${(error as pg.DatabaseError).code}: ${(error as Error).message}`;
  }
};

describe('what cannot be searched is refused, and the session goes on', () => {
  test.each([
    ['a record in binary', 'SELECT id, at FROM places', true, /binary form/],
    ['a range of numbers in binary', 'SELECT id, spans FROM places ORDER BY id', true, /binary form/],
    ['a shape in binary', 'SELECT area FROM places WHERE id = 1', true, /binary form/],
    ['a text of a million characters', 'SELECT note FROM places ORDER BY id', false, /1048576 characters/],
    ['the same that a write returns', 'UPDATE places SET note = note RETURNING note', false, /1048576/],
  ])('%s', async (_, text, binary, why) => {
    const answer = await said(text, binary);
    expect(answer).toMatch(/^42501: denied by patterns\.cards: /);
    expect(answer).toMatch(why);
    expect(await said('SELECT 1')).toEqual([[1]]);
  });

  test.each(['binary', 'text', 'csv'])('COPY in the %s format', async (format) => {
    const copy = async (query: string): Promise<string> => {
      const run = await house.psql('anybody', ['-c', `COPY (${query}) TO STDOUT (FORMAT ${format})`]);
      return run.code === 0 ? 'shown' : run.stderr;
    };
    expect(await copy('SELECT id, note FROM places WHERE id = 1')).toBe('shown');
    expect(await copy("SELECT repeat('4111 1111 ', 500000)")).toMatch(/denied by patterns\.cards/);
    if (format === 'binary')
      expect(await copy('SELECT at FROM places')).toMatch(/denied by patterns\.cards: .*binary form/);
  });
});

test('what can be searched is as it is without the gateway', async () => {
  const text =
    "SELECT id, at::text, spans::text, area::text, left(note, 9), ARRAY[1.5, 2], now() > '2000-01-01' FROM places ORDER BY id";
  const direct = await house.server.connect('shop');
  const { rows } = await direct.query<unknown[]>({ text, rowMode: 'array' });
  await direct.end();
  expect(await said(text)).toEqual(rows);
});

test('what is found is masked', async () => {
  expect(await said('SELECT card_number FROM customers WHERE id = 1')).toEqual([['[redacted]']]);
});
