/** The body of a request by its media type: JSON, a form, or neither. What could be something else is unknown. */
import { Unknown, objectOf, type Value } from '../../engine/value.js';
import { listOf, type HeaderFields } from './header-fields.js';
import { fact as jsonFact, readJsonBody } from './json-body.js';
import { readMediaType, type BodyKind, type MediaType } from './media-type.js';
import { readParameters, unknownParameters, type Parameters } from './parameters.js';
import { decodeUtf8 } from './percent.js';
import type { HttpRequest } from './request.js';

const bytesMax = 1024 * 1024;

export interface RequestBody {
  readonly contentType: Value | null;
  readonly kind: Value;
  readonly bytes: Value;
  /** Null where it holds nothing of that kind. */
  readonly json: Value | null;
  readonly form: Parameters | null;
  /** A GraphQL document; null where the media type is another. */
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
  if (problem !== null) return unknownOf(type.kind, problem);
  const text = decodeUtf8(request.body);
  switch (type.kind) {
    case 'json':
      return { ...nothing, json: text === null ? unknownJson(notUtf8) : readJsonBody(text) };
    case 'form':
      return { ...nothing, form: text === null ? unknownForm(notUtf8) : readParameters(text, 'http.form') };
    case 'graphql':
      return { ...nothing, document: text ?? new Unknown(notUtf8, 'http.graphql') };
    case 'multipart':
      return unknownOf('multipart', 'the parts of a multipart body are not read');
    case 'none':
    case 'text':
    case 'other':
      // A server that does not look at the media type reads this as JSON.
      return looksLikeJson(text) ? unknownOf('json', 'JSON is sent as another media type') : nothing;
  }
}

const nothing: Contents = { json: null, form: null, document: null };
const notUtf8 = 'the body is not UTF-8';
const unknownJson = (reason: string): Value => new Unknown(reason, jsonFact);
const unknownForm = (reason: string): Parameters => unknownParameters(reason, 'http.form');

function problemOf({ body, whole }: HttpRequest, fields: HeaderFields, { utf8 }: MediaType): string | null {
  if (!whole) return 'the body is not there to its end';
  if (listOf(fields, 'content-encoding').some((coding) => coding !== 'identity'))
    return 'the body is encoded';
  if (body.length > bytesMax) return 'the body is too long';
  return utf8 ? null : 'the body is said not to be UTF-8';
}

function looksLikeJson(text: string | null): boolean {
  return text === null || /^[\s\ufeff]*[[{]/.test(text);
}

/** What the body holds is not known; what its media type rules out it has not. */
function unknownOf(kind: BodyKind, reason: string): Contents {
  switch (kind) {
    case 'json':
      return { ...nothing, json: unknownJson(reason) };
    case 'form':
    case 'multipart':
      return { ...nothing, form: unknownForm(reason) };
    case 'graphql':
      return { ...nothing, document: new Unknown(reason, 'http.graphql') };
    case 'none':
    case 'text':
    case 'other':
      return unknownContents(reason);
  }
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
