/** The gateway's own certificate: read again when it was renewed, without a restart and without a gap. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';

/** PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** Returns the current pair; throws if it cannot be read. */
export type CertificateSource = () => Promise<CertificatePair>;

/** The certificate for the next handshake. */
export type ContextSource = () => Promise<SecureContext>;

/**
 * The first call throws if there is no pair that fits together. Later ones keep to the last that did: files are renewed one after
 * the other. `failed` is told once of each pair that cannot be read or does not fit, `renewed` of each that is used from then on.
 * Whoever wants to be told in time calls it now and then.
 */
export function contextSource(
  read: CertificateSource,
  failed: (error: unknown) => void,
  renewed: (validTo: Date) => void = () => undefined,
): ContextSource {
  let context: SecureContext | null = null;
  let used: CertificatePair | null = null;
  /** The pair that was last reported. */
  let trouble: string | null = null;
  return async () => {
    let pair: CertificatePair | null = null;
    try {
      pair = await read();
      if (context !== null && pair.cert === used?.cert && pair.key === used.key) {
        trouble = null;
        return context;
      }
      if (context !== null && trouble === textOf(pair)) return context;
      const next = createSecureContext({ ...pair, minVersion: 'TLSv1.2' });
      const first = context === null;
      [context, used, trouble] = [next, pair, null];
      if (!first) renewed(validTo(pair));
    } catch (error) {
      if (context === null) throw error;
      const what = pair === null ? String(error) : textOf(pair);
      if (trouble !== what) failed(error);
      trouble = what;
    }
    return context;
  };
}

function textOf({ cert, key }: CertificatePair): string {
  return `${cert}\0${key}`;
}

function validTo({ cert }: CertificatePair): Date {
  return new Date(new X509Certificate(cert).validTo);
}
