/** An HTTP request as it came over the wire, and what is known of it. Derived by `deriveHttp` in derive.ts. */
import type { ValueObject } from '../../values/value.js';

export interface HttpRequest {
  readonly method: string;
  /** The request target as on the request line: `/path?query`, or `http://host/path`. */
  readonly target: string;
  /** The protocol of the client: the listener knows it. */
  readonly scheme: 'http' | 'https';
  /** In order, one entry for each line, values as text of one character a byte. */
  readonly headers: readonly HttpHeader[];
  /** The body after transfer coding, as far as it was read. */
  readonly body: Uint8Array;
  /** False if the body is longer than what was read. */
  readonly whole: boolean;
}

export type HttpHeader = readonly [name: string, value: string];

export interface HttpAnalysis {
  /** The `http` root of the facts. Its shape is `src/facts/schema/http.ts`. */
  readonly http: ValueObject;
  /** Why two servers could read two requests from these bytes: it must not be forwarded, and every fact is unknown. */
  readonly error: string | null;
}

/** Thrown while a request is read, and caught in derive.ts: what is wrong with all of it. */
export class MalformedRequest extends Error {}
