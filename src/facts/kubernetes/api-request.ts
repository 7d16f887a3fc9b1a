/** A request to the API as received, before it is interpreted. */
import type { Header } from './header.js';

export interface ApiRequest {
  /** As the client wrote it: methods are case-sensitive. */
  readonly method: string;
  /** The request target before the first `?`, still percent-encoded. */
  readonly path: string;
  /** The part after the first `?`; '' if there is none. */
  readonly query: string;
  readonly headers: readonly Header[];
  /** The whole body without transfer coding; null if it was truncated or not read. */
  readonly body: Uint8Array | null;
}

/** A request of a path and a query alone, as `kubectl get --raw` makes it. */
export function bareRequest(
  method: string,
  target: string,
  body: ApiRequest['body'] = new Uint8Array(),
): ApiRequest {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  return { method, path, query: mark === -1 ? '' : target.slice(mark + 1), headers: [], body };
}
