/**
 * P30, T13: every message of a client cut short, too long, without its terminator, with counts and lengths that are not its own,
 * said to a real server and to the gateway alike. What a server answers with an error and survives, so does the gateway.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { encode, int16, int32 } from '../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../proxy/postgres/wire/messages.js';
import { startPostgresProxy } from '../../proxy/postgres/proxy.js';
import type { PostgresProxy } from '../../proxy/postgres/proxy.js';
import { fakeGateway } from '../proxy/postgres/fake-session.js';
import type { FakeGateway } from '../proxy/postgres/fake-session.js';
import { errors, letters, rows, say, sqlstates, WireClient } from '../proxy/postgres/wire-client.js';
import { bootPostgres } from '../support/postgres.js';
import type { PostgresServer } from '../support/postgres.js';

let server: PostgresServer;
let proxy: PostgresProxy;
let gateway: FakeGateway;
const open = new Map<number, WireClient>();

beforeAll(async () => {
  server = await bootPostgres({ auth: 'trust' });
  const { host, port, user, password } = server;
  gateway = fakeGateway({ host, port, user, password, database: 'postgres', tls: { kind: 'off' } });
  proxy = await startPostgresProxy({
    gateway: gateway,
    host,
    port: 0,
    tls: null,
    limits: { messageBytes: 1024 * 1024 },
  });
}, 60_000);

afterEach(() => {
  for (const client of open.values()) client.end();
  open.clear();
});

afterAll(async () => {
  await proxy.close();
  await server.stop();
});

/** One connection to each end serves until a message ends it. */
async function connected(port: number): Promise<WireClient> {
  const known = open.get(port);
  if (known !== undefined && !known.closed) return known;
  const client = await WireClient.start(port, 'postgres', 'postgres');
  await client.ask([say.query('CREATE TEMP TABLE c (a text)')]);
  open.set(port, client);
  return client;
}

const MESSAGES: Readonly<Record<string, Buffer>> = {
  Query: say.query('SELECT 2'),
  Parse: encode(FRONTEND.Parse, 'n', 'SELECT $1::text', int16(1), int32(25)),
  Bind: encode(FRONTEND.Bind, 'p', 's', int16(1, 0), int16(1), int32(2), Buffer.from('ab'), int16(1, 0)),
  Describe: say.describe('s', 'statement'),
  Close: say.close('s', 'statement'),
  Execute: say.execute('', 0),
  FunctionCall: encode(
    FRONTEND.FunctionCall,
    int32(957),
    int16(1, 0),
    int16(1),
    int32(1),
    Buffer.from('1'),
    int16(0),
  ),
  Flush: say.flush(),
  Sync: say.sync(),
  Terminate: say.terminate(),
  CopyData: say.copyData('ab\n'),
  CopyDone: say.copyDone(),
  CopyFail: say.copyFail('ab'),
};

function framed(type: number, body: Buffer, length = body.length + 4): Buffer {
  const head = Buffer.alloc(5);
  head[0] = type;
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, body]);
}

/** Cut at every byte, one byte more, and every byte replaced: counts, lengths, letters and terminators among them. */
function* variants(message: Buffer, values = [0x00, 0xff, 0x41]): Generator<readonly [string, Buffer]> {
  const type = message[0]!;
  const body = message.subarray(5);
  yield ['as it is', message];
  yield ['one byte more', framed(type, Buffer.concat([body, Buffer.from([0])]))];
  for (let cut = 0; cut < body.length; cut++) yield [`cut at ${cut}`, framed(type, body.subarray(0, cut))];
  for (let at = 0; at < body.length; at++) {
    for (const value of values) {
      if (body[at] === value) continue;
      const changed = Buffer.from(body);
      changed[at] = value;
      yield [`byte ${at} is ${value}`, framed(type, changed)];
    }
  }
}

const STATES: Readonly<Record<string, readonly Buffer[]>> = {
  idle: [],
  open: [say.query('BEGIN')],
  failed: [say.query('BEGIN'), say.query('SELECT 1/0')],
};

const PREPARED = [
  say.parse('SELECT $1::text', 's'),
  say.parse('SELECT 5'),
  say.bind(),
  say.execute('', 1),
  say.sync(),
];

