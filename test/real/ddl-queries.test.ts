/**
 * What DDL costs, counted in questions to the target: on the client's own connection, where each is a round trip that the client
 * waits for, and on the gateway's. Questions of the poll are not counted.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { bootHouse, type House } from '../support/gateway.js';

const ALLOWED = `package all

applies if target.name == "orders"

allow everything
`;
const MASKED = `${ALLOWED}
mask pii column "customers.email" with redact
`;

const OBJECTS = 'CREATE TABLE versions (version int); CREATE TABLE old (id int, note text);';

interface Entry {
  readonly pid: number;
  readonly text: string;
}

/** What a server has logged, by who said it. */
function entriesOf(log: string): Entry[] {
  const lines = log.split(/^(?=\d+ \S+ \S+ LOG: {2}(?:statement|execute))/m);
  return lines.flatMap((text) => {
    const pid = /^(\d+) postgres shop LOG: /.exec(text)?.[1];
    return pid === undefined ? [] : [{ pid: Number(pid), text }];
  });
}

/** Readings by name, and what they ask of those that set something off; the poll asks otherwise. */
const BY_NAME = /json_array_elements_text/;
/** Looks through every stored expression of the database. */
const THROUGH_ALL = /stateful \(relation\)/;

interface Cost {
  /** Statements of the gateway's on the client's connection. */
  readonly session: number;
  /** Readings on its own. */
  readonly own: number;
}

describe.each([
  ['everything is allowed', ALLOWED],
  ['under a mask', MASKED],
])('%s', (_, rules) => {
  let house: House;
  let client: pg.Client;
  let pid: number;

  beforeAll(async () => {
    house = await bootHouse({ 'all.rules': rules }, ['ci'], OBJECTS, 1, 'session_state: followed');
    client = await house.connect('ci');
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    pid = rows[0]!.pid;
    await client.query('SELECT * FROM old');
  }, 120_000);

  afterAll(async () => {
    await client.end();
    await house.stop();
  });

  async function costOf(statements: readonly string[]): Promise<Cost> {
    // What was changed before is read by now.
    await sleep(400);
    const before = house.server.log().length;
    for (const text of statements) await client.query(text);
    await sleep(400);
    const entries = entriesOf(house.server.log().slice(before));
    const own = entries.filter((one) => one.pid !== pid && BY_NAME.test(one.text));
    const session = entries.filter((one) => one.pid === pid && /execute sallyport/.test(one.text));
    expect(entries.filter((one) => one.pid === pid)).toHaveLength(statements.length + session.length);
    expect(entries.filter(({ text }) => THROUGH_ALL.test(text))).toEqual([]);
    return { session: session.length, own: own.length };
  }

  test.each([
    ['a comment', ["COMMENT ON TABLE old IS 'of old'", "COMMENT ON COLUMN old.note IS 'a note'"]],
    ['a grant', ['GRANT SELECT ON old TO public', 'REVOKE SELECT ON old FROM public']],
    ['a transaction', ['BEGIN', 'COMMIT', 'BEGIN', 'SAVEPOINT a', 'RELEASE a', 'ROLLBACK']],
    ['an index', ['CREATE INDEX old_note ON old (note)', 'DROP INDEX old_note']],
    ['a temporary table', ['CREATE TEMP TABLE scratch (id int)']],
  ])('%s asks nothing', async (_, statements) => {
    expect(await costOf(statements)).toEqual({ session: 0, own: 0 });
  });

  test.each([
    ['a table', ["CREATE TABLE one (id bigserial PRIMARY KEY, note text NOT NULL DEFAULT '')"]],
    ['a column', ['ALTER TABLE old ADD COLUMN amount integer NOT NULL DEFAULT 0']],
    ['a transaction', ['BEGIN', 'CREATE TABLE two (id int)', 'ALTER TABLE old ADD x int', 'COMMIT']],
  ])('%s is read once', async (_, statements) => {
    expect(await costOf(statements)).toEqual({ session: 0, own: 1 });
  });

  test('a migration is read once at most, and its client waits for no question', async () => {
    const migrations = Array.from({ length: 10 }, (_, n) => [
      [`CREATE TABLE things_${n} (id bigserial PRIMARY KEY, name varchar(80) NOT NULL DEFAULT '')`],
      [`ALTER TABLE things_${n} ADD COLUMN note text`],
      [`CREATE INDEX things_${n}_name ON things_${n} (name)`],
      [`INSERT INTO things_${n} (name) VALUES ('a'), ('b')`, `UPDATE things_${n} SET note = name`],
    ]).flat();
    const statements = migrations.flatMap((texts, version) => [
      'BEGIN',
      ...texts,
      `INSERT INTO versions VALUES (${version})`,
      'COMMIT',
    ]);
    const { session, own } = await costOf(statements);
    expect(session).toBe(0);
    // Two of four change something, and where they come quickly both are read together.
    expect(own).toBeLessThanOrEqual(migrations.length / 2);
  });

  test('a table that is made and filled in one transaction is read there, once', async () => {
    const { session, own } = await costOf([
      'BEGIN',
      "CREATE TABLE filled (id serial PRIMARY KEY, note text DEFAULT '')",
      "INSERT INTO filled (note) VALUES ('a')",
      "INSERT INTO filled (note) VALUES ('b')",
      'SELECT note FROM filled',
      'COMMIT',
    ]);
    // A savepoint, the settings, the question, and back.
    expect(session).toBeLessThanOrEqual(5);
    expect(own).toBe(1);
  });

  test('a trigger has its table read once, and does not go unseen', async () => {
    const written = ["INSERT INTO old VALUES (1, 'a')", 'SELECT 1'];
    expect(await costOf(written)).toEqual({ session: 0, own: 0 });
    await client.query(
      "CREATE FUNCTION on_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN EXECUTE NEW.note; RETURN NEW; END'",
    );
    const trigger = 'CREATE TRIGGER t BEFORE INSERT ON old FOR EACH ROW EXECUTE FUNCTION on_row()';
    expect(await costOf([trigger])).toEqual({ session: 0, own: 1 });
    const insert = "INSERT INTO old VALUES (1, 'SELECT 1')";
    // Under a mask code that cannot be read is refused. Where it may run it may have set anything: the path is asked for.
    if (rules === MASKED) await expect(client.query(insert)).rejects.toThrow('denied by');
    else expect((await costOf([insert, 'SELECT 1'])).session).toBe(1);
  });
});
