/**
 * The main job with nothing replaced: psql, pgbench and node-postgres, an OpenID provider, `policy serve`, PostgreSQL.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { QueryConfig } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandDecided } from '../../src/audit/event.js';
import { bootHouse, type House } from '../support/gateway.js';

const RULES = `package light

applies if target.name == "orders"

allow bench if "bench" in identity.groups

allow reads if {
  "ci-test" in identity.groups
  sql.read_only
}

## Written through psql's \\copy and by load tests.
allow loads if {
  "ci-test" in identity.groups
  every s in sql.statements {
    s.verb in {"insert", "copy", "update", "select", "begin", "commit", "rollback"}
    not "schema" in s.effects
  }
}

deny drop "a pipeline never drops or truncates" if {
  some s in sql.statements
  s.verb in {"drop", "truncate"}
} unless "bench" in identity.groups

review schema_change "schema change in production" by {"dba"} if {
  some s in sql.statements
  s.verb == "alter"
} unless "bench" in identity.groups

mask customer_email column "customers.email" with partial(4)
  unless "bench" in identity.groups
`;

let house: House;

beforeAll(async () => {
  house = await bootHouse({ 'light.rules': RULES }, ['ci-test', 'bench', 'stranger']);
}, 120_000);
afterAll(async () => {
  await house.stop();
}, 60_000);

async function commands(): Promise<CommandDecided[]> {
  return (await house.events()).filter(
    (event): event is typeof event & CommandDecided => event.kind === 'command',
  );
}

describe('a refused DROP', () => {
  test('by psql: 42501, and the session goes on', async () => {
    const { stdout, stderr } = await house.psql('ci-test', [
      '-At',
      '-v',
      'VERBOSITY=verbose',
      '-c',
      'DROP TABLE orders',
      '-c',
      'SELECT count(*) FROM orders',
    ]);
    expect(stderr).toContain('42501');
    expect(stderr).toContain('light.drop');
    expect(stderr).toContain('a pipeline never drops or truncates');
    expect(stdout.trim()).toBe('100');
  });

  test('inside a transaction: the transaction fails as it would by an error of the server, and rolls back', async () => {
    const client = await house.connect('ci-test');
    try {
      await client.query('BEGIN');
      await client.query("INSERT INTO orders VALUES (1001, 1, 'new', 1)");
      await expect(client.query('DROP TABLE orders')).rejects.toMatchObject({ code: '42501' });
      await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '25P02' });
      await client.query('ROLLBACK');
      const { rows } = await client.query('SELECT count(*)::int AS n FROM orders WHERE id = 1001');
      expect(rows).toEqual([{ n: 0 }]);
    } finally {
      await client.end();
    }
  });

  test('by the extended protocol, in and out of a transaction', async () => {
    const client = await house.connect('ci-test');
    try {
      await expect(
        client.query({ text: 'DROP TABLE orders', values: [], name: 'gone' }),
      ).rejects.toMatchObject({ code: '42501' });
      expect((await client.query('SELECT $1::int AS one', [1])).rows).toEqual([{ one: 1 }]);
      await client.query('BEGIN');
      await expect(
        client.query({ text: 'TRUNCATE orders', values: [], name: 'empty' }),
      ).rejects.toMatchObject({ code: '42501' });
      await client.query('ROLLBACK');
      expect((await client.query('SELECT $1::int AS two', [2])).rows).toEqual([{ two: 2 }]);
    } finally {
      await client.end();
    }
  });

  test("never reached the server, says the server's own log, and the record says why", async () => {
    expect(house.server.log()).not.toMatch(/DROP TABLE orders|TRUNCATE orders/);
    const refused = (await commands()).filter((event) => event.text === 'DROP TABLE orders');
    expect(refused.length).toBeGreaterThanOrEqual(3);
    for (const event of refused) {
      expect(event.forwarded).toBe(false);
      expect(event.decision.effect).toBe('deny');
      expect(event.decision.reasons).toContain('a pipeline never drops or truncates');
    }
  });

  test('a statement that waits for review is refused with who could approve it', async () => {
    const { stderr } = await house.psql('ci-test', ['-c', 'ALTER TABLE orders ADD note text']);
    expect(stderr).toContain('needs review by dba');
  });
});

describe('a masked column', () => {
  const queries = [
    'SELECT email AS e FROM customers ORDER BY id',
    'SELECT c.* FROM customers c ORDER BY id',
    'WITH x AS (SELECT id, email AS y FROM customers) SELECT y FROM x ORDER BY id',
    'SELECT email FROM customers UNION SELECT email FROM customers',
    'SELECT sub.e FROM (SELECT email AS e FROM customers) sub',
    'SELECT upper(email) FROM customers',
    'SELECT id, c, row_to_json(c) FROM customers c',
    'SELECT (SELECT email FROM customers WHERE id = 1)',
    "SELECT string_agg(email, ',') FROM customers",
  ];
  test.each(queries)('is masked in %s', async (query) => {
    const { stdout, stderr } = await house.psql('ci-test', ['-At', '-c', query]);
    expect(stdout + stderr).not.toMatch(/ada\.one|bo\.two|ADA\.ONE/);
    expect(stderr).toBe('');
    expect(stdout.trim()).not.toBe('');
  });

  test.each(queries)('is masked in binary format in %s', async (text) => {
    const client = await house.connect('ci-test');
    try {
      const config = { text, queryMode: 'extended', binary: true, types: { getTypeParser: () => String } };
      const { rows } = await client.query(config as unknown as QueryConfig);
      expect(rows.length).toBeGreaterThan(0);
      expect(JSON.stringify(rows)).not.toMatch(/ada\.one|bo\.two|ADA\.ONE/);
    } finally {
      await client.end();
    }
  });

  test('shows its last characters, and columns beside it as they are', async () => {
    const { stdout } = await house.psql('ci-test', [
      '-At',
      '-c',
      'SELECT name, email FROM customers WHERE id = 1',
    ]);
    expect(stdout.trim()).toMatch(/^Ada\|\*+\.com$/);
  });

  test('is not copied to where it would be seen', async () => {
    const moves = [
      'CREATE TEMP TABLE t AS SELECT email FROM customers',
      'INSERT INTO orders SELECT 2000, 1, email, 1 FROM customers',
      'UPDATE orders SET status = email FROM customers WHERE customers.id = orders.customer_id',
    ];
    for (const move of moves) expect((await house.psql('ci-test', ['-c', move])).stderr).toMatch(/denied/);
    expect(house.server.log()).not.toMatch(/CREATE TEMP TABLE t|SELECT 2000|SET status = email/);
  });

  test('the record holds what the client saw', async () => {
    const text = (await Promise.all((await house.recordings()).map((path) => readFile(path, 'utf8')))).join(
      '\n',
    );
    expect(text).not.toMatch(/ada\.one@example|bo\.two@example/);
  });
});

describe('the same bytes as direct', () => {
  test.each([
    ['a report', ['-c', 'SELECT * FROM orders ORDER BY id']],
    ['csv', ['--csv', '-c', 'SELECT id, status FROM orders ORDER BY id']],
    ['an error', ['-c', 'SELECT nothing FROM orders']],
    ['several statements', ['-c', 'SELECT 1; SELECT 2 AS two; SELECT NULL, true, 1.5']],
    ['\\copy out', ['-c', '\\copy orders TO STDOUT']],
    [
      '\\copy out as csv',
      ['-c', '\\copy (SELECT id, status FROM orders ORDER BY id) TO STDOUT WITH (FORMAT csv, HEADER)'],
    ],
    ['an empty text', ['-c', ';']],
    ['a long row', ['-At', '-c', "SELECT repeat('x', 3000000)"]],
  ])('%s', async (_, args) => {
    const direct = await house.direct(args);
    const through = await house.psql('ci-test', args);
    expect(through.stdout).toBe(direct.stdout);
    expect(through.stderr.replace(/^.*psql:/, '')).toBe(direct.stderr.replace(/^.*psql:/, ''));
    expect(through.code).toBe(direct.code);
  });

  test('\\copy in', async () => {
    const file = join(house.folder, 'rows.tsv');
    const rows = Array.from({ length: 20_000 }, (_, i) => `${10_000 + i}\t1\tcopied\t${i}`);
    await writeFile(file, `${rows.join('\n')}\n`);
    const { stdout, stderr } = await house.psql('ci-test', ['-c', `\\copy orders FROM '${file}'`]);
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe('COPY 20000');
    expect(
      await house.server.query("SELECT count(*)::int AS n FROM orders WHERE status = 'copied'", 'shop'),
    ).toEqual([{ n: 20_000 }]);
  });
});

describe('pgbench', () => {
  test('runs unmodified in each of its modes', async () => {
    const token = await house.oidc.tokenFor('bench');
    const env = {
      ...process.env,
      PGHOST: '127.0.0.1',
      PGPORT: String(house.port),
      PGUSER: 'bench',
      PGPASSWORD: token,
      PGDATABASE: 'orders',
    };
    const filled = await pgbench(['-i', '-q', '-s', '1'], env);
    expect([filled.code, filled.output]).toEqual([0, expect.stringContaining('done in')]);
    for (const mode of ['simple', 'extended', 'prepared']) {
      const { code, output } = await pgbench(['-n', '-M', mode, '-c', '4', '-j', '2', '-t', '50'], env);
      expect(output).toContain('number of failed transactions: 0');
      expect(code).toBe(0);
    }
  }, 120_000);
});

function pgbench(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  return new Promise((done) => {
    const child = spawn('pgbench', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => done({ code, output }));
  });
}

describe('tokens', () => {
  const attempt = async (token: string): Promise<string> => {
    const { stderr, code } = await house.psqlWith(token, ['-c', 'SELECT 1']);
    expect(code).toBe(2);
    return stderr;
  };

  test('that do not verify are refused alike, and recorded with the reason', async () => {
    const now = Math.floor(Date.now() / 1000);
    const none = [
      { alg: 'none', typ: 'JWT' },
      { iss: house.oidc.issuer, aud: house.oidc.audience, sub: 'x', exp: now + 600 },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const tokens = {
      issuer: await house.oidc.sign({ claims: { iss: 'https://elsewhere.example' } }),
      none: `${none}.`,
      unsigned: (await house.oidc.sign()).replace(/\.[^.]*$/, '.'),
      garbage: 'not a token',
    };
    const answers = new Set<string>();
    for (const token of Object.values(tokens))
      answers.add((await attempt(token)).replace(/^.*FATAL/s, 'FATAL'));
    expect(answers.size).toBe(1);
    const refused = (await house.events()).filter((event) => event.kind === 'refused');
    expect(refused.length).toBe(Object.keys(tokens).length);
    const text = JSON.stringify(refused);
    for (const token of Object.values(tokens)) expect(text).not.toContain(token);
  });

  test('that expire end the session, which says why', async () => {
    const token = await house.oidc.sign({
      claims: { sub: 'ci-test', groups: ['ci-test'], exp: Math.floor(Date.now() / 1000) + 3 },
    });
    const client = await house.connectWith(token);
    const failed = new Promise<Error>((done) => client.on('error', done));
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(await failed).toMatchObject({
      code: '28000',
      message: expect.stringContaining('expired') as unknown,
    });
    await expect(client.query('SELECT 1')).rejects.toThrow();
  });
});

describe('kill -9 under load', () => {
  test('loses no statement that was forwarded', async () => {
    const marker = 'kept';
    const clients = await Promise.all([1, 2, 3, 4].map(() => house.connect('ci-test')));
    for (const client of clients) client.on('error', () => undefined);
    let sent = 0;
    const load = clients.map(async (client) => {
      for (;;) await client.query(`SELECT ${++sent} AS ${marker}`);
    });
    for (let tries = 0; sent < 400 && tries < 1000; tries++) await sleep(20);
    house.gateway().kill('SIGKILL');
    await Promise.allSettled(load);
    const seen = [...house.server.log().matchAll(/SELECT (\d+) AS kept/g)].map((match) => match[1]);
    const recorded = new Set(
      (await recordedTexts(house)).map((text) => /SELECT (\d+) AS kept/.exec(text)?.[1]),
    );
    expect(seen.length).toBeGreaterThan(100);
    expect(seen.filter((number) => !recorded.has(number))).toEqual([]);
    for (const path of await house.recordings()) {
      const { stdout, code } = await house.policy(['audit', 'verify', path]);
      expect([code, stdout]).toEqual([0, expect.any(String)]);
    }
    await house.restart();
  }, 120_000);
});

/** Texts of all whole events: the last line of a killed gateway may be torn. */
async function recordedTexts(from: House): Promise<string[]> {
  const texts = await Promise.all((await from.recordings()).map((path) => readFile(path, 'utf8')));
  return texts.flatMap((text) =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { text?: string }).text ?? ''),
  );
}

