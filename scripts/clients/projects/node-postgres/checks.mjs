/** What applications do with node-postgres; a line for each check. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';

// All but the certificate is in libpq's variables, which node-postgres reads.
const settings = { ssl: { ca: readFileSync(process.env.PGSSLROOTCERT, 'utf8') } };

const same = (left, right) => {
  const [a, b] = [left, right].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${a} and not ${b}`);
};

const fails = async (work, code) => {
  const error = await work.then(
    () => null,
    (reason) => reason,
  );
  same(error?.code, code);
};

const checks = {
  'values of many types': async (client) => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    const text =
      'SELECT $1::int a, $2::text b, $3::timestamptz c, $4::int[] d, $5::jsonb e, $6::text f, $7::bytea g';
    const { rows } = await client.query(text, [
      1,
      'ünï',
      at,
      [1, 2],
      { x: [1, null] },
      null,
      Buffer.from('ab'),
    ]);
    same(rows, [{ a: 1, b: 'ünï', c: at, d: [1, 2], e: { x: [1, null] }, f: null, g: Buffer.from('ab') }]);
  },
  'named statements': async (client) => {
    for (let n = 0; n < 5; n++) {
      const { rows } = await client.query({ name: 'sum', text: 'SELECT $1::int + 1 AS n', values: [n] });
      same(rows, [{ n: n + 1 }]);
    }
  },
  'binary results': async (client) => {
    const { rows } = await client.query({ text: 'SELECT 7::int AS n', binary: true });
    same(rows, [{ n: 7 }]);
  },
  'rows as arrays': async (client) => {
    const { rows, fields } = await client.query({ text: `SELECT 1 a, 'b' a`, rowMode: 'array' });
    same([rows, fields.length], [[[1, 'b']], 2]);
  },
  'several statements at once': async (client) => {
    const results = await client.query(
      `SELECT 1 a; INSERT INTO things VALUES (1, 'x'); SELECT count(*) FROM things`,
    );
    same(
      results.map(({ command, rowCount }) => [command, rowCount]),
      [
        ['SELECT', 1],
        ['INSERT', 1],
        ['SELECT', 1],
      ],
    );
    await client.query('TRUNCATE things');
  },
  'a transaction that fails': async (client) => {
    await client.query('BEGIN');
    await client.query(`INSERT INTO things VALUES (1, 'x')`);
    await fails(client.query('SELECT 1 / 0'), '22012');
    await fails(client.query('SELECT 1'), '25P02');
    await client.query('ROLLBACK');
    same((await client.query('SELECT * FROM things')).rows, []);
  },
  cursors: async (client) => {
    const cursor = client.query(new Cursor('SELECT g FROM generate_series(1, 100) g WHERE g > $1', [10]));
    same(
      (await cursor.read(3)).map(({ g }) => g),
      [11, 12, 13],
    );
    same((await cursor.read(1000)).length, 87);
    await cursor.close();
  },
  'a stream that is left early': async (client) => {
    const stream = client.query(
      new QueryStream('SELECT g FROM generate_series(1, 100000) g', [], { highWaterMark: 10 }),
    );
    for await (const { g } of stream) if (g === 25) break;
    same((await client.query('SELECT 1 AS a')).rows, [{ a: 1 }]);
  },
  'COPY in and out': async (client) => {
    await pipeline(
      Readable.from(['1,a\n', '2,"b,"\n']),
      client.query(copyFrom('COPY things FROM STDIN (FORMAT csv)')),
    );
    const chunks = [];
    for await (const chunk of client.query(copyTo('COPY (SELECT * FROM things ORDER BY id) TO STDOUT')))
      chunks.push(chunk);
    same(Buffer.concat(chunks).toString(), '1\ta\n2\tb,\n');
    await client.query('TRUNCATE things');
  },
  'LISTEN and NOTIFY': async (client) => {
    const heard = new Promise((done) => client.once('notification', ({ payload }) => done(payload)));
    await client.query('LISTEN news');
    await client.query(`NOTIFY news, 'hello'`);
    same(await heard, 'hello');
    await client.query('UNLISTEN *');
  },
  notices: async (client) => {
    const heard = new Promise((done) => client.once('notice', ({ message }) => done(message)));
    await client.query('DROP TABLE IF EXISTS nothing_of_the_kind');
    same(await heard, 'table "nothing_of_the_kind" does not exist, skipping');
  },
  'errors keep their fields': async (client) => {
    await client.query('CREATE TEMP TABLE unique_things (id int PRIMARY KEY)');
    await client.query('INSERT INTO unique_things VALUES (1)');
    const error = await client.query('INSERT INTO unique_things VALUES (1)').catch((reason) => reason);
    same([error.code, error.constraint, error.table], ['23505', 'unique_things_pkey', 'unique_things']);
    await fails(client.query('SELECT * FROM nothing_of_the_kind'), '42P01');
    await fails(client.query('SELECT $1::int', ['x']), '22P02');
  },
  'many at once': async (client) => {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, n) => client.query('SELECT $1::int AS n', [n])),
    );
    same(
      results.map(({ rows }) => rows[0].n),
      Array.from({ length: 100 }, (_, n) => n),
    );
  },
  'advisory locks': async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [42]);
    same((await client.query('SELECT pg_advisory_unlock($1) AS free', [42])).rows, [{ free: true }]);
  },
};

const client = new pg.Client(settings);
client.on('error', () => undefined);
await client.connect();
await client.query('CREATE TABLE things (id int, name text)');
for (const [name, check] of Object.entries(checks)) await report(name, () => check(client));
await client.end();
await report('a pool', async () => {
  const pool = new pg.Pool({ ...settings, max: 3 });
  const all = await Promise.all(Array.from({ length: 30 }, () => pool.query('SELECT 1 AS a')));
  same(all.length, 30);
  await pool.end();
});
await report('a time limit at the start', async () => {
  const limited = new pg.Client({ ...settings, statement_timeout: 300 });
  await limited.connect();
  await fails(limited.query('SELECT pg_sleep(20)'), '57014');
  await limited.end();
});
await report('options at the start', async () => {
  const one = new pg.Client({ ...settings, application_name: 'checks', options: '-c lock_timeout=5000' });
  await one.connect();
  same((await one.query('SHOW application_name')).rows, [{ application_name: 'checks' }]);
  same((await one.query('SHOW lock_timeout')).rows, [{ lock_timeout: '5s' }]);
  await one.end();
});
process.exit(0);

async function report(name, check) {
  const late = new Promise((_, fail) => setTimeout(fail, 20_000, new Error('no answer')).unref());
  await Promise.race([check(), late]).then(
    () => console.log(`ok ${name}`),
    (error) => console.log(`not ok ${name}: ${error.message.replaceAll('\n', ' ')}`),
  );
}
