/** P34: rules that come into force while something is open hold for what it still answers. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package reload

allow everything
`;
const MASKED = `${RULES}
mask email column "customers.email" with redact
`;

let house: House;

beforeAll(async () => {
  house = await bootHouse({ 'reload.rules': RULES }, ['ci']);
}, 120_000);
afterAll(() => house.stop(), 60_000);

/** What a client hears of `text`: values, or the refusal. */
async function heard(client: pg.Client, text: string): Promise<string> {
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return JSON.stringify(rows);
  } catch (error) {
    return String((error as { code?: string }).code);
  }
}

/** Until another session is masked. */
async function masksAreInForce(): Promise<void> {
  for (let left = 100; left > 0; left--) {
    const probe = await house.connect('ci');
    const seen = await heard(probe, 'SELECT email FROM customers WHERE id = 1');
    await probe.end();
    if (!seen.includes('ada.one')) return;
    await sleep(100);
  }
  throw new Error('the masks are not in force');
}

test.each([
  ['a cursor', 'BEGIN', "DECLARE c CURSOR FOR SELECT email || '' AS e FROM customers", 'FETCH ALL FROM c'],
  [
    'a cursor over a view of what was asked',
    'BEGIN',
    'DECLARE c CURSOR FOR SELECT upper(lower(email)) AS e FROM (SELECT email FROM customers) s',
    'FETCH ALL FROM c',
  ],
  [
    'a cursor that outlives its transaction',
    'SELECT 1',
    "DECLARE h CURSOR WITH HOLD FOR SELECT email || '' AS e FROM customers",
    'FETCH ALL FROM h',
  ],
  ['a prepared statement', 'SELECT 1', "PREPARE p AS SELECT email || '' AS e FROM customers", 'EXECUTE p'],
  ['a plain column', 'BEGIN', 'DECLARE c CURSOR FOR SELECT email AS e FROM customers', 'FETCH ALL FROM c'],
])(
  '%s',
  async (_, before, open, ask) => {
    await house.writeRules({ 'reload.rules': RULES });
    const client = await house.connect('ci');
    try {
      for (let left = 100; left > 0; left--) {
        if ((await heard(client, 'SELECT email FROM customers WHERE id = 1')).includes('ada.one')) break;
        await sleep(100);
      }
      await client.query(before);
      await client.query(open);
      await house.writeRules({ 'reload.rules': MASKED });
      await masksAreInForce();
      expect((await heard(client, ask)).toLowerCase()).not.toContain('ada.one');
    } finally {
      await client.end();
    }
  },
  60_000,
);
