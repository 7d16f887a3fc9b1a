/** Clients that change who they are and how strings are read, where the target lets them; and large objects of libpq. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package all

allow everything

mask secret column "ana.notes.body" with redact unless "open" in identity.groups

deny large "no large objects here" if {
  "strict" in identity.groups
  some s in sql.statements
  "large_object" in s.effects
}
`;

const OBJECTS = `
  CREATE ROLE ana;
  GRANT ana TO postgres;
  CREATE SCHEMA ana AUTHORIZATION ana;
  CREATE TABLE public.notes AS SELECT 'for all' AS body;
  SET ROLE ana;
  CREATE TABLE ana.notes AS SELECT 'canary' AS body;`;

let house: House;

beforeAll(async () => {
  house = await bootHouse(
    { 'all.rules': RULES },
    ['masked', 'open', 'strict'],
    OBJECTS,
    1,
    'session_state: followed',
  );
}, 60_000);
afterAll(() => house.stop());

const psql = async (client: string, ...lines: string[]): Promise<string> => {
  const { stdout, stderr } = await house.psql(client, [
    '-At',
    '-v',
    'ON_ERROR_STOP=0',
    ...lines.flatMap((line) => ['-c', line]),
  ]);
  return (stdout + stderr).trim();
};

describe('the role', () => {
  test('changes what names mean, and the masks go with it', async () => {
    const said = await psql(
      'masked',
      'SELECT body FROM notes',
      'SET ROLE ana',
      'SELECT current_user',
      'SELECT body FROM notes',
      'RESET ROLE',
      'SELECT body FROM notes',
    );
    expect(said.split('\n')).toEqual(['for all', 'SET', 'ana', '[redacted]', 'RESET', 'for all']);
  });

  test.each([
    'SET SESSION AUTHORIZATION ana',
    "SELECT set_config('role', 'ana', false)",
    "DO $$ BEGIN EXECUTE 'SET ROLE ana'; END $$",
  ])('by %s', async (change) => {
    const said = await psql('masked', change, 'SELECT body FROM notes');
    expect(said).not.toContain('canary');
    expect(said).not.toContain('for all');
  });

  test('that is taken on inside a transaction is not trusted before its path is known', async () => {
    const said = await psql('masked', 'BEGIN; SET LOCAL ROLE ana; SELECT body FROM notes; COMMIT');
    expect(said).not.toContain('canary');
    expect(await psql('masked', 'SELECT body FROM notes')).toBe('for all');
  });
});

describe('strings that are not standard', () => {
  test('pass where no rule asks what they mean', async () => {
    const said = await psql(
      'open',
      'SET standard_conforming_strings = off',
      String.raw`SELECT 'it\'s'`,
      "SELECT 'plain'",
    );
    expect(said).toContain("it's");
    expect(said).toContain('plain');
  });

  test('with a backslash are refused where a mask has to know', async () => {
    const hidden = String.raw`SELECT '\' , (SELECT body FROM ana.notes) --'`;
    const hides = String.raw`SELECT 'a\'', body, ' b' FROM ana.notes --'`;
    for (const text of [hidden, hides]) {
      const said = await psql('masked', 'SET standard_conforming_strings = off', text);
      expect(said).toContain('denied by');
      expect(said).not.toContain('canary');
    }
    expect(
      await psql('masked', 'SET standard_conforming_strings = off', 'SELECT body FROM ana.notes'),
    ).toContain('[redacted]');
  });

  test('stay so for what was prepared under them', async () => {
    const client = await house.connect('masked');
    try {
      await client.query('SET standard_conforming_strings = off');
      const text = String.raw`SELECT 'a\'', body, ' b' FROM ana.notes --'`;
      await expect(client.query({ name: 'p', text })).rejects.toMatchObject({ code: '42501' });
      await client.query('SET standard_conforming_strings = on');
      const { rows } = await client.query<{ s: string }>(String.raw`SELECT 'a\b' AS s`);
      expect(rows).toEqual([{ s: String.raw`a\b` }]);
    } finally {
      await client.end();
    }
  });
});

describe('another encoding', () => {
  const asked = async (client: string, ...texts: Buffer[]): Promise<string> => {
    const file = join(house.folder, 'script.sql');
    await writeFile(file, Buffer.concat(texts));
    return psql(client, '\\set ON_ERROR_STOP 0', `\\i ${file}`);
  };
  const latin1 = (text: string): Buffer => Buffer.from(`${text};\n`, 'latin1');

  test('passes as it is where no rule asks what it means', async () => {
    const said = await asked(
      'open',
      latin1("SET client_encoding = 'LATIN1'"),
      latin1("SELECT length('h\u00e9'), 'plain'"),
    );
    expect(said).toBe('SET\n2|plain');
  });

  test('is not masked', async () => {
    const read = latin1('SELECT body FROM ana.notes');
    const hidden = latin1("SELECT '\u00e9', body FROM ana.notes");
    const changing = latin1("SET client_encoding = 'LATIN1'");
    expect(await asked('masked', changing, read)).toContain('denied by gateway.encoding');
    expect(await asked('masked', changing, hidden)).toContain('denied by');
    expect(await asked('masked', changing, hidden, read)).not.toContain('canary');
    const both = await psql('masked', "SET client_encoding = 'LATIN1'; SELECT body FROM ana.notes");
    expect(both).toContain('denied by gateway.encoding');
    expect(await asked('masked', changing, latin1("SET client_encoding = 'UTF8'"), read)).toContain(
      '[redacted]',
    );
  });

  test('has no names beyond ASCII', async () => {
    const client = await house.connect('open');
    try {
      await client.query("SET client_encoding = 'LATIN1'");
      const odd = client.query({ name: 'h\u00e9', text: 'SELECT 1' });
      await expect(odd).rejects.toMatchObject({ code: '42501' });
      await client.query("SET client_encoding = 'UTF8'");
      expect((await client.query({ name: 'h\u00e9', text: 'SELECT 1 AS one' })).rows).toEqual([{ one: 1 }]);
    } finally {
      await client.end();
    }
  });
});

describe('large objects of libpq', () => {
  test('come and go as they are, each call decided as its SELECT', async () => {
    const [into, out] = [join(house.folder, 'in'), join(house.folder, 'out')];
    const content = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251));
    await writeFile(into, content);
    const said = await psql('open', `\\lo_import ${into}`, 'SELECT max(oid) FROM pg_largeobject_metadata');
    const oid = /\d+$/.exec(said)![0];
    await psql('open', `\\lo_export ${oid} ${out}`);
    expect((await readFile(out)).equals(content)).toBe(true);
    const texts = (await house.events()).flatMap((event) => (event.kind === 'command' ? [event.text] : []));
    expect(texts).toEqual(
      expect.arrayContaining(['SELECT pg_catalog.lowrite($1, $2)', 'SELECT pg_catalog.loread($1, $2)']),
    );
    expect(await psql('strict', `\\lo_export ${oid} ${out}`)).toContain(
      'denied by all.large: no large objects here',
    );
  });
});
