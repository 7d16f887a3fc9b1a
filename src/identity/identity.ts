import type { ValueObject } from '../values/value.js';

/** Whom a session acts for, according to a verified token. Never holds the token itself. */
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
  /** When the token expires. `sessions` in the configuration says what that means for a session. */
  readonly expiresAt: Date;
}
