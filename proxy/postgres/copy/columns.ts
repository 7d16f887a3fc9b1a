/** What happens to each column of a COPY to the client, whatever its format. */
import { fixedMask, maskValue, unreadMask } from '../../../src/masking/postgres/value.js';
import { prefilterOf, type Prefilter } from '../../../src/masking/prefilter.js';
import type { MaskKey } from '../../../src/masking/methods.js';
import type { FieldMask } from '../../../src/masking/field-mask.js';
import type { Replacements } from '../../../src/masking/sql/replacements.js';
import type { MessageWriter } from '../wire/message-writer.js';
import { withoutDetectors } from '../masks/row-mask.js';
import type { Message } from '../wire/messages.js';

/** A column that does not pass as it is. */
export interface MaskedColumn {
  readonly name: string;
  readonly mask: FieldMask;
  /** 0 where it is not known. */
  readonly typeOid: number;
  readonly key: MaskKey;
  /** Told what the client is shown. */
  readonly shown: Replacements;
}

/** Reads rows as they come, cut anywhere, and writes them with their masks. */
export interface CopyRows {
  /**
   * The next stretch of what the server sends, `whole` where it is all of a message; what is ready of it is appended to the
   * writer's message.
   */
  push(bytes: Buffer, start: number, end: number, out: MessageWriter, whole: boolean): void;
  /**
   * Up to where messages pass as they are, where the one at hand does, which is whole; null where it does not. PostgreSQL
   * sends each row as a message.
   */
  passesUntil(message: Message): number | null;
  /** Whether it stands between two rows. */
  readonly settled: boolean;
}

/** What is left to do to rows in which no detector can find anything, by clues on their bytes. */
export interface QuietColumns {
  readonly clues: Prefilter;
  readonly columns: readonly (MaskedColumn | null)[];
}

/** Null where one of the detectors has to look for itself, and where there is none. */
export function quietColumns(columns: readonly (MaskedColumn | null)[]): QuietColumns | null {
  const names = columns.flatMap((column) => column?.mask.detectors.map(({ name }) => name) ?? []);
  const clues = names.length === 0 ? null : prefilterOf(names);
  if (clues === null) return null;
  const left = columns.map((column) => {
    const mask = withoutDetectors(column?.mask ?? null);
    return column === null || mask === null ? null : { ...column, mask };
  });
  return { clues, columns: left };
}

/** Longer values are masked without being looked at: no more than this of a value is kept. */
export const COPY_VALUE_BYTES_MAX = 4 * 1024 * 1024;

const TEXT = 25;
const BYTEA = 17;

/** In the formats of text a value of a type that is not known is text, if not the digits of a bytea. */
function typeOf({ typeOid, mask }: MaskedColumn, value: string): number {
  if (typeOid !== 0) return typeOid;
  return mask.method === null && /^\\x(?:[0-9a-f]{2})*$/.test(value) ? BYTEA : TEXT;
}

/** The text that stands in place of `value`, for the formats of text; null is COPY's NULL. */
export function maskedText(column: MaskedColumn, value: string): string | null {
  const bytes = Buffer.from(value, 'utf8');
  const type = typeOf(column, value);
  const masked = maskValue(column.mask, bytes, type, 0, column.key);
  if (masked === bytes) return value;
  column.shown.note(column.mask, masked, type, 0);
  return textOf(masked);
}

/** What every value of the column becomes, where that is known without looking at it. */
export function fixedText({ mask, typeOid }: MaskedColumn): { readonly text: string | null } | null {
  const fixed = fixedMask(mask, typeOid === 0 ? TEXT : typeOid, 0);
  return fixed === undefined ? null : { text: textOf(fixed) };
}

/** A value of the column becomes what all of them do. */
export function noteFixed({ mask, typeOid, shown }: MaskedColumn, text: string | null): void {
  shown.note(mask, text === null ? null : Buffer.from(text, 'utf8'), typeOid === 0 ? TEXT : typeOid, 0);
}

/** What a value becomes that is too long to be looked at. */
export function unreadText({ mask, typeOid, shown }: MaskedColumn): string | null {
  const type = typeOid === 0 ? TEXT : typeOid;
  const masked = unreadMask(mask, type, 0);
  shown.note({ ...mask, method: { kind: 'redact' } }, masked, type, 0);
  return textOf(masked);
}

function textOf(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
