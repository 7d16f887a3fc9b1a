/** A client that says what a test tells it to, message by message, and keeps what it hears. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { FrameReader } from '../../../proxy/postgres/wire/frame-reader.js';
import { encode, encodeNaming, int16, int32, SYNC } from '../../../proxy/postgres/wire/frontend-codec.js';
import { decodeDataRow, decodeReport } from '../../../proxy/postgres/wire/backend-codec.js';
import { FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import { encodeStartupMessage } from '../../../proxy/postgres/wire/startup.js';

export interface Heard {
  /** The message's letter. */
  readonly type: string;
  readonly bytes: Buffer;
}

export class WireClient {
  readonly socket: Socket;
  readonly heard: Heard[] = [];
  closed = false;
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    const reader = new FrameReader(() => 'whole');
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk);
      while (reader.next()) {
        const bytes = Buffer.from(reader.bytes.subarray(reader.start, reader.end));
        this.heard.push({ type: String.fromCharCode(reader.type), bytes });
      }
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** Connects and says nothing. */
  static async open(port: number): Promise<WireClient> {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new WireClient(socket);
  }

  /** Over a socket that is open already: inside TLS, for one. */
  static over(socket: Socket): WireClient {
    return new WireClient(socket);
  }

  /** Up to the first ReadyForQuery, or to what comes in its place. The password goes out if it is asked for. */
  static async start(
    port: number,
    user: string,
    database: string,
    parameters: Readonly<Record<string, string>> = {},
    token = 'a token',
  ): Promise<WireClient> {
    const client = await WireClient.open(port);
    client.send(encodeStartupMessage(user, database, new Map(Object.entries(parameters))));
    await client.until(() => client.heard.length > 0);
    if (client.heard[0]?.type === 'R' && client.heard[0].bytes.readInt32BE(5) === 3) {
      client.send(encode(FRONTEND.PasswordMessage, token));
    }
    await client.until(() => client.heard.some(({ type }) => type === 'Z' || type === 'E'));
    return client;
  }

  send(...messages: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** Waits until it holds, or the connection is closed. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Sends, waits for so many ReadyForQuery, and gives what was heard meanwhile. */
  async ask(messages: readonly Buffer[], readies = 1): Promise<readonly Heard[]> {
    this.heard.length = 0;
    this.send(...messages);
    await this.until(() => this.heard.filter(({ type }) => type === 'Z').length >= readies);
    return [...this.heard];
  }

  end(): void {
    this.socket.destroy();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export const say = {
  query: (text: string) => encode(FRONTEND.Query, text),
  parse: (text: string, name = '') => encode(FRONTEND.Parse, name, text, int16(0)),
  bind: (values: readonly (string | null)[] = [], statement = '', portal = '', binary = false) =>
    encode(
      FRONTEND.Bind,
      portal,
      statement,
      int16(0, values.length),
      ...values.flatMap((value) =>
        value === null ? [int32(-1)] : [int32(Buffer.byteLength(value)), Buffer.from(value)],
      ),
      binary ? int16(1, 1) : int16(0),
    ),
  describe: (name = '', of: 'statement' | 'portal' = 'portal') =>
    encodeNaming(FRONTEND.Describe, { of, name }),
  close: (name = '', of: 'statement' | 'portal' = 'portal') => encodeNaming(FRONTEND.Close, { of, name }),
  execute: (portal = '', rowsMax = 0) => encode(FRONTEND.Execute, portal, int32(rowsMax)),
  /** Of a function that no server has. */
  functionCall: () => encode(FRONTEND.FunctionCall, int32(1), int16(0, 0, 0)),
  sync: () => SYNC,
  flush: () => encode(FRONTEND.Flush),
  terminate: () => encode(FRONTEND.Terminate),
  copyData: (text: string) => encode(FRONTEND.CopyData, Buffer.from(text)),
  copyDone: () => encode(FRONTEND.CopyDone),
  copyFail: (text: string) => encode(FRONTEND.CopyFail, text),
} as const;

/** One letter a message; ReadyForQuery with its status: `TDCZI`. */
export function letters(heard: readonly Heard[]): string {
  return heard.map(({ type, bytes }) => (type === 'Z' ? `Z${bytes.toString('latin1', 5)}` : type)).join('');
}

/** The SQLSTATEs of the errors heard, in order. */
export function sqlstates(heard: readonly Heard[]): readonly string[] {
  return errors(heard).map((fields) => fields.get('C') ?? '');
}

export function errors(heard: readonly Heard[]): readonly ReadonlyMap<string, string>[] {
  return heard.filter(({ type }) => type === 'E').map(({ bytes }) => decodeReport(bytes, 0, bytes.length));
}

/** The values of the rows heard, as text. */
export function rows(heard: readonly Heard[]): readonly (readonly (string | null)[])[] {
  return fields(heard).map((row) => row.map((value) => value?.toString('utf8') ?? null));
}

/** The values of the rows heard, as bytes. */
export function fields(heard: readonly Heard[]): readonly (readonly (Buffer | null)[])[] {
  return heard.filter(({ type }) => type === 'D').map(({ bytes }) => decodeDataRow(bytes, 0, bytes.length));
}
