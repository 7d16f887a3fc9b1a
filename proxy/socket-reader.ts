/** Reads exact counts of bytes from a socket, one after the other: for handshakes. What is not asked for stays unread. */
import type { Duplex } from 'node:stream';

/** The other end has gone, or the deadline has come, before what was asked for was there. */
export class EndOfStream extends Error {
  override readonly name = 'EndOfStream';
}

export class SocketReader {
  readonly #socket: Duplex;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Bytes that have arrived and were not asked for. */
  get buffered(): number {
    return this.#socket.readableLength;
  }

  /** Throws EndOfStream where the stream ends, fails or is destroyed first. */
  async read(count: number): Promise<Buffer> {
    if (count === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes = this.#socket.read(count) as Buffer | null;
      if (bytes !== null) {
        if (bytes.length === count) return bytes;
        throw new EndOfStream('the stream ended early');
      }
      if (this.#socket.readableEnded || this.#socket.destroyed) throw new EndOfStream('the stream ended');
      await this.#more();
    }
  }

  #more(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => (): void => {
        socket.off('readable', ready);
        socket.off('end', ready);
        socket.off('error', gone);
        socket.off('close', gone);
        act();
      };
      const ready = settle(resolve);
      const gone = settle(() => reject(new EndOfStream('the stream failed')));
      socket.on('readable', ready);
      socket.on('end', ready);
      socket.on('error', gone);
      socket.on('close', gone);
    });
  }
}
