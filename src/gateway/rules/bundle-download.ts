/** A bundle over HTTP: bounded in size and time, and not fetched again while it is the same. */
import { archiveBytesMax } from '../../engine/bundle/archive.js';
import { GatewayError } from '../../errors.js';
import { isBundleUrl } from '../config/schema.js';

export interface Download {
  readonly url: string;
  /** The ETag of the existing copy (RFC 9110 section 8.8.3). */
  readonly etag: string | null;
  /** Sent as a bearer token, to the server of the URL alone. */
  readonly token: string | null;
  readonly signal: AbortSignal;
}

export type Downloaded =
  { readonly kind: 'same' } | { readonly kind: 'new'; readonly bytes: Buffer; readonly etag: string | null };

const REDIRECTS_MAX = 3;
const TIMEOUT_MS = 30_000;

function unreachable(problem: string, cause?: unknown): GatewayError {
  return new GatewayError('bundle-unreachable', problem, { cause });
}

/** Throws GatewayError `bundle-unreachable`. */
export async function download({ url, etag, token, signal }: Download): Promise<Downloaded> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const headers: Record<string, string> = {
    accept: 'application/gzip, application/octet-stream',
    // The file itself is a gzip: a Content-Encoding would be decompressed a second time.
    'accept-encoding': 'identity',
    ...(etag === null ? {} : { 'if-none-match': etag }),
  };
  let at = url;
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    const own = token !== null && new URL(at).origin === new URL(url).origin;
    const response = await ask(at, own ? { ...headers, authorization: `Bearer ${token}` } : headers, limited);
    if (![301, 302, 303, 307, 308].includes(response.status)) return answerOf(response, etag);
    await response.body?.cancel();
    at = follow(at, response.headers.get('location'));
  }
  throw unreachable(`it redirects more than ${REDIRECTS_MAX} times`);
}

async function ask(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal, redirect: 'manual' });
  } catch (error) {
    throw unreachable(`the server cannot be reached: ${causeOf(error)}`, error);
  }
}

/** Refuses redirects from https to plain http, which anybody on the way could change. */
function follow(from: string, location: string | null): string {
  const next = location !== null && URL.canParse(location, from) ? new URL(location, from).href : null;
  if (next === null || !isBundleUrl(next)) throw unreachable('it redirects to an address that is not https');
  if (from.startsWith('https:') && !next.startsWith('https:'))
    throw unreachable('it redirects from https to http');
  return next;
}

async function answerOf(response: Response, etag: string | null): Promise<Downloaded> {
  if (response.status === 304 && etag !== null) return { kind: 'same' };
  if (response.status !== 200) {
    await response.body?.cancel();
    throw unreachable(`the server answers ${response.status}`);
  }
  return { kind: 'new', bytes: await readBody(response), etag: response.headers.get('etag') };
}

async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += (chunk as Uint8Array).length;
      if (length > archiveBytesMax) break;
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    throw unreachable(`the answer is incomplete: ${causeOf(error)}`, error);
  }
  if (length > archiveBytesMax) throw unreachable(`the answer is larger than ${archiveBytesMax} bytes`);
  return Buffer.concat(chunks);
}

/** The error of fetch says little; its cause names the network error. */
function causeOf(error: unknown): string {
  const { cause = error } = error as { cause?: unknown };
  const { code, name } = cause as { code?: unknown; name?: unknown };
  return String(code ?? name);
}
