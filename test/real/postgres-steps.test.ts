/**
 * Both ends stay in step: whatever a client sends, the gateway answers with the messages that the server would have sent.
 * A refusal stands for an error of the server in the same place.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startPostgresProxy } from '../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../proxy/postgres/proxy.js';
import { fakeDoor } from '../proxy/postgres/fake-session.js';
import type { FakeDoor } from '../proxy/postgres/fake-session.js';
import { errors, letters, rows, say, sqlstates, WireClient } from '../proxy/postgres/wire-client.js';
import type { Heard } from '../proxy/postgres/wire-client.js';
import { bootPostgres } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';

let server: PostgresServer;
let proxy: PostgresProxy;
let door: FakeDoor;

beforeAll(async () => {
  server = await bootPostgres({ auth: 'trust' });
  await server.query('CREATE TABLE kept (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, note text)');
  const { host, port, user, password } = server;
  const upstream = { host, port, user, password, database: 'postgres', tls: { kind: 'off' as const } };
  door = fakeDoor(upstream, { deny: /forbidden/, mask: /masked/ });
  proxy = await startPostgresProxy({ gateway: door, host, port: 0, tls: null });
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
});

async function through(): Promise<WireClient> {
  return WireClient.start(proxy.port, 'ci', 'orders');
}

async function direct(): Promise<WireClient> {
  return WireClient.start(server.port, 'postgres', 'postgres');
}

/** What a refused text stands for when the server is asked directly: an error at the same place. */
const AN_ERROR = 'SELECT no_such_column';

/** The same conversation with both; each step is sent when the one before is answered. */
async function compare(
  steps: readonly (readonly Buffer[])[],
  same: (heard: readonly Heard[]) => unknown,
): Promise<void> {
  const [one, other] = [await through(), await direct()];
  try {
    for (const step of steps) {
      const readies = step.filter((message) => message[0] === 0x53 || message[0] === 0x51).length;
      const a = await one.ask(step, readies);
      const b = await other.ask(step, readies);
      expect(same(a)).toEqual(same(b));
    }
  } finally {
    one.end();
    other.end();
  }
}

const hex = (heard: readonly Heard[]): readonly string[] => heard.map(({ bytes }) => bytes.toString('hex'));

