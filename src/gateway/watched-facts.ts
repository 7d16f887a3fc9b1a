/**
 * Facts that notice reads of anything that differs between commands of the same meaning: the text, bound values, the
 * time. A decision that read none of these holds for all of them.
 */
import type { ValueObject } from '../values/value.js';
import { watchVarying, type Varying } from '../values/varying.js';

export interface Watched {
  readonly facts: ValueObject;
  /** Whether anything that varies has been read. */
  readonly read: () => boolean;
}

/** `facts` as `commandFacts` gives them; `varying` as the meaning declares for its roots. */
export function watch(facts: ValueObject, varying: Varying): Watched {
  let read = false;
  const watched = watchVarying(facts, { ...varying, command: { text: true }, now: true }, () => {
    read = true;
  });
  return { facts: watched, read: () => read };
}
