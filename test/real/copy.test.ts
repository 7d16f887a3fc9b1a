/**
 * COPY out of masked columns against a real server. The oracle is the server itself: what it copies where the query puts the
 * mask in the value's place is what the gateway must show, byte for byte.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package copies

allow everything

mask email column "people.email", "people.number", "wide.secret" with redact
mask cards pattern credit_card with replace("####")
`;

const OBJECTS = `
  CREATE TABLE people (id int, name text, email varchar(80), number int, key uuid, note text, twice text GENERATED ALWAYS AS (name || name) STORED);
  INSERT INTO people (id, name, email, number, note) VALUES
    (1, 'Ada', 'zqx1canary@example.com', 7001, NULL),
    (2, E'a\\tb\\nc\\\\d,"e"|f''g', E'zqx2canary"\\t,\\n\\\\|''@example.com', NULL, 'paid with 4111 1111 1111 1111'),
    (3, '', '', 7003, ''),
    (4, NULL, NULL, 7004, '\\N'),
    (5, '\\.', '[redacted]', 7005, repeat('wide ', 400));
  CREATE TABLE wide (id int, secret text, body text);
  INSERT INTO wide SELECT n, 'zqx' || n || 'canary', repeat('x', 900000) FROM generate_series(1, 8) n;
  CREATE TABLE none ();
  INSERT INTO none DEFAULT VALUES;`;

const CANARY = /zqx\d|canary|4111 ?1111|\b700\d/;

let house: House;
beforeAll(async () => {
  house = await bootHouse({ 'copies.rules': RULES }, ['anybody'], OBJECTS);
}, 120_000);
afterAll(async () => {
  await house.stop();
}, 60_000);

const copies = async (command: string): Promise<{ stdout: string; stderr: string; code: number }> =>
  house.psql('anybody', ['-c', command]);
const direct = async (command: string): Promise<string> => (await house.direct(['-c', command])).stdout;

const PLAIN = 'SELECT id, name, email, number, key, note FROM people ORDER BY id';
/** What PLAIN answers where the masks are in it. */
const WANTED = `SELECT id, name, CASE WHEN email IS NOT NULL THEN '[redacted]' END AS email, NULL::int AS number, key,
  replace(note, '4111 1111 1111 1111', '####') AS note FROM people ORDER BY id`;

describe('the bytes are those of the server, with the masks in their places', () => {
  test.each([
    '',
    'WITH (HEADER)',
    "WITH (DELIMITER '|')",
    "WITH (DELIMITER '[')",
    'WITH (FORMAT csv)',
    'WITH (FORMAT csv, HEADER true)',
    "WITH (FORMAT csv, QUOTE '''', ESCAPE '\\', DELIMITER '|')",
    'WITH (FORMAT csv, QUOTE 2, DELIMITER 1, ESCAPE 3)',
    "WITH (FORMAT csv, ESCAPE ',')",
    "WITH (FORMAT csv, NULL '[redacted]')",
    'WITH (FORMAT csv, FORCE_QUOTE *)',
    'WITH (FORMAT csv, FORCE_QUOTE (email, id))',
    "WITH (FORMAT csv, ENCODING 'UTF-8')",
    "CSV HEADER QUOTE AS '''' NULL AS 'x' FORCE QUOTE email",
    "DELIMITER ';'",
    'WITH (FORMAT binary)',
    'BINARY',
  ])('COPY (…) TO STDOUT %s', async (options) => {
    const through = await copies(`COPY (${PLAIN}) TO STDOUT ${options}`);
    expect(through.stderr).toBe('');
    expect(through.stdout).not.toMatch(CANARY);
    expect(through.stdout).toBe(await direct(`COPY (${WANTED}) TO STDOUT ${options}`));
  });

  test('a table leaves its generated columns out, and so does the mask', async () => {
    const through = await copies('COPY people TO STDOUT WITH (FORMAT csv, HEADER)');
    expect(through.stdout).toBe(await direct(`COPY (${WANTED}) TO STDOUT WITH (FORMAT csv, HEADER)`));
  });

  test.each([
    ['COPY people (email, id) TO STDOUT', 'COPY (SELECT email, id FROM masked) TO STDOUT'],
    ['COPY (TABLE none) TO STDOUT', 'COPY none TO STDOUT'],
    ["COPY (SELECT 'x' || email, id FROM people) TO STDOUT", 'COPY (SELECT email, id FROM masked) TO STDOUT'],
  ])('%s', async (command, wanted) => {
    const masked = `WITH masked AS (${WANTED}) SELECT`;
    const through = await copies(command);
    expect(through.stderr).toBe('');
    expect(through.stdout).toBe(await direct(wanted.replace('COPY (SELECT', `COPY (${masked}`)));
  });

  test('a value that may be NULL spelt in words is taken for the value: it would confirm a guess', async () => {
    const through = await copies(
      "COPY (SELECT id, email FROM people ORDER BY id) TO STDOUT (NULL 'zqx1canary@example.com')",
    );
    expect(through.stdout).toBe([1, 2, 3, 4, 5].map((id) => `${id}\t[redacted]\n`).join(''));
  });

  test('rows larger than a chunk of the network', async () => {
    const command = (secret: string): string =>
      `COPY (SELECT id, body, ${secret}, body, body FROM wide) TO STDOUT`;
    const through = await copies(command('secret'));
    expect(through.stdout === (await direct(command("'[redacted]'")))).toBe(true);
  });
});

describe('what cannot be read is refused', () => {
  test.each([
    "COPY people TO STDOUT WITH (ENCODING 'SJIS')",
    "COPY people TO STDOUT WITH (ENCODING 'LATIN1')",
    "COPY people TO STDOUT WITH (FORMAT csv, QUOTE E'\\n')",
    "COPY people TO STDOUT WITH (FORMAT 'json')",
    "COPY people TO '/tmp/sallyport-copied'",
    "COPY people TO PROGRAM 'cat >&2'",
  ])('%s', async (command) => {
    const { stdout, stderr, code } = await copies(command);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/denied/);
    expect(code).not.toBe(0);
  });
});

test('an error in the middle of COPY says nothing, and the session goes on', async () => {
  const command = 'COPY (SELECT email, 1 / (id - 4), email::int FROM people ORDER BY id) TO STDOUT';
  const { stdout, stderr } = await house.psql('anybody', ['-c', command, '-c', 'SELECT 40 + 2']);
  expect(stdout + stderr).not.toMatch(CANARY);
  expect(stdout).toContain('42');
});

test('psql saves what it was shown', async () => {
  const file = join(house.folder, 'saved.csv');
  const { stderr } = await copies(`\\copy people (id, email) TO '${file}' CSV`);
  expect(stderr).toBe('');
  expect(await readFile(file, 'utf8')).toBe('1,[redacted]\n2,[redacted]\n3,[redacted]\n4,\n5,[redacted]\n');
});
