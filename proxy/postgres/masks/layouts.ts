/**
 * Result layouts, remembered for the lifetime of their statement: a statement that runs a thousand times is described in the
 * same bytes and masked the same way.
 */
import type { MaskKey } from '../../../src/masking/methods.js';
import type { MaskPlan } from '../../../src/masking/sql/plan.js';
import type { Replacements } from '../../../src/masking/sql/replacements.js';
import { decodeRowDescription } from '../wire/backend-codec.js';
import type { FieldDescription } from '../wire/messages.js';
import { rowMask } from './row-mask.js';
import type { RowMask, Untold } from './row-mask.js';

interface Described {
  readonly bytes: Buffer;
  readonly fields: readonly FieldDescription[];
}

interface Masked {
  readonly fields: readonly FieldDescription[] | null;
  readonly mask: RowMask | Untold | null;
}

export class Layouts {
  readonly #described = new WeakMap<object, Described>();
  readonly #columns = new WeakMap<readonly FieldDescription[], readonly string[]>();
  readonly #masked = new WeakMap<MaskPlan, Masked>();
  readonly #key: MaskKey;
  readonly #shown: Replacements;

  constructor(key: MaskKey, shown: Replacements) {
    this.#key = key;
    this.#shown = shown;
  }

  /** The fields of a RowDescription; the same array for the same bytes about the same source. */
  fieldsOf(described: object, bytes: Buffer, start: number, end: number): readonly FieldDescription[] {
    const known = this.#described.get(described);
    if (known?.bytes.equals(bytes.subarray(start, end)) === true) return known.fields;
    const fields = decodeRowDescription(bytes, start, end);
    this.#described.set(described, { bytes: Buffer.from(bytes.subarray(start, end)), fields });
    return fields;
  }

  columnsOf(fields: readonly FieldDescription[]): readonly string[] {
    let columns = this.#columns.get(fields);
    if (columns === undefined) this.#columns.set(fields, (columns = fields.map(({ name }) => name)));
    return columns;
  }

  /** Null if the rows pass unchanged. */
  maskOf(plan: MaskPlan, fields: readonly FieldDescription[] | null): RowMask | Untold | null {
    const known = this.#masked.get(plan);
    if (known !== undefined && known.fields === fields) return known.mask;
    const mask = rowMask(plan, fields, this.#key, this.#shown);
    this.#masked.set(plan, { fields, mask });
    return mask;
  }
}
