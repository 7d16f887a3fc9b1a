/** The path of a request: decoded segments, if every server reads the same ones. */
import { Unknown, type Value } from '../../values/value.js';
import { decodePercent, normalizePercent } from './percent.js';

const segmentsMax = 200;

export interface PathFacts {
  readonly path: Value;
  readonly segments: Value;
}

/** `rewritten` names a header that asks for another path, which some servers follow. */
export function pathFacts(path: string, rewritten: string | null): PathFacts {
  if (rewritten !== null) return unknownPath(`the header \`${rewritten}\` asks for another path`);
  if (path === '*') return { path, segments: [] };
  const segments = readSegments(path);
  if (typeof segments === 'string') return unknownPath(segments);
  return { path: normalizePercent(path), segments };
}

function unknownPath(reason: string): PathFacts {
  return { path: new Unknown(reason, 'http.path'), segments: new Unknown(reason, 'http.segments') };
}

/** The segments, or why they are not known. */
function readSegments(path: string): string[] | string {
  const written = path.slice(1).split('/', segmentsMax + 1);
  if (written.at(-1) === '') written.pop();
  if (written.length > segmentsMax) return 'the path has too many segments';
  const segments: string[] = [];
  for (const segment of written) {
    const decoded = decodePercent(segment);
    const problem = decoded === null ? 'a segment is not percent-encoded UTF-8' : problemOf(segment, decoded);
    if (problem !== null) return problem;
    segments.push(decoded!);
  }
  return segments;
}

/** Each of these is one path to some server and another path to the next. */
function problemOf(written: string, decoded: string): string | null {
  if (decoded === '') return 'the path has an empty segment';
  if (decoded === '.' || decoded === '..') return 'the path has a segment of dots';
  if (/[/\\]/.test(decoded)) return 'a segment holds a slash';
  if (written.includes(';')) return 'a segment has parameters';
  if (/\p{Cc}|\p{Cf}/u.test(decoded)) return 'a segment holds a control character';
  if (/%[0-9A-Fa-f]{2}/.test(decoded)) return 'a segment is percent-encoded twice';
  // `．．` and `％２ｅ` become dots if a server folds compatibility forms.
  if (decoded.normalize('NFKC') !== decoded) return 'a segment holds characters in a compatibility form';
  if (/^\.{1,2};/.test(decoded)) return 'a segment of dots has parameters';
  return /^\s|[\s.]$/u.test(decoded) ? 'a segment begins with a space, or ends with a space or dot' : null;
}
