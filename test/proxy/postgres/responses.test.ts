/** Every message of a target, whatever it is that it answers: what the client hears, or how the session ends. */
import { describe, expect, test } from '@jest/globals';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { PostgresSession } from '../../../proxy/postgres/session.js';
import {
  encodeDataRow,
  encodeError,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '../../../proxy/postgres/wire/backend-codec.js';
import { FrameReader } from '../../../proxy/postgres/wire/frame-reader.js';
import { encode, int16, int32 } from '../../../proxy/postgres/wire/frontend-codec.js';
import { BACKEND } from '../../../proxy/postgres/wire/messages.js';
import { fakeGateway } from './fake-session.js';
import { cellsOf } from './grid.js';
import { errors, letters, say, type Heard } from './wire-client.js';

const FIELD = [int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)];
const REPORT = [Buffer.from('S'), 'NOTICE', Buffer.from('M'), 'hello', Buffer.from([0])];
const COPY = [Buffer.from([0]), int16(1, 0)];
const done = (tag: string): Buffer => encode(BACKEND.CommandComplete, tag);

const messages: Readonly<Record<keyof typeof BACKEND | 'FATAL', Buffer>> = {
  Authentication: encode(BACKEND.Authentication, int32(3)),
  BackendKeyData: encode(BACKEND.BackendKeyData, int32(1, 1)),
  BindComplete: encode(BACKEND.BindComplete),
  CloseComplete: encode(BACKEND.CloseComplete),
  CommandComplete: done('SELECT 1'),
  CopyBothResponse: encode(BACKEND.CopyBothResponse, ...COPY),
  CopyData: encode(BACKEND.CopyData, Buffer.from('1\n')),
  CopyDone: encode(BACKEND.CopyDone),
  CopyInResponse: encode(BACKEND.CopyInResponse, ...COPY),
  CopyOutResponse: encode(BACKEND.CopyOutResponse, ...COPY),
  DataRow: encodeDataRow([Buffer.from('one')]),
  EmptyQueryResponse: encode(BACKEND.EmptyQueryResponse),
  ErrorResponse: encodeError({ severity: 'ERROR', sqlstate: '22012', message: 'no' }),
  FATAL: encodeError({ severity: 'FATAL', sqlstate: '57P01', message: 'no' }),
  FunctionCallResponse: encode(BACKEND.FunctionCallResponse, int32(-1)),
  NegotiateProtocolVersion: encode(BACKEND.NegotiateProtocolVersion, int32(0, 0)),
  NoData: encode(BACKEND.NoData),
  NoticeResponse: encode(BACKEND.NoticeResponse, ...REPORT),
  NotificationResponse: encode(BACKEND.NotificationResponse, int32(7), 'here', ''),
  ParameterDescription: encode(BACKEND.ParameterDescription, int16(0)),
  ParameterStatus: encodeParameterStatus('TimeZone', 'UTC'),
  ParseComplete: encode(BACKEND.ParseComplete),
  PortalSuspended: encode(BACKEND.PortalSuspended),
  ReadyForQuery: encodeReadyForQuery('idle'),
  RowDescription: encode(BACKEND.RowDescription, int16(1), 'a', ...FIELD),
};

const PATH = JSON.stringify({
  path: ['public'],
  user: 'u',
  session: 'u',
  strings: 'on',
  encoding: 'UTF8',
  database: null,
  prepared: null,
  schemas: null,
});
const { BindComplete, CloseComplete, ParseComplete, ReadyForQuery } = messages;
const ANSWER = Buffer.concat([
  ParseComplete,
  BindComplete,
  encodeDataRow([Buffer.from(PATH)]),
  done('SELECT 1'),
  CloseComplete,
  CloseComplete,
  ReadyForQuery,
]);
const PORTAL = [say.parse('SELECT 1'), say.bind()];

/** What the client has said, the target's answer to the gateway's question, and what more it has said by then. */
const underWay: Readonly<Record<string, readonly [asked: readonly Buffer[], answered: readonly Buffer[]]>> = {
  nothing: [[], []],
  question: [[say.query('SELECT 1')], []],
  Query: [[say.query('SELECT 1')], [ANSWER]],
  Parse: [[say.parse('SELECT 1')], [ANSWER]],
  Bind: [PORTAL, [ANSWER, ParseComplete]],
  Describe: [[say.describe()], [ANSWER]],
  statement: [[say.describe('', 'statement')], [ANSWER]],
  Execute: [
    [...PORTAL, say.execute()],
    [ANSWER, ParseComplete, BindComplete],
  ],
  Close: [[say.close()], [ANSWER]],
  Sync: [[say.sync()], []],
  refused: [[say.execute('x')], [ANSWER]],
  COPY: [[say.query('COPY t FROM STDIN')], [ANSWER, messages.CopyInResponse]],
};

