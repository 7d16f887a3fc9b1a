// A bare TCP pipe: what Node alone costs between a client and a server. node pipe.mjs LISTEN_PORT UPSTREAM_PORT
import { connect, createServer } from 'node:net';
import process from 'node:process';

const [listenPort, upstreamPort] = process.argv.slice(2).map(Number);

createServer({ noDelay: true }, (client) => {
  const upstream = connect({ host: '127.0.0.1', port: upstreamPort, noDelay: true });
  client.pipe(upstream).pipe(client);
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
}).listen(listenPort, '127.0.0.1');