/** What the message is answered, and what is left of the session after it: a prepared statement, the unnamed one, SQL. */
async function answerTo(port: number, setup: readonly Buffer[], message: Buffer): Promise<string> {
  const client = await connected(port);
  await client.ask([...PREPARED, ...setup], setup.length + 1);
  const after = [say.sync(), say.bind(), say.execute(), say.sync(), say.bind(['x'], 's'), say.sync()];
  const last = [say.query('ROLLBACK'), say.query('DEALLOCATE ALL'), say.query("SELECT 'last'")];
  return told(client, [message, ...after, ...last]);
}

async function told(client: WireClient, messages: readonly Buffer[]): Promise<string> {
  client.heard.length = 0;
  client.send(...messages);
  const ended = (): boolean =>
    client.heard.at(-1)?.type === 'Z' &&
    rows(client.heard.filter(({ bytes }) => bytes.includes('last'))).length > 0;
  await client.until(ended);
  return [letters(client.heard), ...sqlstates(client.heard), ...(client.closed ? ['closed'] : [])].join(' ');
}

/** Another error than the server's, in the same place: what the gateway may say for each SQLSTATE of the server's. */
const OTHERWISE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // A server looks for the statement, and at the transaction, before it reads the rest.
  Bind: { '26000': ['08P01'], '25P02': ['08P01'] },
  // Functions other than those of large objects are not called by this message.
  FunctionCall: {
    '42883': ['42501'],
    '0A000': ['42501'],
    '08P01': ['42501'],
    '22P02': ['08P01'],
    '25P02': ['08P01', '42501'],
  },
};

describe.each(Object.keys(STATES))('P30: in a transaction that is %s', (state) => {
  test.each(Object.keys(MESSAGES))('%s', async (kind) => {
    const differ: string[] = [];
    const values = state === 'idle' ? undefined : [0xff];
    for (const [name, message] of variants(MESSAGES[kind]!, values)) {
      const expected = await answerTo(server.port, STATES[state]!, message);
      const found = await answerTo(proxy.port, STATES[state]!, message);
      const [, first = ''] = expected.split(' ');
      const same = [first, ...(OTHERWISE[kind]?.[first] ?? [])];
      if (!same.some((sqlstate) => found === expected.replace(first, sqlstate)))
        differ.push(`${name}: ${expected} | ${found}`);
    }
    expect(differ).toEqual([]);
  });
});

describe('P30: during COPY FROM STDIN', () => {
  test.each(['CopyData', 'CopyDone', 'CopyFail', 'Flush', 'Sync'])('%s', async (kind) => {
    const begin = [say.parse('COPY c FROM STDIN'), say.bind(), say.execute(), say.sync()];
    const end = [say.copyFail('enough'), say.sync(), say.query("SELECT 'last'")];
    const differ: string[] = [];
    for (const [name, message] of variants(MESSAGES[kind]!)) {
      const answers: string[] = [];
      for (const port of [server.port, proxy.port])
        answers.push(await told(await connected(port), [...begin, message, ...end]));
      const [expected, found] = answers;
      // A reason that cannot be read is said in the gateway's words, and as the failure that it is.
      const failure = expected!.replace(/ (?:08P01|22021)/, ' 57014');
      if (found !== expected && (kind !== 'CopyFail' || found !== failure))
        differ.push(`${name}: ${expected} | ${found}`);
    }
    expect(differ).toEqual([]);
  });
});

