/**
 * A client that logs in with node-postgres and then reads and writes the socket itself: what it costs is what the network
 * costs, so that a result of a gigabyte measures who stands between. PostgreSQL protocol, Message Formats.
 */
import type { Socket } from 'node:net';
import pg from 'pg';
import type { Contender } from './contender.js';

export interface RawClient {
  /**
   * Sends a Query and reads to its ReadyForQuery; returns the bytes of the answer. Throws if the server answers with an error.
   */
  ask(text: string): Promise<number>;
  /** COPY FROM STDIN of `bytes` bytes of `lines`, again and again; bytes sent. */
  copyIn(text: string, lines: Buffer, bytes: number): Promise<number>;
  close(): void;
}

const READY_BYTES = 6;
const ERROR = 0x45;

export async function openRawClient({ port, user, password, database }: Contender): Promise<RawClient> {
  const client = new pg.Client({ host: '127.0.0.1', port, user, password, database });
  await client.connect();
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  // From here on the client of node-postgres has nothing to say.
  client.on('error', () => undefined);
  stream.removeAllListeners('data');
  stream.on('error', () => undefined);
  return {
    ask: async (text) => {
      const answer = untilReady(stream);
      stream.write(message('Q', Buffer.from(`${text}\0`)));
      return answer;
    },
    copyIn: async (text, lines, bytes) => {
      const answer = untilReady(stream);
      stream.write(message('Q', Buffer.from(`${text}\0`)));
      const data = message('d', lines);
      let sent = 0;
      for (; sent < bytes; sent += lines.length)
        if (!stream.write(data)) await new Promise((done) => stream.once('drain', done));
      stream.write(message('c', Buffer.alloc(0)));
      await answer;
      return sent;
    },
    close: () => stream.destroy(),
  };
}

function message(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
}

/** The end is told by the last bytes alone: to cut a gigabyte into messages would be measured along. */
function untilReady(stream: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let tail = Buffer.alloc(0);
    const settle = (act: () => void): void => {
      stream.off('data', read);
      stream.off('close', closed);
      act();
    };
    const closed = (): void => settle(() => reject(new Error('the connection was closed')));
    const read = (chunk: Buffer): void => {
      if (bytes === 0 && chunk[0] === ERROR) settle(() => reject(new Error(chunk.toString('latin1'))));
      bytes += chunk.length;
      tail = Buffer.concat([tail, chunk.subarray(-READY_BYTES)]).subarray(-READY_BYTES);
      if (tail.length === READY_BYTES && tail[0] === 0x5a && tail.readInt32BE(1) === 5)
        settle(() => resolve(bytes));
    };
    stream.on('data', read);
    stream.on('close', closed);
  });
}