describe('replay', () => {
  test('shows what a change of the rules would change, and fails where it opens', async () => {
    const recordings = join(house.folder, 'recordings');
    const same = await house.policy(['replay', recordings, '--rules', join(house.folder, 'rules')]);
    expect(same.code).toBe(0);
    const opened = join(house.folder, 'opened');
    await house.writeRulesTo(opened, {
      'light.rules': RULES.replace(/^mask[\s\S]*$/m, '')
        .replace('s.verb in {"drop", "truncate"}', 's.verb == "truncate"')
        .replace('allow bench if "bench" in identity.groups', 'allow bench'),
    });
    const open = await house.policy(['replay', recordings, '--rules', opened]);
    expect(open.code).toBe(1);
    expect(open.stdout).toContain('deny → allow');
    expect(open.stdout).toMatch(/mask .*customers\.email.* lost/);
  });
});

/** Last: what is replayed above has the tables that were there from the beginning. */
describe('what was made past the gateway a moment ago', () => {
  /** After the last reading of the catalogue a name that it lacks is asked for again. */
  const RENEWED_MS = 1100;

  test.each([
    ['a table', 'CREATE TABLE made AS SELECT 7 AS seven', 'SELECT seven FROM made', [{ seven: 7 }]],
    ['a column', 'ALTER TABLE made ADD COLUMN eight int DEFAULT 8', 'SELECT eight FROM made', [{ eight: 8 }]],
    [
      'a function',
      "CREATE FUNCTION nine() RETURNS int LANGUAGE sql AS 'SELECT 9'",
      'SELECT nine()',
      [{ nine: 9 }],
    ],
    [
      'a view over what is masked',
      'CREATE VIEW shown AS SELECT email AS e FROM customers WHERE id = 1',
      'SELECT e FROM shown',
      [{ e: expect.stringMatching(/^\*+\.com$/) }],
    ],
  ])('is known when it is named: %s', async (_, made, asked, rows) => {
    const client = await house.connect('ci-test');
    try {
      for (const config of [asked, { text: asked, name: 'prepared' }]) {
        await client.query('SELECT 1');
        if (config === asked) await house.server.query(made, 'shop');
        if (config === asked) await sleep(RENEWED_MS);
        expect((await client.query(config)).rows).toEqual(rows);
      }
    } finally {
      await client.end();
    }
  });

  test('what is not there at all is refused in the words of the server', async () => {
    const client = await house.connect('ci-test');
    try {
      await sleep(RENEWED_MS);
      for (let i = 0; i < 3; i++)
        await expect(client.query('SELECT * FROM not_there')).rejects.toMatchObject({ code: '42P01' });
    } finally {
      await client.end();
    }
  });
});
