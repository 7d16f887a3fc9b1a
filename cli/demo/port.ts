import { createServer } from 'node:net';

/** A loopback port that was free a moment ago: the one preferred, or any. */
export async function freePort(preferred = 0): Promise<number> {
  return (await tryPort(preferred)) ?? freePort();
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((done) => {
    const server = createServer();
    server.on('error', () => done(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address() as { readonly port: number };
      server.close(() => done(address.port));
    });
  });
}
