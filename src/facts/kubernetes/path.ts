/**
 * The meaning of a path of the Kubernetes API, as the API server decides it before it authorizes (`NewRequestInfo` in
 * k8s.io/apiserver/pkg/endpoints/request). The server neither cleans paths nor ignores case.
 */
import { percentDecode } from './query.js';

export type RequestPath =
  | ResourcePath
  | { readonly kind: 'other'; readonly path: string }
  /** Whoever stands between may read it in another way than the server. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface ResourcePath {
  readonly kind: 'resource';
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string | null;
  readonly namespace: string | null;
  readonly name: string | null;
  /** `/api/v1/watch/…` and `/api/v1/proxy/…`, the old way to say a verb. */
  readonly verb: 'watch' | 'proxy' | null;
  /** The rest after the subresource, from its slash on; null if it is ambiguous. */
  readonly rest: string | null;
}

const lengthMax = 8 * 1024;

/** `path` is what stands in the request line before the first `?`, still encoded. */
export function readPath(path: string): RequestPath {
  if (path.length > lengthMax) return unknown('the path is too long');
  if (!path.startsWith('/')) return unknown('the path does not begin with a slash');
  const raw = path.slice(1).split('/');
  // The server removes trailing slashes; more than one is ambiguous and remains.
  if (raw.at(-1) === '') raw.pop();
  const parts = raw.map(decodeSegment);
  if (parts.some((part) => part === '.' || part === '..')) return unknown('the path goes up or stays');
  const info = resourcePath(parts.map((part) => part ?? ''));
  if (info?.path.resource === '') return unknown('the path names no resource');
  const consumed = info === null ? parts.length : info.consumed;
  if (parts.slice(0, consumed).some(isOdd)) return unknown('the path can be read in more than one way');
  if (info === null) return { kind: 'other', path: `/${parts.join('/')}${endsInSlash(path) ? '/' : ''}` };
  const rest = parts.slice(consumed);
  const odd = rest.some(isOdd);
  if (odd && info.path.subresource !== 'proxy') return unknown('the path can be read in more than one way');
  const slash = rest.length > 0 && endsInSlash(path) ? '/' : '';
  return { ...info.path, rest: odd ? null : rest.map((part) => `/${part!}`).join('') + slash };
}

function unknown(reason: string): RequestPath {
  return { kind: 'unknown', reason };
}

const endsInSlash = (path: string): boolean => path.length > 1 && path.endsWith('/');

/** Null for what cannot be decoded. */
function decodeSegment(segment: string): string | null {
  return /^[\u0021-\u007e]*$/.test(segment) ? percentDecode(segment) : null;
}

/** An encoded slash or percent sign, an empty segment, what is no text: no name of the API has them. */
function isOdd(part: string | null): boolean {
  return part === null || part === '' || /[/\\%#?\u0000-\u001f\u007f]/.test(part);
}

const namespaceSubresources = new Set(['status', 'finalize']);

/** Null for what is no resource, such as `/version` and `/apis/apps/v1`. */
function resourcePath(parts: readonly string[]): { path: ResourcePath; consumed: number } | null {
  const grouped = parts[0] === 'apis';
  if (!grouped && parts[0] !== 'api') return null;
  let at = grouped ? 3 : 2;
  if (parts.length <= at) return null;
  const prefix = parts[at];
  const verb = prefix === 'watch' || prefix === 'proxy' ? prefix : null;
  if (verb !== null) at++;
  let namespace: string | null = null;
  if (parts[at] === 'namespaces' && parts.length > at + 1) {
    namespace = parts[at + 1]!;
    if (parts.length > at + 2 && !namespaceSubresources.has(parts[at + 2]!)) at += 2;
  }
  // Below the old `/proxy/` there are no subresources: what follows the name is the proxied path.
  const subresource = verb === 'proxy' ? null : (parts[at + 2] ?? null);
  const path: ResourcePath = {
    kind: 'resource',
    group: grouped ? parts[1]! : '',
    version: parts[grouped ? 2 : 1]!,
    // A verb alone, as in `/api/v1/watch`, is refused by the server.
    resource: parts[at] ?? '',
    ...{ subresource, namespace, verb, rest: null },
    name: parts[at + 1] ?? null,
  };
  return { path, consumed: Math.min(parts.length, at + (verb === 'proxy' ? 2 : 3)) };
}
