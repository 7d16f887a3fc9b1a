/** Lines are put together from their members: each must be the JSON of its event, whatever it holds. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CommandDecided, CommandResult, EventBody } from '../../src/audit/event.js';
import { WrittenDecisions } from '../../src/audit/known-decisions.js';
import { FIRST_PREV, writeLine } from '../../src/audit/line.js';
import { closed, command, opened, result } from './events.js';

function written(body: EventBody, at: Date, seq = 3): unknown {
  const { bytes } = writeLine(seq, at, FIRST_PREV, body, new WrittenDecisions());
  expect(bytes.indexOf('\n')).toBe(bytes.length - 1);
  return JSON.parse(bytes.toString('utf8'));
}

const head = (at: Date, seq = 3): object => ({
  seq,
  at: at.toISOString(),
  prev: FIRST_PREV,
  hash: expect.stringMatching(/^[0-9a-f]{64}$/),
});

const at = new Date('2026-11-21T14:05:09.007Z');
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(values, { nil: undefined });
const texts = fc.string({ unit: 'binary' });

const results: fc.Arbitrary<CommandResult> = fc.record({
  kind: fc.constant('result'),
  command: fc.nat(),
  outcome: fc.constantFrom('completed', 'error', 'skipped', 'lost'),
  bytes: fc.maxSafeNat(),
  code: maybe(texts),
  detail: maybe(fc.dictionary(texts, fc.jsonValue()) as fc.Arbitrary<object>),
  milliseconds: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
});

const commands: fc.Arbitrary<CommandDecided> = fc
  .record({
    command: fc.nat(),
    phase: fc.constantFrom('query', 'prepare', 'execute'),
    text: texts,
    parameters: maybe(fc.array(fc.oneof(texts, fc.constant(null)))),
    forwarded: fc.boolean(),
  })
  .map((members) => ({ ...command, ...members }));

describe('a line', () => {
  test.each([opened, command, result, closed])('is the JSON of its event: $kind', (event) => {
    expect(written(event, at)).toEqual({ ...head(at), ...event });
  });

  test('is so whatever a result or a command holds', () => {
    fc.assert(
      fc.property(fc.oneof(results, commands), fc.nat(), (event, seq) => {
        const whole: unknown = JSON.parse(JSON.stringify(event));
        expect(written(event, at, seq)).toEqual({ ...head(at, seq), ...(whole as object) });
      }),
      { numRuns: 500 },
    );
  });

  test('says when, to the millisecond', () => {
    const around = fc.integer({ min: -3000, max: 3000 }).map((ms) => new Date(at.getTime() + ms));
    const anytime = fc.date({
      noInvalidDate: true,
      min: new Date('1900-01-01'),
      max: new Date('2200-01-01'),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(around, anytime), { minLength: 2 }), (times) => {
        for (const time of times) expect(written(closed, time)).toMatchObject({ at: time.toISOString() });
      }),
    );
  });
});
