/** Scans the rows of a client's COPY for replacements that the client was shown. */
import type { CopyClause } from '../../../src/facts/sql/scope/analysis.js';
import { canonicalNumeric } from '../../../src/masking/numeric.js';
import { scalarOf, type Replacements } from '../../../src/masking/sql/replacements.js';
import { copyValues, type CopyValues } from './values.js';

export class CopyReader {
  readonly #fields: CopyValues;
  #found = false;

  constructor(copy: CopyClause, shown: Replacements) {
    const textsOf = copy.format === 'binary' ? binaryTexts : plainText;
    this.#fields = copyValues(copy, (value) => {
      this.#found ||= textsOf(value).some((text) => shown.holds(text));
    });
  }

  /** Whether something was found, here or before. */
  push(bytes: Buffer, start: number, end: number): boolean {
    if (!this.#found) this.#fields.push(bytes, start, end);
    return this.#found;
  }

  finish(): boolean {
    if (!this.#found) this.#fields.finish();
    return this.#found;
  }
}

function plainText(value: Buffer): string[] {
  return [value.toString('utf8')];
}

const JSONB_VERSION = 1;
/** Types by size whose values can be replacements: int2, int4, int8; uuid and bytea. */
const typesOf: ReadonlyMap<number, readonly number[]> = new Map([
  [2, [21]],
  [4, [23]],
  [8, [20]],
  [16, [2950, 17]],
]);

/** The rows do not give a value's type: it is read as every type that it can be. */
function binaryTexts(value: Buffer): string[] {
  const texts = [value.toString('utf8', value[0] === JSONB_VERSION ? 1 : 0)];
  for (const type of typesOf.get(value.length) ?? []) texts.push(scalarOf(value, type, 1)?.spelling ?? '');
  const number = canonicalNumeric(value, 1);
  if (number !== null) texts.push(number);
  return texts;
}
