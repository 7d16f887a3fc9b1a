/** Texts that a token brings along: claims, the subject, the name, groups made from claims. */
import type { Core } from '../../src/engine/core.js';
import { unwrap } from './calls.js';
import { factName, factOf, type Bindings } from './frame.js';

/** The name of the claim that an expression reads, `identity.claims.sub`; null for anything else. */
export function claimOf(core: Core | undefined, bindings: Bindings): string | null {
  const path = core === undefined ? null : factOf(unwrap(core), bindings);
  if (path?.[0] !== 'identity') return null;
  const [, field, ...rest] = path;
  const isText =
    (field === 'claims' && rest.length > 0) ||
    (field === 'groups' && rest.length === 1) ||
    field === 'subject' ||
    field === 'name';
  return isText ? factName(path) : null;
}

/** The last word of a claim: `sub`. */
export function lastWord(claim: string): string {
  return claim.replace(/\[\]$/, '').split('.').at(-1)!;
}
