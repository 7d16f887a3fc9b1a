/** The meaning of commands that depend on their text alone, as in test rows. No proxy masks their results yet. */
import { deniedBy } from '../engine/fixed-rule.js';
import type { Decision } from '../engine/decision.js';
import type { ValueObject } from '../values/value.js';
import type { Circumstances, Meaning, Planned } from './meaning.js';

export class PlainMeaning implements Meaning<null> {
  readonly reusable = true;
  readonly reading = null;
  readonly varying = {};
  readonly values = undefined;

  constructor(readonly roots: ValueObject) {}

  get key(): object {
    return this.roots;
  }

  plan(decided: Decision, { fixed }: Circumstances): Planned<null> {
    const decision = fixed === undefined ? decided : deniedBy(decided, fixed);
    return { decision, plan: null, columns: () => null };
  }

  unknowns(): readonly string[] {
    return [];
  }

  reaching: Meaning['reaching'] = (masks) => masks;
}
