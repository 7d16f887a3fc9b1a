/**
 * A wire between two ends that can be made slow or dead while both ends believe that it stands.
 *
 *     const wire = await faultProxy(server.port);
 *     wire.freeze();      // nothing passes any more, in either direction, and nobody is told
 *     wire.thaw();
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface FaultProxy {
  readonly port: number;
  /** Each chunk takes so long, in each direction. */
  delayMs: number;
  freeze(): void;
  thaw(): void;
  /** Connections that stand at the moment. */
  readonly connections: number;
  close(): Promise<void>;
}

export async function faultProxy(port: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  let delayMs = 0;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    if (frozen) from.pause();
    from.on('data', (chunk: Buffer) => {
      if (delayMs === 0) to.write(chunk);
      else setTimeout(() => to.write(chunk), delayMs);
    });
    from.on('error', () => undefined);
    from.on('end', () => to.end());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    pass(client, server);
    pass(server, client);
  });
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  return {
    get delayMs() {
      return delayMs;
    },
    set delayMs(ms) {
      delayMs = ms;
    },
    port: (listener.address() as AddressInfo).port,
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw: () => {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    get connections() {
      return sockets.size / 2;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => listener.close(done));
    },
  };
}
