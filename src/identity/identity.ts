import type { ValueObject } from '../values/value.js';

/** Who a session acts for, as a verified token says. Never holds the token itself. */
export interface Identity {
  /** Stable and unique with the issuer: `sub`. */
  readonly subject: string;
  readonly issuer: string;
  readonly kind: 'service' | 'human';
  /** For people: the `name`, `email` or `sub` claim. */
  readonly name: string;
  /** From the issuer's group templates over the claims. Sorted, no duplicates. */
  readonly groups: readonly string[];
  /** Every claim of the token, as values. */
  readonly claims: ValueObject;
  /** The moment the token expires. What that means for a session is `sessions` of the configuration. */
  readonly expiresAt: Date;
}
