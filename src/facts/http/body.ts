/** The body of a request by its media type: JSON, a form, or neither. A body that is ambiguous is unknown. */
import { Unknown, objectOf, type Value } from '../../values/value.js';
import { listOf, type HeaderFields } from './header-fields.js';
import { fact as jsonFact, readJsonBody } from './json-body.js';
import { readMediaType, type MediaType } from './media-type.js';
import { readParameters, unknownParameters, type Parameters } from './parameters.js';
import { decodeUtf8 } from './percent.js';
import type { HttpRequest } from './request.js';

const bytesMax = 1024 * 1024;

export interface RequestBody {
  readonly contentType: Value | null;
  readonly kind: Value;
  readonly bytes: Value;
  /** Null if it holds nothing of that kind. */
  readonly json: Value | null;
  readonly form: Parameters | null;
  /** A GraphQL document; null if the media type is another. */
  readonly document: Value | null;
}

export function readBody(request: HttpRequest, fields: HeaderFields): RequestBody {
  const { body, whole } = request;
  const written = fields.get('content-type')?.[0];
  const type = written === undefined ? undefined : readMediaType(written);
  const empty = whole && body.length === 0;
  const bytes = whole ? body.length : new Unknown('the body is not there to its end', 'http.body.bytes');
  const contentType = contentTypeFact(type);
  if (empty) return { contentType, kind: 'none', bytes, json: null, form: null, document: null };
  const kind = type?.kind ?? new Unknown('no media type says what the body is', 'http.body.kind');
  return { contentType, kind, bytes, ...contents(request, fields, type ?? null) };
}

function contentTypeFact(type: MediaType | null | undefined): Value | null {
  if (type === undefined) return null;
  return type?.type ?? new Unknown('the Content-Type is malformed', 'http.content_type');
}

type Contents = Pick<RequestBody, 'json' | 'form' | 'document'>;

function contents(request: HttpRequest, fields: HeaderFields, type: MediaType | null): Contents {
  if (type === null) return unknownContents('no media type says what the body is');
  const problem = problemOf(request, fields, type);
  switch (type.kind) {
    case 'json':
      return { ...nothing, json: problem === null ? readJsonBody(textOf(request)) : unknownJson(problem) };
    case 'form':
      return { ...nothing, form: problem === null ? readParameters(textOf(request), 'http.form') : unknownForm(problem) }; // prettier-ignore
    case 'graphql':
      return {
        ...nothing,
        document: problem === null ? textOf(request) : new Unknown(problem, 'http.graphql'),
      };
    case 'multipart':
      return { ...nothing, form: unknownForm('the parts of a multipart body are not read') };
    case 'none':
    case 'text':
    case 'other':
      return isEncoded(fields) || beginsLikeJson(request.body) ? disguised : nothing;
  }
}

const nothing: Contents = { json: null, form: null, document: null };
const unknownJson = (reason: string): Value => new Unknown(reason, jsonFact);
const unknownForm = (reason: string): Parameters => unknownParameters(reason, 'http.form');

/** A server that does not look at the media type reads JSON whatever it is called. */
const disguised: Contents = { ...nothing, json: unknownJson('JSON may be sent as another media type') };

function problemOf({ body, whole }: HttpRequest, fields: HeaderFields, { utf8 }: MediaType): string | null {
  if (!whole) return 'the body is not there to its end';
  if (isEncoded(fields)) return 'the body is encoded';
  if (body.length > bytesMax) return 'the body is too long';
  return utf8 && decodeUtf8(body) !== null ? null : 'the body is not UTF-8';
}

function isEncoded(fields: HeaderFields): boolean {
  return listOf(fields, 'content-encoding').some((coding) => coding !== 'identity');
}

/** For a body without a problem. */
function textOf({ body }: HttpRequest): string {
  return decodeUtf8(body)!;
}

/** White space, byte order marks and the zeros of wider encodings may stand before. */
const ignorable = new Set([0x09, 0x0a, 0x0d, 0x20, 0x00, 0xef, 0xbb, 0xbf, 0xfe, 0xff]);

function beginsLikeJson(body: Uint8Array): boolean {
  const first = body.find((byte) => !ignorable.has(byte));
  return first === undefined || first === 0x7b || first === 0x5b;
}

function unknownContents(reason: string): Contents {
  return {
    json: unknownJson(reason),
    form: unknownForm(reason),
    document: new Unknown(reason, 'http.graphql'),
  };
}

/** For rules: `kind` and `bytes`. */
export function bodyFacts({ kind, bytes }: RequestBody): Value {
  return objectOf([
    ['kind', kind],
    ['bytes', bytes],
  ]);
}
