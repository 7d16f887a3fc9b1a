/**
 * Permutes integers under a key, so that `hash` keeps equality and never maps two numbers to one. A Feistel network
 * over the halves of the number (Luby and Rackoff, 1988), with rounds derived from HMAC-SHA-256.
 */
import { createHmac } from 'node:crypto';
import type { MaskKey } from '../methods.js';

const ROUNDS = 8;

/** The lookup tables of the rounds for one width, filled on demand; -1 is not computed yet. */
type Rounds = readonly Int32Array[];

const known = new WeakMap<MaskKey, Map<number, Rounds>>();

/** `bits` is 8 for smallint, 16 for integer: half the width of the number. */
function roundsOf(key: MaskKey, bits: number): Rounds {
  const widths = known.get(key) ?? new Map<number, Rounds>();
  known.set(key, widths);
  let rounds = widths.get(bits);
  if (rounds === undefined) {
    rounds = Array.from({ length: ROUNDS }, () => new Int32Array(2 ** bits).fill(-1));
    widths.set(bits, rounds);
  }
  return rounds;
}

/** Takes and returns a signed number of `2 * bits` bits. */
export function permute(value: number, bits: number, key: MaskKey): number {
  const mask = 2 ** bits - 1;
  let left = (value >> bits) & mask;
  let right = value & mask;
  for (const [round, outcomes] of roundsOf(key, bits).entries()) {
    let outcome = outcomes[right]!;
    if (outcome < 0) {
      outcome = digest(key, `${2 * bits}.${round}.${right}`).readUInt16BE(0) & mask;
      outcomes[right] = outcome;
    }
    [left, right] = [right, left ^ outcome];
  }
  const unused = 32 - 2 * bits;
  return (((left << bits) | right) << unused) >> unused;
}

/** Values of other types are hashed with a type prefix, so that no text has the hash of a number. */
export function digest(key: MaskKey, value: string): Buffer {
  return createHmac('sha256', key).update('\0typed\0').update(value, 'utf8').digest();
}