/** Letters of messages; `-`: nothing; `R`: the refusal; `!`: the session ends with 08P01, or with the SQLSTATE behind it. */
const HEARD = `
                            nothing  question  Query    Parse    Bind     Describe  statement  Execute  Close    Sync     refused  COPY
  Authentication            !        !         !        !        !        !         !          !        !        !        !        !
  BackendKeyData            !        !         !        !        !        !         !          !        !        !        !        !
  BindComplete              !        !         !        !        2        !         !          !        !        !        !        !
  CloseComplete             !        !         !        !        !        !         !          !        3        !        !        !
  CommandComplete           !        !         C        !        !        !         !          C        !        !        !        C
  CopyBothResponse          ! 0A000  ! 0A000   ! 0A000  ! 0A000  ! 0A000  ! 0A000   ! 0A000    ! 0A000  ! 0A000  ! 0A000  ! 0A000  ! 0A000
  CopyData                  !        !         d        !        !        !         !          d        !        !        !        d
  CopyDone                  !        !         c        !        !        !         !          c        !        !        !        c
  CopyInResponse            !        !         G        !        !        !         !          G        !        !        !        G
  CopyOutResponse           !        !         H        !        !        !         !          H        !        !        !        H
  DataRow                   !        !         D        !        !        !         !          D        !        !        !        D
  EmptyQueryResponse        !        !         I        !        !        !         !          I        !        !        !        I
  ErrorResponse             E        -         E        E        E        E         E          E        E        E        R        E
  FATAL                     E        E         E        E        E        E         E          E        E        E        E        E
  FunctionCallResponse      !        !         V        !        !        !         !          !        !        !        !        V
  NegotiateProtocolVersion  !        !         !        !        !        !         !          !        !        !        !        !
  NoData                    !        !         !        !        !        n         n          !        !        !        !        !
  NoticeResponse            N        -         N        N        N        N         N          N        N        N        N        N
  NotificationResponse      A        A         A        A        A        A         A          A        A        A        A        A
  ParameterDescription      !        !         !        !        !        !         t          !        !        !        !        !
  ParameterStatus           S        S         S        S        S        S         S          S        S        S        S        S
  ParseComplete             !        -         !        1        !        !         !          !        !        !        !        !
  PortalSuspended           !        !         !        !        !        !         !          s        !        !        !        !
  ReadyForQuery             ZI       !         ZI       !        !        !         !          !        !        ZI       !        ZI
  RowDescription            !        !         T        !        !        T         T          !        !        !        !        T
`;

class Wire extends Duplex {
  readonly #reader = new FrameReader(() => 'whole');
  heard: Heard[] = [];

  override _read(): void {
    // What comes is pushed.
  }

  override _write(chunk: Buffer, _encoding: string, told: () => void): void {
    this.#reader.push(chunk);
    while (this.#reader.next()) {
      const { bytes, start, end, type } = this.#reader;
      this.heard.push({ type: String.fromCharCode(type), bytes: Buffer.from(bytes.subarray(start, end)) });
    }
    told();
  }
}

const LOGIN = { host: 'h', port: 1, database: 'd', user: 'u', password: null, tls: { kind: 'off' as const } };

/** What a client hears when the target sends this in answer to that. */
async function heardOf(message: Buffer, [asked, answered]: (typeof underWay)[string]): Promise<string> {
  const gateway = fakeGateway(LOGIN);
  const admission = await gateway.admit({ token: '' } as Parameters<typeof gateway.admit>[0]);
  if (admission.kind !== 'admitted') throw new Error('not admitted');
  const [client, upstream] = [new Wire(), new Wire()];
  const session = new PostgresSession({
    client,
    upstream,
    session: admission.session,
    maskingKey: gateway.maskingKey,
    limits: { messageBytesMax: 1024 * 1024, rowBytesMax: 1024 * 1024 },
    silentMs: 1000,
    cancel: () => Promise.resolve(),
    ended: () => undefined,
  });
  session.start();
  if (asked.length > 0) client.push(Buffer.concat(asked));
  await setImmediate();
  for (const answer of answered) {
    upstream.push(answer);
    await setImmediate();
  }
  client.heard = [];
  upstream.push(message);
  await setImmediate();
  const heard = [...client.heard];
  const ended = gateway.closed.length > 0;
  session.shutDown();
  if (ended) return `! ${errors(heard).at(-1)?.get('C')}`.replace(/ 08P01$/, '');
  const refusal = errors(heard).some((fields) => fields.get('M')!.startsWith('denied by'));
  return heard.length === 0 ? '-' : refusal ? 'R' : letters(heard);
}

describe.each(Object.keys(messages))('%s', (name) => {
  test.each(cellsOf(HEARD).filter(([row]) => row === name))(
    '%s in answer to %s: %s',
    async (_, to, expected) => {
      expect(await heardOf(messages[name as keyof typeof messages], underWay[to]!)).toBe(expected);
    },
  );
});

test('each message is among these', () => {
  const rows = [...new Set(cellsOf(HEARD).map(([row]) => row))];
  expect(rows.filter((name) => name !== 'FATAL')).toEqual(Object.keys(BACKEND).sort());
});
