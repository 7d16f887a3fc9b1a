/** What the tests of masked writes share: rules with a mask of every kind, a table with a value for each, and a house of them. */
import { expect } from '@jest/globals';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package writes

allow everything

allow restores if {
  sql.masked_write
  "restorer" in identity.groups
}

mask email column "people.email" with redact
mask card column "people.card" with partial(4)
mask contact column "people.contact" with email
mask key column "people.key" with hash
mask number column "people.number" with hash
mask gone column "people.phone", "people.born" with null
mask level column "people.level" with replace("0")
mask cards pattern credit_card with partial(4)
`;

const OBJECTS = `
  CREATE TABLE people (
    id int PRIMARY KEY, name text, email text, card text, contact text, key uuid, number int, phone text, born date,
    level int, note text, doc jsonb
  );
  CREATE TABLE copies (id serial PRIMARY KEY, name text, email text, tags text[], doc jsonb, raw json, key uuid, number bigint, bytes bytea);
  CREATE FUNCTION keep(given text) RETURNS void LANGUAGE sql AS 'INSERT INTO copies (email) VALUES (given)';
  CREATE PROCEDURE put(given text) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO copies (email) VALUES (given); END $$;`;

/** Takes everything back to how it was. */
export const RESET = `
  TRUNCATE people; TRUNCATE copies;
  INSERT INTO people VALUES
    (1, 'Ada', 'ada@example.com', '4111111111111111', 'ada@example.org', '6f1f5c1e-3c56-4d1c-9a53-0a8f4a1d9c01', 7001,
     '+1 555', '1990-01-02', 3, 'paid with 4111 1111 1111 1111', '{"plan": "gold"}'),
    (2, 'Bo', 'bo@example.com', '5500005555555559', 'bo@example.org', '6f1f5c1e-3c56-4d1c-9a53-0a8f4a1d9c02', 7002,
     NULL, NULL, 0, NULL, NULL);`;

/** `anybody` is under the masks; a rule lets `restorer` write back what it was shown. */
export async function bootWrites(): Promise<House> {
  return bootHouse({ 'writes.rules': RULES }, ['anybody', 'restorer'], OBJECTS);
}

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** The SQLSTATE, message and hint by which a query is refused. */
export async function refused(query: Promise<unknown>): Promise<Refusal> {
  try {
    await query;
  } catch (error) {
    return error as Refusal;
  }
  throw new Error('it was not refused');
}

export const REFUSED = {
  code: '42501',
  message: expect.stringMatching(/^denied by gateway\.masked_write: /),
};
