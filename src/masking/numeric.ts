/** PostgreSQL's numeric in both formats. numeric_send: number of base-10000 digits, weight, sign, scale, digits. */

const NEGATIVE = 0x4000;
/** Longer numbers than occur in tables are not converted. */
const DIGITS_MAX = 1000;

/** The canonical text of a number: `-1.5`. Null if it is not a number, or is very long. */
export function canonicalNumeric(value: Uint8Array, format: number): string | null {
  const text = format === 0 ? Buffer.from(value).toString('latin1') : textOf(value);
  if (text === null || text.length > DIGITS_MAX || !/^-?\d+(?:\.\d+)?$/.test(text)) return null;
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const kept = fraction.replace(/0+$/, '');
  const digits = `${whole.replace(/^0+(?=\d)/, '')}${kept === '' ? '' : `.${kept}`}`;
  return negative && digits !== '0' ? `-${digits}` : digits;
}

function textOf(value: Uint8Array): string | null {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (view.byteLength < 8 || view.byteLength !== 8 + 2 * view.getUint16(0)) return null;
  const count = view.getUint16(0);
  const weight = view.getInt16(2);
  const sign = view.getUint16(4);
  if ((sign !== 0 && sign !== NEGATIVE) || Math.abs(weight) > DIGITS_MAX / 4) return null;
  const at = (place: number): string =>
    (place >= 0 && place < count ? view.getUint16(8 + 2 * place) : 0).toString().padStart(4, '0');
  let whole = '0';
  for (let place = 0; place <= weight; place++) whole += at(place);
  let fraction = weight < -1 ? '0000'.repeat(-1 - weight) : '';
  for (let place = Math.max(0, weight + 1); place < count; place++) fraction += at(place);
  return `${sign === 0 ? '' : '-'}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** `text` is a plain number: `-12.50`. */
export function encodeNumeric(text: string, format: number): Buffer {
  if (format === 0) return Buffer.from(text, 'latin1');
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = (negative ? text.slice(1) : text).split('.');
  const left = whole.padStart(4 * Math.ceil(whole.length / 4), '0');
  const digits = left + fraction.padEnd(4 * Math.ceil(fraction.length / 4), '0');
  const groups = digits.match(/.{4}/g) ?? [];
  const bytes = Buffer.alloc(8 + 2 * groups.length);
  bytes.writeInt16BE(groups.length, 0);
  bytes.writeInt16BE(left.length / 4 - 1, 2);
  bytes.writeUInt16BE(negative ? NEGATIVE : 0, 4);
  bytes.writeInt16BE(fraction.length, 6);
  for (const [place, group] of groups.entries()) bytes.writeInt16BE(Number(group), 8 + 2 * place);
  return bytes;
}
