/** Clients that are not admitted, and what they are told: SQLSTATEs that a server would choose, since drivers act on them. */
import { never } from '../../../src/errors.js';
import type { Admission, Refused, Unavailable } from '../../../src/gateway/session.js';
import { Fatal } from '../wire/fatal.js';

/** invalid_password: a server's answer to a wrong password. */
export const INVALID_PASSWORD = '28P01';

const SQLSTATES: Readonly<Record<Refused, string>> = {
  unproven: INVALID_PASSWORD,
  // invalid_authorization_specification: asking for a password again would not help.
  token: '28000',
  // invalid_catalog_name
  'unknown-database': '3D000',
  'ambiguous-database': '3D000',
  // insufficient_privilege, as without CONNECT.
  'closed-database': '42501',
};

export function refusedAs({ why, message, hint }: Admission<never> & { readonly kind: 'refused' }): Fatal {
  return new Fatal(SQLSTATES[why], message, 'refused', { hint });
}

/** Otherwise the token is valid, and another one would not help. */
export function isAboutToken(why: Refused): boolean {
  return why === 'unproven' || why === 'token';
}

export function unavailable(why: Unavailable): Fatal {
  switch (why) {
    case 'credential':
      return new Fatal('08006', 'the target cannot be reached at the moment', 'refused');
    case 'at-capacity':
      return new Fatal('53300', 'the gateway has no more sessions to give', 'refused');
    case 'no-room':
      return new Fatal('53100', 'the gateway has no room to record another session', 'refused');
    case 'closing':
      return new Fatal('57P03', 'the gateway is shutting down', 'refused');
    default:
      return never(why);
  }
}
