import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { targetStream } from '../../proxy/postgres/login/target-stream.js';
import type { Catalogue, Relation } from '../../src/facts/sql/catalogue/catalogue.js';
import { readCatalogue } from '../../src/targets/postgres/read-catalogue.js';
import type { UpstreamLogin, UpstreamTls } from '../../src/targets/postgres/upstream-login.js';
import { bootPostgres, hasPostgres15, type PostgresServer } from '../support/postgres.js';

let server: PostgresServer;

beforeAll(async () => {
  server = await bootPostgres({ tls: 'required', version: hasPostgres15() ? 15 : 18 });
  await server.query(`
    CREATE SCHEMA shop;
    CREATE SCHEMA "Odd ""name";
    CREATE TYPE shop.money_eur AS (cents int, note text);
    CREATE TABLE customers (id int PRIMARY KEY, gone text, email varchar(50) NOT NULL, tags text[]);
    ALTER TABLE customers DROP COLUMN gone;
    CREATE TABLE shop.events (at date, customer int) PARTITION BY RANGE (at);
    CREATE TABLE shop.events_2026 PARTITION OF shop.events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE "Odd ""name"."T ;" ("c 'x'" int);
    CREATE VIEW mails AS SELECT email AS e FROM customers;
    CREATE MATERIALIZED VIEW shop.counts AS SELECT count(*) FROM customers;
    CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
    CREATE FUNCTION twice(text) RETURNS text LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN $1 || $1; END';
    CREATE FUNCTION many(a int, VARIADIC b int[] DEFAULT '{}') RETURNS int LANGUAGE sql AS 'SELECT a';
    CREATE PROCEDURE in_and_out(a int, OUT b int) LANGUAGE sql AS 'SELECT a';
    CREATE PROCEDURE shop.tidy() LANGUAGE sql AS 'SELECT 1';
    CREATE AGGREGATE shop.total(int) (sfunc = int4pl, stype = int, initcond = '0');
    -- Stands in for a function of the catalogue queries, were it found first.
    CREATE FUNCTION public.format_type(oid, int) RETURNS text LANGUAGE sql AS $$ SELECT 'hijacked' $$;
    CREATE ROLE reader LOGIN PASSWORD 'reading';
    ALTER ROLE reader SET search_path = "$user", closed, shop, missing, public;
    CREATE SCHEMA reader;
    CREATE SCHEMA closed;
    GRANT USAGE ON SCHEMA reader, shop TO reader;`);
});
afterAll(() => server.stop());

function login(changes: Partial<UpstreamLogin> = {}): UpstreamLogin {
  const { port, user, password, ca } = server;
  return {
    host: 'localhost',
    port,
    database: 'postgres',
    user,
    password,
    tls: verified(ca),
    ...changes,
  };
}

function verified(ca: string | null): UpstreamTls {
  return { kind: 'verify', ca, client: null, serverName: null, channelBinding: 'require' };
}

function read(one: UpstreamLogin): Promise<Catalogue> {
  return readCatalogue(one, targetStream);
}

describe('the catalogue of a database', () => {
  test('has its relations with their columns, and views with what they read', async () => {
    const { relations } = await read(login());
    const named = new Map(relations.map((one) => [`${one.schema}.${one.name}`, one]));
    const without = (one: Relation | undefined): unknown => ({ ...one, oid: typeof one?.oid });
    expect(without(named.get('public.customers'))).toEqual({
      schema: 'public',
      name: 'customers',
      oid: 'number',
      kind: 'table',
      columns: [
        { name: 'id', number: 1, type: 'integer' },
        { name: 'email', number: 3, type: 'character varying(50)' },
        { name: 'tags', number: 4, type: 'text[]' },
      ],
    });
    expect(named.get('public.mails')).toMatchObject({
      kind: 'view',
      columns: [{ name: 'e', number: 1, type: 'character varying(50)' }],
    });
    // Qualified, whatever the reader's search path: the session that asks may have another.
    expect(named.get('public.mails')?.definition).toMatch(/FROM public\.customers/);
    expect(named.get('shop.counts')).toMatchObject({ kind: 'materialized-view' });
    expect(named.get('shop.events')).toMatchObject({ kind: 'table' });
    expect(named.get('shop.events_2026')).toMatchObject({ kind: 'table' });
    expect(named.get('shop.money_eur')).toMatchObject({ kind: 'composite-type' });
    expect(named.get('Odd "name.T ;')).toMatchObject({
      columns: [{ name: "c 'x'", number: 1, type: 'integer' }],
    });
    expect(relations.some(({ schema }) => schema === 'pg_catalog' || schema.startsWith('pg_toast'))).toBe(
      false,
    );
  });

  test('has its functions, each overload', async () => {
    const { functions } = await read(login());
    const twice = functions.filter(({ name }) => name === 'twice');
    const one = { schema: 'public', name: 'twice', kind: 'function', arguments: { least: 1, most: 1 } };
    expect(twice).toEqual([
      {
        ...one,
        language: 'sql',
        volatility: 'immutable',
        definition: expect.stringMatching(/SELECT 2 \* \$1/),
      },
      {
        ...one,
        language: 'plpgsql',
        volatility: 'volatile',
        definition: expect.stringMatching(/RETURN \$1/),
      },
    ]);
    expect(functions.find(({ name }) => name === 'tidy')).toMatchObject({
      kind: 'procedure',
      schema: 'shop',
    });
    expect(functions.find(({ name }) => name === 'total')).toMatchObject({
      kind: 'aggregate',
      calls: [{ schema: 'pg_catalog', name: 'int4pl' }],
    });
    expect(functions.find(({ name }) => name === 'many')).toMatchObject({
      arguments: { least: 1, most: null },
    });
    expect(functions.find(({ name }) => name === 'in_and_out')).toMatchObject({
      arguments: { least: 2, most: 2 },
    });
    expect(functions.some(({ schema }) => schema === 'pg_catalog')).toBe(false);
  });

  test('has the search path of the login, expanded', async () => {
    expect((await read(login())).searchPath).toEqual(['public']);
    const reader = await read(login({ user: 'reader', password: 'reading' }));
    expect(reader.searchPath).toEqual(['reader', 'shop', 'public']);
    expect(reader.relations.length).toBeGreaterThan(5);
  });

  test('is read with the login that was given, and with nothing of the environment', async () => {
    process.env['PGPASSWORD'] = server.password;
    process.env['PGSSLMODE'] = 'disable';
    try {
      await expect(read(login({ password: null }))).rejects.toThrow();
      expect((await read(login())).relations.length).toBeGreaterThan(5);
    } finally {
      delete process.env['PGPASSWORD'];
      delete process.env['PGSSLMODE'];
    }
  });

  test('is not read over a connection whose other end is not known', async () => {
    await expect(read(login({ tls: verified(null) }))).rejects.toThrow(/certificate|signed/i);
    await expect(read(login({ tls: { kind: 'off' } }))).rejects.toThrow();
  });
});
