/** Reads exact byte counts from a socket, one after another: for handshakes. Other bytes stay unread. */
import type { Duplex } from 'node:stream';

/** The other end closed, or the deadline passed, before all requested bytes arrived. */
export class EndOfStream extends Error {
  override readonly name = 'EndOfStream';
}

export class SocketReader {
  readonly #socket: Duplex;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Bytes that arrived and were not requested. */
  get buffered(): number {
    return this.#bytes.length + this.#socket.readableLength;
  }

  /** Throws EndOfStream if the stream ends, fails or is destroyed first. */
  async read(count: number): Promise<Buffer> {
    await this.#gather(count);
    const bytes = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(count);
    return bytes;
  }

  /** Peeks at the next byte. Throws as `read` does. */
  async peek(): Promise<number> {
    await this.#gather(1);
    return this.#bytes[0]!;
  }

  async #gather(count: number): Promise<void> {
    while (this.#bytes.length < count) {
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk !== null)
        this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
      else if (this.#socket.readableEnded || this.#socket.destroyed)
        throw new EndOfStream('the stream ended');
      else await this.#more();
    }
  }

  /** Returns unrequested bytes to the socket, with `bytes` before them, for the next reader. */
  release(bytes: Buffer = Buffer.alloc(0)): void {
    const rest = Buffer.concat([bytes, this.#bytes]);
    this.#bytes = Buffer.alloc(0);
    if (rest.length > 0) this.#socket.unshift(rest);
  }

  /** Call only after a read that found nothing: with bytes waiting, `readable` would fire at once, forever. */
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
