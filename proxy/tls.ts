/** TLS on a socket that is already open, in both roles. Every proxy upgrades its ends here. */
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect, TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { GatewayError } from '../src/errors.js';
import type { UpstreamTls } from '../src/gateway/session.js';

/**
 * The server's side. The caller makes sure that nothing was read from the socket that came before the handshake: bytes
 * injected there would otherwise pass for bytes of the protected stream (CVE-2021-23214, CVE-2021-23222).
 */
export function secureClient(
  socket: Socket,
  context: SecureContext,
  protocols: readonly string[],
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: context,
      ALPNProtocols: [...protocols],
    });
    const fail = (error?: Error): void => {
      secured.destroy();
      socket.destroy();
      reject(new GatewayError('tls-handshake', 'the TLS handshake with the client failed', { cause: error }));
    };
    secured.once('_tlsError', fail);
    secured.once('error', fail);
    secured.once('close', fail);
    secured.once('secure', () => {
      secured.off('_tlsError', fail);
      secured.off('error', fail);
      secured.off('close', fail);
      resolve(secured);
    });
  });
}

/** The client's side: the certificate must be the host's own and lead to a root that is trusted. */
export function secureUpstream(
  socket: Socket,
  host: string,
  tls: UpstreamTls & { kind: 'verify' },
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      host,
      // RFC 6066 section 3 allows names only, not addresses.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    });
    const fail = (error?: Error): void => {
      secured.destroy();
      socket.destroy();
      reject(new GatewayError('target-tls', 'the TLS handshake with the target failed', { cause: error }));
    };
    secured.once('error', fail);
    secured.once('close', fail);
    secured.once('secureConnect', () => {
      secured.off('error', fail);
      secured.off('close', fail);
      resolve(secured);
    });
  });
}
