/** What a client is told of a refusal: the rule and its reason; of an unknown only that there is one. */
import type { Decision } from '../engine/decision.js';
import type { Refusal } from './session.js';

/** Limits reasons, which may quote the client's own text. */
const MESSAGE_LENGTH_MAX = 2000;

/** What a refusal says besides the rules: what was not understood, and where it is recorded. */
export interface Told {
  /** `session …, command 3`: as `policy sessions` and `policy explain` refer to it. */
  readonly reference: string;
  /** The parts of the command that are not understood. */
  readonly unknowns: () => readonly string[];
}

export function refusalOf(decision: Decision, hint: string | null, told: Told): Refusal {
  // Only if something unknown is why.
  const unknown = decision.unknowns.length === 0 ? [] : told.unknowns();
  const detail = bounded([...unknown, told.reference].join('; '));
  if (decision.effect === 'review') {
    const groups = [...new Set(decision.reviews.flatMap((review) => review.groups))];
    const message = `denied by ${rulesOf(decision.reviews.map((review) => review.rule))}: needs review by ${groups.join(', ')}`;
    return {
      message: bounded(message),
      detail: bounded(`${decision.reasons.join('; ')}; ${told.reference}`),
      hint,
    };
  }
  const denying = decision.rules.filter((rule) => rule.effect === 'deny');
  const ids = [...decision.unknowns, ...denying].map((rule) => rule.id);
  const by = ids.length === 0 ? '' : ` by ${rulesOf(ids)}`;
  return { message: bounded(`denied${by}: ${decision.reasons.join('; ')}`), detail, hint };
}

function rulesOf(ids: readonly string[]): string {
  return [...new Set(ids)].join(', ');
}

/** Never cut in the middle of a surrogate pair. */
function bounded(text: string): string {
  if (text.length <= MESSAGE_LENGTH_MAX) return text;
  return `${text.slice(0, MESSAGE_LENGTH_MAX).replace(/[\ud800-\udbff]$/, '')}…`;
}
