/** What changes between two decisions on the same command. */
import { describeMethod, type Decision, type MaskInstruction, type MaskMethod } from '../engine/decision.js';
import { compareMethods, strictest } from '../masking/strictness.js';

/** `opens`: somebody may now do or see more. `closes`: less. `other`: not certain. */
export interface Change {
  readonly kind: 'effect' | 'mask-lost' | 'mask-gained' | 'limit' | 'review';
  readonly direction: 'opens' | 'closes' | 'other';
  /** `deny → allow`, `mask customers.email with email lost`. */
  readonly text: string;
}

const STRICTNESS: Record<Decision['effect'], number> = { allow: 0, review: 1, deny: 2 };

export function differences(before: Decision, after: Decision): readonly Change[] {
  if (before.effect !== after.effect) return [effectChange(before, after)];
  if (before.effect === 'deny') return [];
  return [...maskChanges(before, after), ...limitChanges(before, after), ...reviewChanges(before, after)];
}

/**
 * If a denied command becomes allowed, its masks are all new; lost masks are reported only for a command that was
 * forwarded.
 */
function effectChange(before: Decision, after: Decision): Change {
  const direction = STRICTNESS[after.effect] < STRICTNESS[before.effect] ? 'opens' : 'closes';
  return { kind: 'effect', direction, text: `${before.effect} → ${after.effect}` };
}

function maskChanges(before: Decision, after: Decision): Change[] {
  const old = methods(before.masks);
  const now = methods(after.masks);
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)];
    if (is === undefined) return [maskChange('mask-lost', 'opens', name, `${describeMethod(was!)} lost`)];
    if (was === undefined) return [maskChange('mask-gained', 'closes', name, `${describeMethod(is)} gained`)];
    const order = compareMethods(is, was);
    if (order === 0) return [];
    const text = `${describeMethod(was)} → ${describeMethod(is)}`;
    return [
      order < 0
        ? maskChange('mask-gained', 'closes', name, text)
        : maskChange('mask-lost', 'opens', name, text),
    ];
  });
}

function maskChange(
  kind: Change['kind'],
  direction: Change['direction'],
  name: string,
  text: string,
): Change {
  return { kind, direction, text: `mask ${name} with ${text}` };
}

/** By selector; of several masks on one the strictest, which is the one carried out. */
function methods(masks: readonly MaskInstruction[]): ReadonlyMap<string, MaskMethod> {
  const found = new Map<string, MaskMethod>();
  for (const { selectors, method } of masks) {
    for (const { by, value } of selectors) {
      const name = by === 'column' ? value : `${by} ${value}`;
      found.set(name, strictest([method, ...(found.has(name) ? [found.get(name)!] : [])])!);
    }
  }
  return found;
}

function limitChanges(before: Decision, after: Decision): Change[] {
  return (['rows', 'bytes', 'seconds'] as const).flatMap((unit): Change[] => {
    const old = before.limits[unit];
    const now = after.limits[unit];
    if (old === now) return [];
    const direction = (now ?? Infinity) > (old ?? Infinity) ? 'opens' : 'closes';
    return [{ kind: 'limit', direction, text: `limit ${unit} ${old ?? 'none'} → ${now ?? 'none'}` }];
  });
}

function reviewChanges(before: Decision, after: Decision): Change[] {
  const describe = (decision: Decision): string =>
    decision.reviews
      .map(
        (review) =>
          `${review.rule} by ${review.groups.join(', ')} quorum ${review.quorum} within ${review.withinSeconds} s`,
      )
      .sort()
      .join('; ');
  const [old, now] = [describe(before), describe(after)];
  return old === now ? [] : [{ kind: 'review', direction: 'other', text: `review ${old} → ${now}` }];
}

/** Changes that fail a replay: more allowed than before, or less masked. */
export function failsReplay(change: Change): boolean {
  return change.direction === 'opens' && change.kind !== 'limit';
}
