import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FrameReader } from '../../../proxy/postgres/wire/frame-reader.js';
import type { Handling } from '../../../proxy/postgres/wire/frame-reader.js';
import { encode } from '../../../proxy/postgres/wire/frontend-codec.js';
import { ProtocolViolation } from '../../../proxy/postgres/wire/messages.js';

const message = fc
  .tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 60 }))
  .map(([type, body]) => encode(type, Buffer.from(body)));

/** Cuts bytes at the given places, taken modulo the length. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

function read(chunks: readonly Buffer[], handlingOf: (type: number) => Handling): Buffer[] {
  const reader = new FrameReader(handlingOf);
  const messages: Buffer[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    while (reader.next()) {
      const part = Buffer.from(reader.bytes.subarray(reader.start, reader.end));
      if (reader.first) messages.push(part);
      else messages.push(Buffer.concat([messages.pop()!, part]));
    }
  }
  expect(reader.midway).toBe(false);
  expect(reader.pending).toBe(0);
  return messages;
}

describe('cutting a stream into messages', () => {
  test('any split of any stream gives the same messages', () => {
    fc.assert(
      fc.property(
        fc.array(message),
        fc.array(fc.nat()),
        fc.integer({ min: 0, max: 255 }),
        (messages, places, from) => {
          const chunks = cut(Buffer.concat(messages), places);
          const parts = read(chunks, (type) => (type >= from ? 'stream' : 'whole'));
          expect(parts.map((part) => part.toString('hex'))).toEqual(
            messages.map((part) => part.toString('hex')),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('byte by byte', () => {
    const stream = Buffer.concat([encode(0x51, 'SELECT 1'), encode(0x58), encode(0x64, Buffer.alloc(9))]);
    const bytes = [...stream].map((byte) => Buffer.from([byte]));
    for (const handling of ['whole', 'stream'] as const) {
      expect(Buffer.concat(read(bytes, () => handling))).toEqual(stream);
    }
  });

  test('what was not read before the next chunk is kept', () => {
    const reader = new FrameReader(() => 'whole');
    reader.push(Buffer.concat([encode(0x51, 'a'), encode(0x51, 'b')]));
    expect(reader.next()).toBe(true);
    reader.push(encode(0x51, 'c'));
    const texts: string[] = [];
    while (reader.next()) texts.push(reader.bytes.subarray(reader.start + 5, reader.end - 1).toString());
    expect(texts).toEqual(['b', 'c']);
  });

  test.each([-1, 0, 3])('a length of %d is refused', (length) => {
    const bytes = Buffer.from([0x51, 0, 0, 0, 0]);
    bytes.writeInt32BE(length, 1);
    const reader = new FrameReader(() => 'whole');
    reader.push(bytes);
    expect(() => reader.next()).toThrow(ProtocolViolation);
  });
});
