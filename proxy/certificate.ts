/** The gateway's own certificate: read again where it was renewed, without a restart and without a gap. */
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';

/** PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** Gives the pair as it is now; throws where it cannot be read. */
export type CertificateSource = () => Promise<CertificatePair>;

/** What the next handshake is made with. */
export type ContextSource = () => Promise<SecureContext>;

/**
 * The first call throws where there is no pair that fits together. Later ones keep to the last that did: files are renewed
 * one after the other. `failed` is told where one cannot be read or does not fit.
 */
export function contextSource(read: CertificateSource, failed: (error: unknown) => void): ContextSource {
  let context: SecureContext | null = null;
  let seen: CertificatePair | null = null;
  return async () => {
    try {
      const pair = await read();
      if (context !== null && pair.cert === seen?.cert && pair.key === seen.key) return context;
      seen = pair;
      context = createSecureContext({ ...pair, minVersion: 'TLSv1.2' });
    } catch (error) {
      if (context === null) throw error;
      failed(error);
    }
    return context;
  };
}