describe('the same bytes as direct where nothing is refused or masked', () => {
  test.each<[string, Buffer[][]]>([
    ['simple', [[say.query('SELECT 1 AS a, NULL AS b')]]],
    ['empty', [[say.query('')], [say.query(' ; ')]]],
    ['several statements', [[say.query('SELECT 1; SELECT 2, 3; SELECT generate_series(1, 3)')]]],
    ['an error', [[say.query('SELECT 1; SELECT 1/0; SELECT 2')]]],
    ['a syntax error', [[say.query('SELEC 1')]]],
    [
      'a transaction',
      [[say.query('BEGIN')], [say.query('SELECT 1/0')], [say.query('SELECT 1')], [say.query('ROLLBACK')]],
    ],
    ['a notice', [[say.query("DO $$ BEGIN RAISE NOTICE 'hello'; END $$")]]],
    [
      'extended',
      [[say.parse('SELECT $1::int + 1'), say.bind(['41']), say.describe(), say.execute(), say.sync()]],
    ],
    [
      'binary',
      [
        [
          say.parse('SELECT 7::int, 2.5::float8'),
          say.bind([], '', '', true),
          say.describe(),
          say.execute(),
          say.sync(),
        ],
      ],
    ],
    [
      'named',
      [
        [say.parse('SELECT $1::text', 'one'), say.describe('one', 'statement'), say.sync()],
        [say.bind(['x'], 'one', 'p'), say.execute('p'), say.bind(['y'], 'one'), say.execute(), say.sync()],
        [say.close('one', 'statement'), say.sync()],
        [say.bind(['x'], 'one'), say.execute(), say.sync()],
      ],
    ],
    [
      'portals with row limits',
      [
        [say.query('BEGIN')],
        [
          say.parse('SELECT generate_series(1, 5)'),
          say.bind(),
          say.execute('', 2),
          say.execute('', 2),
          say.execute('', 2),
          say.sync(),
        ],
        [say.query('COMMIT')],
      ],
    ],
    [
      'an unnamed statement used again',
      [
        [say.parse('SELECT 5'), say.sync()],
        [say.bind(), say.execute(), say.sync()],
        [say.query('SELECT 6')],
        [say.bind(), say.sync()],
      ],
    ],
    [
      'flush',
      [[say.parse('SELECT 1'), say.flush(), say.bind(), say.flush(), say.execute(), say.flush(), say.sync()]],
    ],
    [
      'a pipeline of many',
      [
        [
          ...Array.from({ length: 50 }, (_, i) => [
            say.parse(`SELECT ${i}`),
            say.bind(),
            say.execute(),
            say.sync(),
          ]).flat(),
        ],
      ],
    ],
    [
      'an error in a pipeline',
      [
        [
          say.parse('SELECT 1/$1::int'),
          say.bind(['0']),
          say.execute(),
          say.parse('SELECT 2'),
          say.bind(),
          say.execute(),
          say.sync(),
          say.parse('SELECT 3'),
          say.bind(),
          say.execute(),
          say.sync(),
        ],
      ],
    ],
    [
      'an implicit transaction',
      [
        [
          say.parse("INSERT INTO kept VALUES (1, 'a')"),
          say.bind(),
          say.execute(),
          say.parse('SELECT 1/0'),
          say.bind(),
          say.execute(),
          say.sync(),
        ],
        [say.query('SELECT count(*) FROM kept')],
      ],
    ],
    [
      'a Query inside a pipeline',
      [[say.parse('SELECT 1'), say.bind(), say.execute(), say.query('SELECT 2')], [say.query('SELECT 3')]],
    ],
    [
      'an error at COMMIT',
      [
        [say.query('BEGIN; INSERT INTO kept VALUES (9), (9)')],
        [say.query('COMMIT')],
        [say.query('SELECT 1')],
      ],
    ],
    [
      'an error at Sync',
      [
        [say.parse('INSERT INTO kept VALUES (9), (9)'), say.bind(), say.execute(), say.sync()],
        [say.query('SELECT 1')],
      ],
    ],
    ['copy out', [[say.query('COPY (SELECT generate_series(1, 3)) TO STDOUT')]]],
    [
      'settings',
      [
        [say.query("SET search_path = 'pg_catalog'; SHOW search_path")],
        [say.query('RESET ALL')],
        [say.query('SHOW search_path')],
      ],
    ],
    [
      'set transaction after a setting',
      [
        [say.query('BEGIN')],
        [say.query('SET LOCAL work_mem = 1024')],
        [say.query('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE')],
        [say.query('SELECT 1')],
        [say.query('COMMIT')],
      ],
    ],
    [
      'prepare and execute',
      [
        [say.query('PREPARE q AS SELECT 1')],
        [say.query('EXECUTE q')],
        [say.bind([], 'q'), say.execute(), say.sync()],
        [say.query('PREPARE q AS SELECT 2')],
        [say.query('EXECUTE q')],
        [say.query('DEALLOCATE ALL')],
        [say.query('EXECUTE q')],
      ],
    ],
    [
      'cursors',
      [
        [say.query('BEGIN')],
        [say.query('DECLARE c CURSOR FOR SELECT generate_series(1, 9)')],
        [say.query('FETCH 2 FROM c')],
        [say.query('FETCH ALL FROM c')],
        [say.query('COMMIT')],
      ],
    ],
    [
      'describe of what is not there',
      [[say.describe('nothing', 'statement'), say.describe('nothing'), say.sync()]],
    ],
    [
      'code in a pipeline',
      [
        [
          say.parse('DO $$ BEGIN END $$'),
          say.bind(),
          say.execute(),
          say.parse('SELECT 1'),
          say.bind(),
          say.execute(),
          say.sync(),
        ],
      ],
    ],
  ])('%s', async (_name, steps) => {
    await compare(steps, hex);
  });

  test('COPY FROM STDIN, ended and failed', async () => {
    const [one, other] = [await through(), await direct()];
    const talk = async (client: WireClient): Promise<readonly string[]> => {
      client.heard.length = 0;
      client.send(say.query('CREATE TEMP TABLE c (a int, b text)'));
      for (const last of [say.copyDone(), say.copyFail('enough')]) {
        await client.until(() => client.heard.at(-1)?.type === 'Z');
        client.send(say.query('COPY c FROM STDIN'));
        await client.until(() => client.heard.at(-1)?.type === 'G');
        client.send(say.copyData('1\tone\n2'), say.copyData('\ttwo\n'), last);
        await client.until(() => client.heard.at(-1)?.type === 'Z');
      }
      client.send(say.query('COPY c TO STDOUT'));
      await client.until(() => client.heard.at(-1)?.type === 'Z');
      return hex(client.heard);
    };
    expect(await talk(one)).toEqual(await talk(other));
    one.end();
    other.end();
  });

  test('COPY FROM STDIN in the extended protocol, with the Sync that the server ignores', async () => {
    const [one, other] = [await through(), await direct()];
    const talk = async (client: WireClient): Promise<readonly string[]> => {
      await client.ask([say.query('CREATE TEMP TABLE c (a int)')]);
      client.heard.length = 0;
      client.send(say.parse('COPY c FROM STDIN'), say.bind(), say.describe(), say.execute(), say.sync());
      await client.until(() => client.heard.at(-1)?.type === 'G');
      client.send(say.copyData('1\n'), say.copyDone(), say.sync());
      await client.until(() => client.heard.at(-1)?.type === 'Z');
      client.send(say.parse('SELECT * FROM c'), say.bind(), say.execute(), say.sync());
      await client.until(() => client.heard.filter(({ type }) => type === 'Z').length === 2);
      return hex(client.heard);
    };
    expect(await talk(one)).toEqual(await talk(other));
    one.end();
    other.end();
  });
});

