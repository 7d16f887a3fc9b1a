/** The meaning of commands that their text alone decides, as test rows have them. There is no proxy yet that masks for them. */
import { deniedBy } from '../engine/fixed-rule.js';
import type { Decision } from '../engine/decision.js';
import type { ValueObject } from '../values/value.js';
import type { Circumstances, Meaning, Settled } from './meaning.js';

export class PlainMeaning implements Meaning<null> {
  readonly reusable = true;
  readonly reading = null;
  readonly varying = {};
  readonly values = undefined;

  constructor(readonly roots: ValueObject) {}

  get key(): object {
    return this.roots;
  }

  settle(decided: Decision, { fixed }: Circumstances): Settled<null> {
    const decision = fixed === undefined ? decided : deniedBy(decided, fixed);
    return { decision, plan: null, columns: () => null };
  }

  unknowns(): readonly string[] {
    return [];
  }

  reaching: Meaning['reaching'] = (masks) => masks;
}
