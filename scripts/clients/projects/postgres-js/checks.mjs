/** What applications do with postgres.js; a line for each check. */
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres from 'postgres';

const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLROOTCERT } = process.env;

const connect = (more = {}) =>
  postgres({
    host: PGHOST,
    port: Number(PGPORT),
    user: PGUSER,
    password: PGPASSWORD,
    database: PGDATABASE,
    ssl: { ca: readFileSync(PGSSLROOTCERT, 'utf8') },
    max: 2,
    onnotice: () => undefined,
    ...more,
  });

const same = (left, right) => {
  const [a, b] = [left, right].map((value) =>
    JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
  );
  if (a !== b) throw new Error(`${a} and not ${b}`);
};

const fails = async (work, code) => {
  const error = await Promise.resolve(work).then(
    () => null,
    (reason) => reason,
  );
  same(error?.code, code);
};

const checks = {
  'values of many types': async (sql) => {
    const at = new Date('2026-01-02T03:04:05.678Z');
    const [row] =
      await sql`SELECT ${1}::int AS a, ${'ünï'} AS b, ${at}::timestamptz AS c, ${[1, 2]}::int[] AS d,
      ${sql.json({ x: [1, null] })}::jsonb AS e, ${null}::text AS f, ${true}::bool AS g, ${Buffer.from('ab')}::bytea AS h`;
    same(
      [row.a, row.b, row.c, row.d, row.e, row.f, row.g],
      [1, 'ünï', at, [1, 2], { x: [1, null] }, null, true],
    );
    same(row.h.toString(), 'ab');
  },
  'rows of objects': async (sql) => {
    const rows = [
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ];
    await sql`INSERT INTO things ${sql(rows)}`;
    await sql`UPDATE things SET ${sql({ name: 'z' }, 'name')} WHERE id = 1`;
    same(await sql`SELECT id, name FROM things WHERE id IN ${sql([1, 2])} ORDER BY id`, [
      { id: 1, name: 'z' },
      rows[1],
    ]);
    await sql`TRUNCATE things`;
  },
  'transactions and savepoints': async (sql) => {
    await sql.begin(async (tx) => {
      await tx`INSERT INTO things VALUES (1, 'kept')`;
      await tx
        .savepoint(async (inner) => {
          await inner`INSERT INTO things VALUES (2, 'dropped')`;
          throw new Error('back');
        })
        .catch(() => undefined);
    });
    await sql.begin('isolation level serializable read only', (tx) => tx`SELECT 1`);
    same(await sql`SELECT id FROM things`, [{ id: 1 }]);
    await sql`TRUNCATE things`;
  },
  'a pipeline in a transaction': async (sql) => {
    const results = await sql.begin((tx) => Array.from({ length: 50 }, (_, n) => tx`SELECT ${n}::int AS n`));
    same(
      results.map(([{ n }]) => n),
      Array.from({ length: 50 }, (_, n) => n),
    );
  },
  cursors: async (sql) => {
    let count = 0;
    for await (const rows of sql`SELECT * FROM generate_series(1, 1000)`.cursor(64)) count += rows.length;
    same(count, 1000);
  },
  'row by row': async (sql) => {
    let sum = 0;
    await sql`SELECT g FROM generate_series(1, 100) g`.forEach(({ g }) => (sum += g));
    same(sum, 5050);
  },
  'several statements at once': async (sql) => {
    const results = await sql`SELECT 1 AS a; SELECT 2 AS b`.simple();
    same(results, [[{ a: 1 }], [{ b: 2 }]]);
  },
  'COPY in and out': async (sql) => {
    await pipeline(Readable.from(['1\ta\n', '2\tb\n']), await sql`COPY things FROM STDIN`.writable());
    const chunks = [];
    for await (const chunk of await sql`COPY (SELECT * FROM things ORDER BY id) TO STDOUT`.readable())
      chunks.push(chunk);
    same(Buffer.concat(chunks).toString(), '1\ta\n2\tb\n');
    await sql`TRUNCATE things`;
  },
  'LISTEN and NOTIFY': async (sql) => {
    const heard = new Promise(
      (done) => void sql.listen('news', done, () => void sql.notify('news', 'hello')),
    );
    same(await heard, 'hello');
  },
  errors: async (sql) => {
    await fails(sql`SELECT 1 / 0`, '22012');
    await fails(sql`SELECT * FROM nothing_of_the_kind`, '42P01');
    await fails(sql`SELEC`, '42601');
    same(await sql`SELECT 1 AS a`, [{ a: 1 }]);
  },
  'a statement cancelled': async (sql) => {
    const query = sql`SELECT pg_sleep(30)`;
    setTimeout(() => query.cancel(), 300);
    await fails(query, '57014');
  },
  'what a statement is about': async (sql) => {
    const { types, columns } = await sql`SELECT id, name FROM things WHERE id = ${1}`.describe();
    same([types, columns.map(({ name }) => name)], [[23], ['id', 'name']]);
  },
  'large objects': async (sql) => {
    const object = await sql.largeObject();
    await pipeline(Readable.from([Buffer.alloc(5000, 1)]), await object.writable());
    const [{ size }] = await object.size();
    await object.close();
    same(Number(size), 5000);
  },
};

const unprepared = [
  'values of many types',
  'rows of objects',
  'transactions and savepoints',
  'errors',
  'cursors',
];

const sql = connect();
await sql`CREATE TABLE things (id int, name text)`;
for (const [name, check] of Object.entries(checks)) await report(name, sql, check);
const other = connect({ prepare: false });
for (const name of unprepared) await report(`unprepared, ${name}`, other, checks[name]);
const reserved = await sql.reserve();
await report('a connection of its own', reserved, async (one) => same(await one`SELECT 1 AS a`, [{ a: 1 }]));
reserved.release();
await Promise.all([sql.end({ timeout: 2 }), other.end({ timeout: 2 })]);
process.exit(0);

async function report(name, one, check) {
  const late = new Promise((_, fail) => setTimeout(fail, 20_000, new Error('no answer')).unref());
  await Promise.race([check(one), late]).then(
    () => console.log(`ok ${name}`),
    (error) => console.log(`not ok ${name}: ${error.message.replaceAll('\n', ' ')}`),
  );
}
