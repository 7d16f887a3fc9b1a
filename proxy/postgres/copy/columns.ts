/** How each column of a COPY to the client is handled, in any format. */
import { fixedMask, maskValue, unreadMask } from '../../../src/masking/postgres/value.js';
import { prefilterOf, type Prefilter } from '../../../src/masking/prefilter.js';
import type { MaskKey } from '../../../src/masking/methods.js';
import type { FieldMask } from '../../../src/masking/field-mask.js';
import type { Replacements } from '../../../src/masking/sql/replacements.js';
import type { MessageWriter } from '../wire/message-writer.js';
import { withoutDetectors } from '../masks/row-mask.js';
import type { Message } from '../wire/messages.js';

/** A masked column. */
export interface MaskedColumn {
  readonly name: string;
  readonly mask: FieldMask;
  /** 0 if it is not known. */
  readonly typeOid: number;
  readonly key: MaskKey;
  /** Called with what the client is shown. */
  readonly shown: Replacements;
}

/** Reads rows in chunks split anywhere, and writes them with their masks. */
export interface CopyRows {
  /**
   * The next chunk from the server; `whole` if it is a complete message. Output that is ready is appended to the writer's
   * message.
   */
  push(bytes: Buffer, start: number, end: number, out: MessageWriter, whole: boolean): void;
  /**
   * The end of the messages that pass unchanged, if the current one does, which is whole; null if it does not. PostgreSQL sends
   * each row as a message.
   */
  passesUntil(message: Message): number | null;
  /** Whether it stands between two rows. */
  readonly settled: boolean;
}

/** What remains to be done to rows in which no detector can match, according to prefilters on their bytes. */
export interface QuietColumns {
  readonly prefilter: Prefilter;
  readonly columns: readonly (MaskedColumn | null)[];
}

/** Null if one of the detectors must scan for itself, and if there is none. */
export function quietColumns(columns: readonly (MaskedColumn | null)[]): QuietColumns | null {
  const names = columns.flatMap((column) => column?.mask.detectors.map(({ name }) => name) ?? []);
  const prefilter = names.length === 0 ? null : prefilterOf(names);
  if (prefilter === null) return null;
  const left = columns.map((column) => {
    const mask = withoutDetectors(column?.mask ?? null);
    return column === null || mask === null ? null : { ...column, mask };
  });
  return { prefilter, columns: left };
}

/** Longer values are masked without being scanned: no more than this of a value is kept. */
export const COPY_VALUE_BYTES_MAX = 4 * 1024 * 1024;

const TEXT = 25;
const BYTEA = 17;

/** In text formats a value of unknown type is text, unless it is the digits of a bytea. */
function typeOf({ typeOid, mask }: MaskedColumn, value: string): number {
  if (typeOid !== 0) return typeOid;
  return mask.method === null && /^\\x(?:[0-9a-f]{2})*$/.test(value) ? BYTEA : TEXT;
}

/** The text that replaces `value`, for text formats; null is COPY's NULL. */
export function maskedText(column: MaskedColumn, value: string): string | null {
  const bytes = Buffer.from(value, 'utf8');
  const type = typeOf(column, value);
  const masked = maskValue(column.mask, bytes, type, 0, column.key);
  if (masked === bytes) return value;
  column.shown.note(column.mask, masked, type, 0);
  return textOf(masked);
}

/** The replacement of every value of the column, if it does not depend on the value. */
export function fixedText({ mask, typeOid }: MaskedColumn): { readonly text: string | null } | null {
  const fixed = fixedMask(mask, typeOid === 0 ? TEXT : typeOid, 0);
  return fixed === undefined ? null : { text: textOf(fixed) };
}

/** Replaces a value by the fixed replacement of its column. */
export function noteFixed({ mask, typeOid, shown }: MaskedColumn, text: string | null): void {
  shown.note(mask, text === null ? null : Buffer.from(text, 'utf8'), typeOid === 0 ? TEXT : typeOid, 0);
}

/** Replacement for values too long to scan. */
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
