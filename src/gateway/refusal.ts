/** What a client is told of a refusal: the rule and its reason, and of what is unknown only that it is. */
import type { Decision } from '../engine/decision.js';
import { nearest } from '../values/nearest.js';
import type { SqlAnalysis } from '../facts/sql/scope/analysis.js';
import type { Catalogue } from '../facts/sql/catalogue/catalogue.js';
import type { Refusal } from './session.js';

/** Reasons may be templates over values of the client's own text. */
const MESSAGE_LENGTH_MAX = 2000;

/** What is said beside the rules: what was not understood, and where the record has it. */
export interface Told {
  /** `session …, command 3`: what `policy sessions` and `policy explain` know it by. */
  readonly reference: string;
  readonly text: string;
  readonly analysis: SqlAnalysis;
  readonly catalogue: Catalogue | null;
}

/** Only where something unknown is why: the place of a syntax error, relations that are not there. */
function unknownOf({ unknowns }: Decision, { text, analysis, catalogue }: Told): string[] {
  if (unknowns.length === 0) return [];
  const { error, errorAt, absent = [] } = analysis;
  if (error !== null) return [errorAt === undefined ? error : `${error}, ${placeOf(text, errorAt)}`];
  return absent.slice(0, ABSENT_MAX).map(({ written, schema, name }, at) => {
    const there = catalogue?.relations.filter((one) => one.schema === schema).map((one) => one.name) ?? [];
    // A look at each of very many names would be a dear answer to a cheap mistake.
    const like = at === 0 && there.length <= COMPARED_MAX ? nearest(name, there) : null;
    return `relation "${written}" does not exist${like === null ? '' : `: did you mean "${like}"?`}`;
  });
}

const ABSENT_MAX = 5;
const COMPARED_MAX = 1000;

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${before.at(-1)!.length + 1}`;
}

export function refusalOf(decision: Decision, hint: string | null, told: Told): Refusal {
  const detail = bounded([...unknownOf(decision, told), told.reference].join('; '));
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
