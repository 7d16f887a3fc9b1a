/** Every message that a target can send, in answer to a Query and to an Execute: passed on in its place, or the end. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  encodeDataRow,
  encodeError,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../../../proxy/postgres/wire/backend-codec.js';
import { encode, int16, int32 } from '../../../proxy/postgres/wire/frontend-codec.js';
import { BACKEND, FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import { startPostgresProxy, type PostgresProxy } from '../../../proxy/postgres/proxy.js';
import { fakeGateway, type FakeGateway } from './fake-session.js';
import { done, scriptedServer, type ScriptedServer } from './scripted-server.js';
import { errors, letters, say, WireClient } from './wire-client.js';

let server: ScriptedServer;
let proxy: PostgresProxy;
let gateway: FakeGateway;

beforeAll(async () => {
  server = await scriptedServer();
  gateway = fakeGateway(server.login);
  proxy = await startPostgresProxy({ gateway: gateway, host: '127.0.0.1', port: 0, tls: null });
});
afterAll(async () => {
  await proxy.close();
  await server.close();
});
beforeEach(() => {
  server.answer = null;
  gateway.closed.length = 0;
});

const READY = encodeReadyForQuery('idle');
const ROW = encodeDataRow([Buffer.from('one')]);
const FIELD = [int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)];
const LAYOUT = encode(BACKEND.RowDescription, int16(1), 'a', ...FIELD);
const COPY_IN = encode(BACKEND.CopyInResponse, Buffer.from([0]), int16(1, 0));
const COPY_OUT = encode(BACKEND.CopyOutResponse, Buffer.from([0]), int16(1, 0));
const NOTICE = encode(
  BACKEND.NoticeResponse,
  Buffer.from('S'),
  'NOTICE',
  Buffer.from('M'),
  'hello',
  Buffer.from([0]),
);
const NOTIFICATION = encode(BACKEND.NotificationResponse, int32(7), 'here', '');
const STATUS = encodeParameterStatus('TimeZone', 'UTC');

/** The letters that the client hears in answer; `end` with a SQLSTATE where the session ends. */
const answers: [keyof typeof BACKEND, Buffer, string, string][] = [
  ['Authentication', encode(BACKEND.Authentication, int32(3)), 'end 08P01', 'end 08P01'],
  ['BackendKeyData', encode(BACKEND.BackendKeyData, int32(1, 1)), 'end 08P01', 'end 08P01'],
  ['BindComplete', encode(BACKEND.BindComplete), 'end 08P01', 'end 08P01'],
  ['CloseComplete', encode(BACKEND.CloseComplete), 'end 08P01', 'end 08P01'],
  ['CommandComplete', done('SELECT 1'), 'CZI', '12CZI'],
  [
    'CopyBothResponse',
    encode(BACKEND.CopyBothResponse, Buffer.from([0]), int16(0)),
    'end 0A000',
    'end 0A000',
  ],
  [
    'CopyData',
    Buffer.concat([
      COPY_OUT,
      encode(BACKEND.CopyData, Buffer.from('1\n')),
      encode(BACKEND.CopyDone),
      done('COPY 1'),
    ]),
    'HdcCZI',
    '12HdcCZI',
  ],
  ['CopyDone', Buffer.concat([COPY_OUT, encode(BACKEND.CopyDone), done('COPY 0')]), 'HcCZI', '12HcCZI'],
  [
    'CopyInResponse',
    Buffer.concat([COPY_IN, encodeError({ severity: 'ERROR', sqlstate: '57014', message: 'no' })]),
    'GEZI',
    '12GEZI',
  ],
  [
    'CopyOutResponse',
    Buffer.concat([COPY_OUT, encodeError({ severity: 'ERROR', sqlstate: '57014', message: 'no' })]),
    'HEZI',
    '12HEZI',
  ],
  ['DataRow', Buffer.concat([LAYOUT, ROW, done('SELECT 1')]), 'TDCZI', 'end 08P01'],
  ['EmptyQueryResponse', encode(BACKEND.EmptyQueryResponse), 'IZI', '12IZI'],
  ['ErrorResponse', encodeError({ severity: 'ERROR', sqlstate: '22012', message: 'no' }), 'EZI', '12EZI'],
  ['FunctionCallResponse', encode(BACKEND.FunctionCallResponse, int32(-1)), 'VZI', 'end 08P01'],
  [
    'NegotiateProtocolVersion',
    encode(BACKEND.NegotiateProtocolVersion, int32(0, 0)),
    'end 08P01',
    'end 08P01',
  ],
  ['NoData', encode(BACKEND.NoData), 'end 08P01', 'end 08P01'],
  ['NoticeResponse', Buffer.concat([NOTICE, done('SELECT 0')]), 'NCZI', '12NCZI'],
  ['NotificationResponse', Buffer.concat([NOTIFICATION, done('SELECT 0')]), 'ACZI', '12ACZI'],
  ['ParameterDescription', encode(BACKEND.ParameterDescription, int16(0)), 'end 08P01', 'end 08P01'],
  ['ParameterStatus', Buffer.concat([STATUS, done('SET')]), 'SCZI', '12SCZI'],
  ['ParseComplete', encode(BACKEND.ParseComplete), 'end 08P01', 'end 08P01'],
  ['PortalSuspended', encode(BACKEND.PortalSuspended), 'end 08P01', '12sZI'],
  ['ReadyForQuery', Buffer.alloc(0), 'ZI', 'end 08P01'],
  ['RowDescription', Buffer.concat([LAYOUT, done('SELECT 0')]), 'TCZI', 'end 08P01'],
];

