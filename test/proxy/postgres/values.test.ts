/** Values as rules see them: whatever way a client writes one, it is what the server makes of it, or unknown. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { decodeParameterDescription } from '../../../proxy/postgres/wire/backend-codec.js';
import { decodeParameter, decodeText } from '../../../proxy/postgres/values/values.js';
import { fromJson, toJson, Unknown, type Value } from '../../../src/values/value.js';
import { bootPostgres } from '../../support/postgres.js';
import type { PostgresServer } from '../../support/postgres.js';
import { fields, say, WireClient } from './wire-client.js';
import type { Heard } from './wire-client.js';

interface Row {
  readonly type: string;
  readonly read?: readonly string[];
  readonly unread?: readonly string[];
}

const rows = parse(readFileSync(new URL('values.yaml', import.meta.url), 'utf8')) as readonly Row[];
const spellings = (of: 'read' | 'unread'): readonly (readonly [string, string])[] =>
  rows.flatMap(({ type, [of]: written }) => (written ?? []).map((text) => [type, text] as const));

let server: PostgresServer;
let client: WireClient;

beforeAll(async () => {
  server = await bootPostgres({ auth: 'trust' });
  client = await WireClient.start(server.port, 'postgres', 'postgres', { TimeZone: 'Asia/Kathmandu' });
});

afterAll(async () => {
  client.end();
  await server.stop();
});

/** The type's oid, and the value in the server's own text and bytes. */
async function served(type: string, text: string): Promise<{ oid: number; text: Buffer; binary: Buffer }> {
  const heard = await client.ask([
    say.parse(`SELECT $1::${type}`),
    say.describe('', 'statement'),
    say.bind([text]),
    say.execute(),
    say.bind([text], '', '', true),
    say.execute(),
    say.sync(),
  ]);
  const [asText, asBinary] = fields(heard);
  const [inText, inBinary] = [asText?.[0] ?? null, asBinary?.[0] ?? null];
  if (inText === null || inBinary === null)
    throw new Error(`${type} ${text}: ${heard.map((message) => message.bytes.toString('latin1')).join(' ')}`);
  return { oid: oidIn(heard), text: inText, binary: inBinary };
}

function oidIn(heard: readonly Heard[]): number {
  const { bytes } = heard.find((message) => message.type === 't')!;
  return decodeParameterDescription(bytes, 0, bytes.length)[0]!;
}

const seen = (value: Value): unknown => toJson(value);

describe('a value as it is written', () => {
  test.each(spellings('read'))('%s %p is what the server makes of it', async (type, text) => {
    const { oid, binary, text: canonical } = await served(type, text);
    const value = decodeParameter(Buffer.from(text), 0, oid);
    expect(value).not.toBeInstanceOf(Unknown);
    expect(seen(value)).toEqual(seen(decodeParameter(binary, 1, oid)));
    // JSON is the text that it is written as, and jsonb has one of its own.
    if (!type.startsWith('json')) expect(seen(value)).toEqual(seen(decodeParameter(canonical, 0, oid)));
  });

  test.each(spellings('unread'))('%s %p is unknown', async (type, text) => {
    const heard = await client.ask([
      say.parse(`SELECT $1::${type}`),
      say.describe('', 'statement'),
      say.sync(),
    ]);
    expect(decodeParameter(Buffer.from(text), 0, oidIn(heard))).toBeInstanceOf(Unknown);
  });

  test('of no known type is text', () => {
    expect(decodeParameter(Buffer.from('42'), 0, 0)).toBe('42');
    expect(decodeParameter(Buffer.from('42'), 1, 0)).toBeInstanceOf(Unknown);
    expect(decodeParameter(null, 0, 23)).toBeNull();
  });

  test('that is long costs no time', () => {
    const long = (part: string): Buffer => Buffer.from(`${part.repeat(65_000).slice(0, 65_000)}x`);
    for (const oid of [16, 17, 18, 20, 23, 701, 1042, 1082, 1184, 1700, 2950, 1007, 1009, 1231]) {
      for (const part of [' ', '0', 'a ', '{', '"', '\\', '{"', ',', '1e', '0.', '\\0'])
        expect(decodeParameter(long(part), 0, oid)).toBeDefined();
    }
  });
});

test('arrays of texts come back as they went in', async () => {
  const member = fc.option(
    fc.string({ unit: 'grapheme', maxLength: 6 }).filter((text) => !text.includes('\0')),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 5 }), async (members) => {
      const written = members.map((text) =>
        text === null ? 'NULL' : JSON.stringify(text).replaceAll(/\\[^"\\]/g, ' '),
      );
      const { oid, binary } = await served('text[]', `{${written.join(', ')}}`);
      expect(decodeParameter(Buffer.from(`{${written.join(', ')}}`), 0, oid)).toEqual(
        decodeParameter(binary, 1, oid),
      );
    }),
    { numRuns: 60 },
  );
});

test('what is no value of its type is unknown in binary, never an exception', () => {
  const oid = fc.constantFrom(
    16,
    17,
    18,
    19,
    20,
    21,
    23,
    25,
    26,
    114,
    700,
    701,
    1042,
    1082,
    1083,
    1114,
    1184,
    1700,
    2950,
    3802,
    1007,
    1009,
    1231,
    1185,
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), oid, (bytes, type) => {
      const value = decodeParameter(Buffer.from(bytes), 1, type);
      if (!(value instanceof Unknown)) expect(() => fromJson(toJson(value))).not.toThrow();
      expect(typeof decodeText(Buffer.from(bytes), 1, type)).toBe('string');
    }),
    { numRuns: 3000 },
  );
});
