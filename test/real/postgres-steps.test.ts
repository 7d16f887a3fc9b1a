/**
 * Both ends stay in step: whatever a client sends, the gateway answers with the messages that the server would have sent.
 * A refusal stands for an error of the server in the same place.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { startPostgresProxy } from '../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../proxy/postgres/proxy.js';
import { fakeGateway } from '../proxy/postgres/fake-session.js';
import type { FakeGateway } from '../proxy/postgres/fake-session.js';
import { errors, letters, rows, say, sqlstates, WireClient } from '../proxy/postgres/wire-client.js';
import type { Heard } from '../proxy/postgres/wire-client.js';
import { anyMessage, CONVERSATIONS, REFUSALS } from './postgres-conversations.js';
import { bootPostgres } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';

let server: PostgresServer;
let proxy: PostgresProxy;
let gateway: FakeGateway;

beforeAll(async () => {
  server = await bootPostgres({ auth: 'trust' });
  await server.query('CREATE TABLE kept (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, note text)');
  const { host, port, user, password } = server;
  const upstream = { host, port, user, password, database: 'postgres', tls: { kind: 'off' as const } };
  gateway = fakeGateway(upstream, { deny: /forbidden/, mask: /masked/, limit: /limited/ });
  proxy = await startPostgresProxy({ gateway: gateway, host, port: 0, tls: null });
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
  test.each(CONVERSATIONS)('%s', async (_name, steps) => {
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

test('what follows a COPY in one pipeline is taken for what it is, whether its Sync was ignored or not', async () => {
  const [one, other] = [await through(), await direct()];
  const load = [say.parse('COPY c FROM STDIN'), say.bind(), say.execute(), say.sync()];
  const next = [say.parse('SELECT 7'), say.bind(), say.execute(), say.sync()];
  const talk = async (client: WireClient): Promise<readonly string[]> => {
    client.heard.length = 0;
    client.send(say.query('CREATE TEMP TABLE c (a int)'));
    client.send(...load, say.copyFail('enough'), ...next, ...next);
    client.send(...load, say.copyData('1\n'), say.copyDone(), say.sync(), ...next);
    client.send(...load, say.copyData('no number\n'), say.copyDone(), say.sync(), ...next, say.terminate());
    await client.until(() => false);
    return client.heard.map((heard) => letters([heard]));
  };
  expect(await talk(one)).toEqual(await talk(other));
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

  test.each(REFUSALS)('%s', async (_name, make, states) => {
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

  test('of a Query frees the unnamed statement, as an error of the server does', async () => {
    await inStep((no) => [
      [say.parse('SELECT 1'), say.query(no), say.bind(), say.sync()],
      [say.parse('SELECT 1'), say.sync()],
      [say.query(no)],
      [say.bind(), say.sync()],
    ]);
  });

  test('never reaches the server', () => {
    expect(server.log()).toContain('sallyport');
    expect(server.log()).not.toContain('forbidden');
  });

  test('any pipeline is answered as the server answers one with errors', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { minLength: 1, maxLength: 14 }), async (messages) => {
        const talk = async (client: WireClient, refused: string): Promise<string> => {
          client.heard.length = 0;
          client.send(...messages.map((make) => make(refused)), say.sync(), say.terminate());
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

describe('a result that a limit stops', () => {
  /** So large that the server is not done before it hears of it, and the same with an error after two rows. */
  const LARGE = 'SELECT generate_series(1, 100000000) /* limited */';
  const FAILING = 'SELECT 1 / (3 - g) FROM generate_series(1, 10) AS g';

  test.each([
    ['a portal', [say.parse('SELECT generate_series(1, 9) /* limited */'), say.bind([], '', 'limited')]],
    [
      'a cursor',
      [say.parse('DECLARE limited CURSOR FOR SELECT generate_series(1, 9)'), say.bind(), say.execute()],
    ],
  ])('is counted over all Executes of %s', async (_name, opened) => {
    const client = await through();
    await client.ask([say.query('BEGIN')]);
    await client.ask([...opened, say.sync()]);
    const fetched = Array.from({ length: 3 }, () => say.execute('limited', 1));
    const heard = await client.ask([...fetched, say.sync()]);
    expect(rows(heard)).toEqual([['1'], ['2']]);
    expect(sqlstates(heard)).toEqual(['54000']);
    client.end();
  });

  test('any pipeline is answered as the server answers one that fails there', async () => {
    let stopped = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { minLength: 1, maxLength: 14 }), async (messages) => {
        const talk = async (client: WireClient, text: string): Promise<string> => {
          client.heard.length = 0;
          client.send(...messages.map((make) => make(text)), say.sync(), say.terminate());
          await client.until(() => false);
          if (client.heard.some(({ bytes }) => bytes.includes('54000'))) stopped++;
          return letters(client.heard);
        };
        const [one, other] = [await through(), await direct()];
        expect(await talk(one, LARGE)).toBe(await talk(other, FAILING));
      }),
      { numRuns: 150, examples: [[[say.query]], [[say.parse, () => say.bind(), () => say.execute()]]] },
    );
    // Of random pipelines one in fifteen.
    expect(stopped).toBeGreaterThanOrEqual(2);
  }, 60_000);
});