async function heardOf(asked: readonly Buffer[], to: number, answer: Buffer): Promise<string> {
  server.answer = ({ type }) => (type === to ? answer : null);
  const client = await WireClient.start(proxy.port, 'ci', 'orders');
  client.heard.length = 0;
  client.send(...asked);
  await client.until(() => client.heard.some(({ type }) => type === 'Z'));
  const [ended] = errors(client.heard).filter((fields) => fields.get('S') === 'FATAL');
  const heard = ended === undefined ? letters(client.heard) : `end ${ended.get('C')}`;
  client.end();
  return heard;
}

test('each message is among these', () => {
  expect(answers.map(([name]) => name)).toEqual(Object.keys(BACKEND).sort());
});

describe.each(answers)('%s', (_name, answer, toQuery, toExecute) => {
  test('to a Query', async () => {
    const whole = Buffer.concat([answer, READY]);
    expect(await heardOf([say.query('SELECT 1')], FRONTEND.Query, whole)).toBe(toQuery);
  });

  test('to an Execute', async () => {
    // ReadyForQuery answers Sync alone.
    const asked = [say.parse('SELECT 1'), say.bind(), say.execute(), say.sync()];
    expect(await heardOf(asked, FRONTEND.Execute, answer.length === 0 ? READY : answer)).toBe(toExecute);
  });
});

test('what comes at any time comes through between rows, and in the middle of a COPY', async () => {
  const between = [NOTICE, NOTIFICATION, STATUS];
  const rows = Buffer.concat([...between, LAYOUT, ROW, ...between, ROW, done('SELECT 2'), ...between, READY]);
  expect(await heardOf([say.query('SELECT 1')], FRONTEND.Query, rows)).toBe('NASTDNASDCNASZI');
  const line = encode(BACKEND.CopyData, Buffer.from('1\n'));
  const copy = Buffer.concat([
    COPY_OUT,
    line,
    ...between,
    line,
    encode(BACKEND.CopyDone),
    done('COPY 2'),
    READY,
  ]);
  expect(await heardOf([say.query('COPY t TO STDOUT')], FRONTEND.Query, copy)).toBe('HdNASdcCZI');
});

test('a message of no known type ends the session, from either end', async () => {
  expect(await heardOf([say.query('SELECT 1')], FRONTEND.Query, encode(0x79))).toBe('end 08P01');
  expect(await heardOf([encode(0x79)], FRONTEND.Query, READY)).toBe('end 08P01');
});