describe('a refusal', () => {
  const forbidden = (text: string): string => `${text} /* forbidden */`;

  /** Steps for the gateway, and the same with an error of the server in the place of each refusal. */
  async function inStep(make: (refused: string) => Buffer[][]): Promise<readonly (readonly Heard[])[]> {
    const [one, other] = [await through(), await direct()];
    const answers: (readonly Heard[])[] = [];
    const [asked, erring] = [make(forbidden('SELECT 1')), make(AN_ERROR)];
    for (const [index, step] of asked.entries()) {
      const readies = step.filter((message) => message[0] === 0x53 || message[0] === 0x51).length;
      const answer = await one.ask(step, readies);
      answers.push(answer);
      expect(letters(answer)).toBe(letters(await other.ask(erring[index]!, readies)));
    }
    one.end();
    other.end();
    return answers;
  }

  test('says 42501, and the session goes on', async () => {
    const [refused, next] = await inStep((no) => [[say.query(no)], [say.query('SELECT 1')]]);
    expect(errors(refused!).map((fields) => Object.fromEntries(fields))).toEqual([
      { S: 'ERROR', V: 'ERROR', C: '42501', M: 'denied by test.deny: not here' },
    ]);
    expect(rows(next!)).toEqual([['1']]);
  });

  test.each<[string, (no: string) => Buffer[][], string[]]>([
    [
      'in a transaction',
      (no) => [
        [say.query('BEGIN')],
        [say.query(no)],
        [say.query('SELECT 1')],
        [say.query('ROLLBACK')],
        [say.query('SELECT 1')],
      ],
      ['42501', '25P02'],
    ],
    [
      'in a failed transaction',
      (no) => [[say.query('BEGIN')], [say.query('SELECT 1/0')], [say.query(no)], [say.query('COMMIT')]],
      ['22012', '42501'],
    ],
    [
      'at Parse',
      (no) => [
        [say.parse(no), say.bind(), say.describe(), say.execute(), say.sync()],
        [say.query('SELECT 1')],
      ],
      ['42501'],
    ],
    [
      'at Parse, in a transaction',
      (no) => [
        [say.query('BEGIN')],
        [say.parse(no), say.bind(), say.execute(), say.sync()],
        [say.query('ROLLBACK')],
      ],
      ['42501'],
    ],
    [
      'after others in a pipeline',
      (no) => [
        [
          say.parse('SELECT 1'),
          say.bind(),
          say.execute(),
          say.parse(no),
          say.bind(),
          say.execute(),
          say.sync(),
        ],
      ],
      ['42501'],
    ],
    [
      'before others in a pipeline',
      (no) => [
        [
          say.parse(no),
          say.bind(),
          say.execute(),
          say.parse('SELECT 2'),
          say.bind(),
          say.execute(),
          say.sync(),
          say.parse('SELECT 3'),
          say.bind(),
          say.execute(),
          say.sync(),
        ],
      ],
      ['42501'],
    ],
    [
      'after an error in a pipeline',
      (no) => [
        [
          say.parse('SELECT 1/0'),
          say.bind(),
          say.execute(),
          say.parse(no),
          say.bind(),
          say.execute(),
          say.sync(),
        ],
      ],
      ['22012'],
    ],
    [
      'of a named statement',
      (no) => [
        [say.parse('SELECT 1', 'a'), say.sync()],
        [say.parse(no, 'b'), say.sync()],
        [say.bind([], 'a'), say.execute(), say.sync()],
        [say.bind([], 'b'), say.execute(), say.sync()],
      ],
      ['42501', '26000'],
    ],
    [
      'of a Query in a pipeline',
      (no) => [[say.parse('SELECT 1'), say.bind(), say.execute(), say.query(no)], [say.query('SELECT 1')]],
      ['42501'],
    ],
    ['with Flush', (no) => [[say.parse(no), say.flush(), say.sync()]], ['42501']],
    [
      'many in a row',
      (no) => [Array.from({ length: 20 }, () => say.query(no)), [say.query('SELECT 1')]],
      Array.from({ length: 20 }, () => '42501'),
    ],
  ])('%s', async (_name, make, states) => {
    const answers = await inStep(make);
    expect(answers.flatMap(sqlstates)).toEqual(states);
  });

  test('rolls an implicit transaction back', async () => {
    await inStep((no) => [
      [say.parse('INSERT INTO kept VALUES (77)'), say.bind(), say.execute(), say.parse(no), say.sync()],
    ]);
    expect(await server.query('SELECT * FROM kept WHERE id = 77')).toEqual([]);
  });

  test('of one statement refuses the whole Query', async () => {
    const client = await through();
    const heard = await client.ask([say.query('INSERT INTO kept VALUES (78); SELECT 1 /* forbidden */')]);
    expect(letters(heard)).toBe('EZI');
    expect(await server.query('SELECT * FROM kept WHERE id = 78')).toEqual([]);
    client.end();
  });

  test('never reaches the server', () => {
    expect(server.log()).toContain('sallyport');
    expect(server.log()).not.toContain('forbidden');
  });

  test('any pipeline is answered as the server answers one with errors', async () => {
    const texts = [
      'SELECT 1',
      'BEGIN',
      'COMMIT',
      'ROLLBACK',
      'SELECT 1/0',
      'REFUSED',
      'SET work_mem = 2048',
      'SAVEPOINT s',
    ];
    const text = fc.constantFrom(...texts);
    const name = fc.constantFrom('', 'a');
    const message = fc.oneof(
      text.map((it) => ({ say: 'query' as const, it })),
      fc.tuple(text, name).map(([it, as]) => ({ say: 'parse' as const, it, as })),
      name.map((as) => ({ say: 'bind' as const, as })),
      fc
        .constantFrom('execute' as const, 'sync' as const, 'flush' as const, 'describe' as const)
        .map((it) => ({ say: it })),
      name.map((as) => ({ say: 'close' as const, as })),
    );
    const build =
      (refused: string) =>
      (one: fc.TypeOfArbitrary<typeof message>): Buffer => {
        const put = (it: string): string => (it === 'REFUSED' ? refused : it);
        switch (one.say) {
          case 'query':
            return say.query(put(one.it));
          case 'parse':
            return say.parse(put(one.it), one.as);
          case 'bind':
            return say.bind([], one.as);
          case 'close':
            return say.close(one.as, 'statement');
          case 'execute':
            return say.execute();
          case 'sync':
            return say.sync();
          case 'flush':
            return say.flush();
          case 'describe':
            return say.describe();
        }
      };
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 14 }), async (messages) => {
        const talk = async (client: WireClient, refused: string): Promise<string> => {
          client.heard.length = 0;
          client.send(...messages.map(build(refused)), say.sync(), say.terminate());
          await client.until(() => false);
          return letters(client.heard);
        };
        const [one, other] = [await through(), await direct()];
        expect(await talk(one, 'SELECT 1 /* forbidden */')).toBe(await talk(other, AN_ERROR));
      }),
      { numRuns: 150 },
    );
  });
});
