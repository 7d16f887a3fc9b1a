/** TLS on a socket that is already open, in both roles. Every proxy upgrades its ends here. */
import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect, createSecureContext, TLSSocket } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { GatewayError } from '../src/errors.js';
import type { UpstreamTls } from '../src/targets/upstream-tls.js';

/**
 * The server's side. The caller ensures that nothing that arrived before the handshake was read from the socket: bytes injected
 * there would otherwise pass for bytes of the protected stream (CVE-2021-23214, CVE-2021-23222).
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

/**
 * The client's side: the certificate must match the host, or the name that is configured instead, and chain to a trusted root.
 * Throws GatewayError `target-tls`.
 */
export function secureUpstream(socket: Socket, host: string, tls: VerifiedTls): Promise<TLSSocket> {
  const name = tls.serverName ?? host;
  const secureContext = contextOf(tls);
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      host: name,
      // RFC 6066 section 3 allows names only, not addresses.
      ...(isIP(name) === 0 ? { servername: name } : {}),
      secureContext,
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

type VerifiedTls = UpstreamTls & { readonly kind: 'verify' };

/** Certificates are parsed once: the object stays the same as long as nothing in it changes. */
const contexts = new WeakMap<VerifiedTls, SecureContext>();

function contextOf(tls: VerifiedTls): SecureContext {
  const known = contexts.get(tls);
  if (known !== undefined) return known;
  try {
    const context = createSecureContext({
      ...(tls.ca === null ? {} : { ca: tls.ca }),
      ...(tls.client === null ? {} : { cert: tls.client.cert, key: tls.client.key }),
      minVersion: 'TLSv1.2',
    });
    contexts.set(tls, context);
    return context;
  } catch (cause) {
    // The certificate and key do not match: they are being replaced, or were mixed up.
    throw new GatewayError('target-tls', 'the certificates for the target cannot be used', { cause });
  }
}
