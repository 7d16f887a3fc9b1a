/** Refusals by the gateway itself, which no rule can lift: `gateway.catalogue`, `gateway.limit`. */
import { NO_RULE_ALLOWS_IT, type Decision } from './decision.js';

export interface FixedRule {
  /** Begins with `gateway.`, or is the rule whose mask cannot be carried out. */
  readonly rule: string;
  readonly reason: string;
}

/** The decision with this as one more deny rule. */
export function deniedBy(decision: Decision, { rule, reason }: FixedRule): Decision {
  const fired = { id: rule, effect: 'deny' as const, file: '', line: 0, reasons: [reason] };
  const before =
    decision.effect === 'deny' ? decision.reasons.filter((one) => one !== NO_RULE_ALLOWS_IT) : [];
  return {
    ...decision,
    effect: 'deny',
    rules: [...decision.rules, fired],
    reasons: [...before, reason],
    reviews: [],
    masks: [],
    limits: {},
  };
}
