/** Every trick of read-only.yaml against the real gateway: the server's own log says that nothing came through. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package reading

allow reads if sql.read_only
`;
const OBJECTS = `
  CREATE SEQUENCE numbers;
  CREATE FUNCTION wipe() RETURNS int LANGUAGE plpgsql AS 'BEGIN DELETE FROM orders; RETURN 1; END';
  CREATE FUNCTION lower(int) RETURNS int LANGUAGE sql AS 'SELECT wipe()';
  CREATE FUNCTION wipe_step(int, int) RETURNS int LANGUAGE sql AS 'SELECT wipe()';
  CREATE AGGREGATE wiping(int) (SFUNC = wipe_step, STYPE = int, INITCOND = '0');
  CREATE OPERATOR <=>! (LEFTARG = int, RIGHTARG = int, FUNCTION = wipe_step);
  CREATE PROCEDURE wipe_procedure() LANGUAGE sql AS 'DELETE FROM orders';`;

const cases = (
  parse(readFileSync('test/adversarial/read-only.yaml', 'utf8')) as Record<string, string>[]
).flatMap((entry) => Object.entries(entry));

let house: House;
beforeAll(async () => {
  house = await bootHouse({ 'reading.rules': RULES }, ['reader'], OBJECTS);
}, 120_000);
afterAll(async () => {
  await house.stop();
}, 60_000);

describe.each(cases)('%s', (name, sql) => {
  test.each(['simple', 'extended'])(
    'is refused by the %s protocol, and the session goes on',
    async (protocol) => {
      const marker = `SELECT 'marker of ${name} by ${protocol}';`;
      const client = await house.connect('reader');
      try {
        // The marker rides along in the same text, so that the log would show it whatever the server made of the rest.
        const query =
          protocol === 'simple'
            ? client.query(`${marker} ${sql}`)
            : client.query({ text: `${sql} /* ${marker} */`, values: [1].slice(1), name: 'attempt' });
        await expect(query).rejects.toMatchObject({ code: '42501' });
        expect((await client.query('SELECT count(*)::int AS n FROM orders')).rows).toEqual([{ n: 100 }]);
      } finally {
        await client.end();
      }
      expect(house.server.log()).not.toContain(`marker of ${name} by ${protocol}`);
    },
  );
});

test('the orders are all there, by the server itself', async () => {
  expect(
    await house.server.query("SELECT count(*)::int AS n FROM orders WHERE status = 'paid'", 'shop'),
  ).toEqual([{ n: 100 }]);
});

test('what is allowed does show in that log', async () => {
  const { stdout } = await house.psql('reader', ['-At', '-c', "SELECT 'marker of a control'"]);
  expect(stdout.trim()).toBe('marker of a control');
  expect(house.server.log()).toContain('marker of a control');
});