describe('P30: a frame that cannot be right ends the session, and never without a word', () => {
  test.each([
    ...[0x70, 0x21, 0x00, 0xff].map((type) => [`type ${type}`, framed(type, Buffer.from('a\0'))] as const),
    ...Object.entries(MESSAGES).flatMap(([kind, message]) => [
      [`${kind} with a length of 3`, framed(message[0]!, Buffer.alloc(0), 3)] as const,
      [`${kind} with a negative length`, framed(message[0]!, Buffer.alloc(0), -1)] as const,
    ]),
    ...['Describe', 'Close', 'Execute', 'Flush', 'Sync', 'CopyDone', 'CopyFail'].map(
      (kind) => [`${kind} of 10,001 bytes`, framed(MESSAGES[kind]![0]!, Buffer.alloc(9997))] as const,
    ),
  ])('%s', async (_name, message) => {
    const heard = await told(await connected(server.port), [message]);
    expect(heard).toMatch(/^(?:E 08P01 )? ?closed$/);
    expect(await told(await connected(proxy.port), [message])).toBe('E 08P01 closed');
  });

  test.each(['Describe', 'Close', 'Execute', 'Flush', 'Sync', 'CopyDone', 'CopyFail'])(
    '%s of 10,000 bytes is the longest',
    async (kind) => {
      const message = framed(MESSAGES[kind]![0]!, Buffer.alloc(9996));
      const expected = await answerTo(server.port, [], message);
      expect(expected).not.toContain('closed');
      expect(await answerTo(proxy.port, [], message)).toBe(expected);
    },
  );
});

test('P30: a message that cannot be read is on the record with what is wrong with it', async () => {
  const client = await connected(proxy.port);
  gateway.judged.length = 0;
  const heard = await client.ask([framed(FRONTEND.Close, Buffer.from('S')), say.sync()]);
  expect(errors(heard)[0]?.get('M')).toBe('denied by gateway.protocol: a text without its terminator');
  expect(gateway.judged.map(({ objection }) => objection?.rule)).toEqual(['gateway.protocol']);
});

test('P30: a Bind over the limit is refused, and the session goes on', async () => {
  const client = await connected(proxy.port);
  const long = say.bind(['x'.repeat(1024 * 1024)], 's');
  const heard = await client.ask([say.parse('SELECT $1::text', 's'), long, say.execute(), say.sync()]);
  expect([letters(heard), ...sqlstates(heard)]).toEqual(['1EZI', '42501']);
  expect(letters(await client.ask([say.bind(['x'], 's'), say.execute(), say.sync()]))).toBe('2DCZI');
});

describe('T13: parameters at and beyond what 16 bits can count', () => {
  const values = (count: number): string =>
    `VALUES ${Array.from({ length: count }, (_, index) => `($${index + 1})`).join(',')}`;

  test.each([65_535, 65_536, 65_537, 70_000])('Parse and Describe with %d', async (count) => {
    const talk = async (port: number): Promise<readonly string[]> => {
      const client = await connected(port);
      const said = [say.parse(values(count), 'many'), say.describe('many', 'statement'), say.sync()];
      const heard = [...(await client.ask(said))];
      // What a Bind of so few as are counted is told, and whether the session is as before.
      heard.push(...(await client.ask([say.bind([], 'many'), say.execute(), say.sync()])));
      heard.push(...(await client.ask([say.close('many', 'statement'), say.query('SELECT 1')])));
      return heard.map(({ bytes }) => bytes.toString('hex'));
    };
    expect(await talk(proxy.port)).toEqual(await talk(server.port));
  });

  test('Parse that counts 65,535 types, and Bind with 65,535 values', async () => {
    const types = Array.from({ length: 65_535 }, () => 25);
    const parse = encode(FRONTEND.Parse, 'many', values(65_535), int16(65_535), int32(...types));
    const texts = types.map((_, index) => Buffer.from(String(index)));
    const counted = texts.flatMap((text) => [int32(text.length), text]);
    const bind = encode(FRONTEND.Bind, '', 'many', int16(0, texts.length), Buffer.concat(counted), int16(0));
    const talk = async (port: number): Promise<readonly string[]> => {
      const client = await connected(port);
      const heard = await client.ask([parse, bind, say.execute('', 3), say.sync()]);
      return heard.map(({ bytes }) => bytes.toString('hex'));
    };
    const expected = await talk(server.port);
    expect(expected).toHaveLength(7);
    expect(await talk(proxy.port)).toEqual(expected);
  });

  test('Bind that counts 65,535 values and has none', async () => {
    const bind = encode(FRONTEND.Bind, '', 's', int16(0, 65_535));
    const expected = await answerTo(server.port, [], bind);
    expect(expected).toContain('08P01');
    expect(await answerTo(proxy.port, [], bind)).toBe(expected);
  });
});
