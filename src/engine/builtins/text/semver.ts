/** Semantic versions (semver.org 2.0.0), with an optional `v` before them. */
import { compare as compareValues } from '../../../values/value.js';
import { numberIn } from '../../../values/schema.js';
import { BuiltinError, type Builtin } from '../define/builtin.js';
import { anything, define, string, takes, truth } from '../define/define.js';

interface Version {
  readonly numbers: readonly bigint[];
  readonly prerelease: readonly string[];
}

/** The longest version that is read. */
const lengthMax = 1_000;
const digits = '(?:0|[1-9][0-9]*)';
const prereleaseIdentifier = `(?:${digits}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)`;
/** The grammar of the specification: no leading zeros in numbers, no empty identifiers. */
const grammar = new RegExp(
  `^v?(${digits})\\.(${digits})\\.(${digits})` +
    `(?:-(${prereleaseIdentifier}(?:\\.${prereleaseIdentifier})*))?` +
    `(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);

function parse(text: string): Version | null {
  const match = text.length > lengthMax ? null : grammar.exec(text);
  if (match === null) return null;
  const [, major = '', minor = '', patch = '', prerelease] = match;
  const numbers = [major, minor, patch].map(BigInt);
  if (numbers.some((part) => BigInt.asIntN(64, part) !== part)) return null;
  return { numbers, prerelease: prerelease === undefined ? [] : prerelease.split('.') };
}

function compare(left: Version, right: Version): number {
  for (const [i, part] of left.numbers.entries()) {
    const other = right.numbers[i]!;
    if (part !== other) return part < other ? -1 : 1;
  }
  // A pre-release version is less than the release.
  if (left.prerelease.length === 0 || right.prerelease.length === 0) {
    return Math.sign(right.prerelease.length - left.prerelease.length);
  }
  const length = Math.min(left.prerelease.length, right.prerelease.length);
  for (let i = 0; i < length; i++) {
    const order = compareIdentifiers(left.prerelease[i]!, right.prerelease[i]!);
    if (order !== 0) return order;
  }
  return Math.sign(left.prerelease.length - right.prerelease.length);
}

/** Numbers compare by value and before words, words by ASCII: section 11.4 of the specification. */
function compareIdentifiers(left: string, right: string): number {
  const leftNumeric = /^\d+$/.test(left);
  const rightNumeric = /^\d+$/.test(right);
  if (leftNumeric !== rightNumeric) return leftNumeric ? -1 : 1;
  if (!leftNumeric) return Math.sign(compareValues(left, right));
  const a = BigInt(left);
  const b = BigInt(right);
  return a < b ? -1 : a > b ? 1 : 0;
}

function required(text: string, parameter: string): Version {
  const version = parse(text);
  if (version === null) throw new BuiltinError(`\`${parameter}\` is not a semantic version`);
  return version;
}

export const semver: readonly Builtin[] = [
  define(
    'semver.compare',
    [takes('a', string), takes('b', string)],
    { type: numberIn(-1, 1) },
    '-1, 0 or 1: whether `a` is before, at or after `b`.',
    ([a, b]) => compare(required(a, 'a'), required(b, 'b')),
  ),
  define(
    'semver.is_valid',
    [takes('vsn', anything)],
    truth,
    'Whether it is the text of a semantic version.',
    ([vsn]) => {
      return typeof vsn === 'string' && parse(vsn) !== null;
    },
  ),
];
