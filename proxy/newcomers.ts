/**
 * Connections that have not logged in yet. They have their own limit, so that clients without a token take no capacity from
 * sessions. At the limit, a connection is closed to make room: the oldest of the network that has most of them, preferring one
 * that the gateway waits for.
 */
import type { Socket } from 'node:net';
import { networkOf } from '../src/gateway/failed-logins.js';

export interface Newcomer {
  /** Whether the gateway is working on it. Otherwise the gateway waits for the client. */
  busy: boolean;
  /** It has logged in, or is closed. */
  leave(): void;
}

interface Entry extends Newcomer {
  readonly socket: Socket;
}

export class Newcomers {
  readonly #max: () => number;
  /** The oldest first. */
  readonly #byNetwork = new Map<string, Set<Entry>>();
  #count = 0;

  constructor(max: () => number) {
    this.#max = max;
  }

  enter(socket: Socket): Newcomer {
    if (this.#count >= this.#max()) this.#makeRoom();
    const network = networkOf(socket.remoteAddress ?? '');
    const entries = this.#byNetwork.get(network) ?? new Set<Entry>();
    this.#byNetwork.set(network, entries);
    const leave = (): void => {
      if (!entries.delete(entry)) return;
      this.#count--;
      if (entries.size === 0 && this.#byNetwork.get(network) === entries) this.#byNetwork.delete(network);
    };
    const entry: Entry = { socket, busy: false, leave };
    entries.add(entry);
    this.#count++;
    return entry;
  }

  #makeRoom(): void {
    let heaviest: ReadonlySet<Entry> = new Set();
    for (const entries of this.#byNetwork.values()) if (entries.size > heaviest.size) heaviest = entries;
    const [oldest] = heaviest;
    const victim = [...heaviest].find(({ busy }) => !busy) ?? oldest;
    victim?.leave();
    victim?.socket.destroy();
  }
}
