/** What changes between two decisions on the same command. */
import type { Decision, MaskInstruction, MaskMethod } from '../engine/decision.js';

/** `opens`: somebody may now do or see more. `closes`: less. `other`: neither for certain. */
export interface Change {
  readonly kind: 'effect' | 'mask-lost' | 'mask-gained' | 'limit' | 'review';
  readonly direction: 'opens' | 'closes' | 'other';
  /** `deny → allow`, `mask customers.email lost`. */
  readonly text: string;
}

const STRICTNESS: Record<Decision['effect'], number> = { allow: 0, review: 1, deny: 2 };

export function differences(before: Decision, after: Decision): readonly Change[] {
  if (before.effect !== after.effect) return [effectChange(before, after)];
  if (before.effect === 'deny') return [];
  return [...maskChanges(before, after), ...limitChanges(before, after), ...reviewChanges(before, after)];
}

/** Where a command that was denied becomes allowed, its masks are new to it; lost masks are told only where it ran. */
function effectChange(before: Decision, after: Decision): Change {
  const direction = STRICTNESS[after.effect] < STRICTNESS[before.effect] ? 'opens' : 'closes';
  return { kind: 'effect', direction, text: `${before.effect} → ${after.effect}` };
}

function maskChanges(before: Decision, after: Decision): Change[] {
  const old = masked(before.masks);
  const now = masked(after.masks);
  const lost = [...old].filter(([key]) => !now.has(key));
  const gained = [...now].filter(([key]) => !old.has(key));
  return [
    ...lost.map(([, name]): Change => ({ kind: 'mask-lost', direction: 'opens', text: `mask ${name} lost` })),
    ...gained.map(([, name]): Change => ({
      kind: 'mask-gained',
      direction: 'closes',
      text: `mask ${name} gained`,
    })),
  ];
}

/** Selector and method together: a milder method on the same column is a mask lost and another gained. */
function masked(masks: readonly MaskInstruction[]): ReadonlyMap<string, string> {
  const entries = masks.flatMap((mask) =>
    mask.selectors.map(({ by, value }) => {
      const name = by === 'column' ? value : `${by} ${value}`;
      const method = describeMethod(mask.method);
      return [`${by} ${value} ${method}`, `${name} (${method})`] as const;
    }),
  );
  return new Map(entries);
}

export function describeMethod(method: MaskMethod): string {
  if (method.kind === 'partial') return `partial(${method.keepLast})`;
  return method.kind === 'replace' ? `replace(${JSON.stringify(method.text)})` : method.kind;
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

/** What a pull request must not bring unnoticed: more allowed than before, or less masked. */
export function failsReplay(change: Change): boolean {
  return change.direction === 'opens' && change.kind !== 'limit';
}
