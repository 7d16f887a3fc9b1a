/** What a row of a test expects of a decision, and what differs. */
import type { Expectation } from '../../grammar/ast.js';
import type { Decision } from './decision.js';

/** Empty where the decision is as expected. */
export function compareDecision(decision: Decision, wanted: Expectation): string[] {
  const complaints: string[] = [];
  if (decision.effect !== wanted.effect) complaints.push(`it is ${decision.effect}, not ${wanted.effect}`);
  // A rule that could not be decided is as much the reason of a denial as one that fired; one that allows is none.
  const named = [...decision.rules, ...decision.unknowns];
  const reasons = named.filter(({ effect }) => wanted.effect !== 'deny' || effect !== 'allow');
  const ids = new Set(reasons.map(({ id }) => id));
  for (const { name } of wanted.ruleIds) if (!ids.has(name)) complaints.push(`\`${name}\` did not fire`);
  const selectors = new Set(decision.masks.flatMap((mask) => mask.selectors.map(({ value }) => value)));
  for (const { value } of wanted.masks)
    if (!selectors.has(value)) complaints.push(`\`${value}\` is not masked`);
  const groups = new Set(decision.reviews.flatMap((review) => review.groups));
  for (const { value } of wanted.reviewers)
    if (!groups.has(value)) complaints.push(`\`${value}\` need not agree`);
  return complaints;
}
