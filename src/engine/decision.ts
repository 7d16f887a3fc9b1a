/** The decision of the rules on one command. Plain data: the guard acts on it, the record keeps it, replay compares it. */

export interface Decision {
  readonly effect: 'allow' | 'deny' | 'review';
  /** Every non-shadow rule that fired, in order of id; including those that did not determine the effect. */
  readonly rules: readonly FiredRule[];
  /** Rules other than allow rules whose evaluation was unknown. Empty unless the effect is `deny`. */
  readonly unknowns: readonly UnknownRule[];
  /**
   * If no rule determined the effect: the allow rules whose evaluation was unknown, in order of id. They decide
   * nothing, but show what is missing for one of them to allow the command. Omitted if there are none.
   */
  readonly mightAllow?: readonly UnknownRule[];
  /** Why, for people: the reasons of the rules that determined the effect, or `no rule allows it`. */
  readonly reasons: readonly string[];
  /** For a `review`: all of them must be met. */
  readonly reviews: readonly ReviewRequirement[];
  /** For an `allow` or `review`: what must be masked before the client sees it. */
  readonly masks: readonly MaskInstruction[];
  /** For an `allow` or `review`: the smallest of each. */
  readonly limits: Limits;
  /** Shadow rules that fired or were unknown; they take no part in the effect. */
  readonly shadows: readonly ShadowRule[];
  /** The rule set that decided, as `bundle.ts` names it. */
  readonly revision: string;
}

export type RuleEffect = 'allow' | 'deny' | 'review' | 'mask' | 'limit';

export interface FiredRule {
  /** `package.name`. */
  readonly id: string;
  readonly effect: RuleEffect;
  readonly file: string;
  readonly line: number;
  /** At most eight, one for each solution of the body. Empty for rules without a reason. */
  readonly reasons: readonly string[];
}

export interface ShadowRule extends FiredRule {
  /** Why it could not be decided; omitted if it fired. */
  readonly undecided?: string;
}

export interface UnknownRule {
  readonly id: string;
  readonly effect: RuleEffect;
  readonly file: string;
  readonly line: number;
  /** Why it cannot be decided, with the fact's path if it was a fact. */
  readonly reason: string;
  /** `sql.statements`, or null if a builtin or the budget failed. */
  readonly fact: string | null;
}

export interface ReviewRequirement {
  readonly rule: string;
  readonly reason: string;
  /** Any of these groups may approve. */
  readonly groups: readonly string[];
  readonly quorum: number;
  readonly withinSeconds: number;
}

export interface MaskInstruction {
  readonly rule: string;
  readonly selectors: readonly MaskSelector[];
  readonly method: MaskMethod;
}

export interface MaskSelector {
  readonly by: 'column' | 'tagged' | 'pattern' | 'field' | 'header';
  /** `customers.email`, `pii`, `credit_card`, `user.*.email`, `authorization`. */
  readonly value: string;
}

/** From the strictest to the mildest; this order determines the strictest of several. */
export type MaskMethod =
  | { readonly kind: 'null' }
  | { readonly kind: 'redact' }
  | { readonly kind: 'replace'; readonly text: string }
  | { readonly kind: 'hash' }
  | { readonly kind: 'email' }
  | { readonly kind: 'partial'; readonly keepLast: number };

export interface Limits {
  readonly rows?: number;
  readonly bytes?: number;
  readonly seconds?: number;
}

/** `no rule allows it`: the reason if nothing fired. */
export const NO_RULE_ALLOWS_IT = 'no rule allows it';
/** The reason if a rule that could have refused was unknown. */
export const CANNOT_BE_DECIDED = 'cannot be decided';

export function describeMethod(method: MaskMethod): string {
  if (method.kind === 'partial') return `partial(${method.keepLast})`;
  return method.kind === 'replace' ? `replace(${JSON.stringify(method.text)})` : method.kind;
}
