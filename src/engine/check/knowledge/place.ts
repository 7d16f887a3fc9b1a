/** Places: names for what an expression reads that stays the same all through a body. */
import type { Core } from '../../core.js';

/** `target.type`, which says the protocols whose facts are there. */
export const targetType = stepPlace('target', 'type');

/** `identity.issuer`, which says the claims that there are. */
export const issuer = stepPlace('identity', 'issuer');

/** The places that variables are other names of, by slot. */
export type Aliases = ReadonlyMap<number, string>;

/** The place of a fact, a variable, a rule, or of something below them by constant keys; null for what is computed. */
export function placeOf(aliases: Aliases, core: Core): string | null {
  if (core.kind === 'fact') return core.root;
  if (core.kind === 'input') return 'input';
  if (core.kind === 'local') return core.slot === -1 ? null : (aliases.get(core.slot) ?? `#${core.slot}`);
  if (core.kind === 'rule')
    return core.rule.kind === 'complete' ? `data.${JSON.stringify(core.rule.path)}` : null;
  if (core.kind !== 'step' || core.key.kind !== 'constant') return null;
  const { value } = core.key;
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const base = placeOf(aliases, core.base);
  return base === null ? null : stepPlace(base, value);
}

export function stepPlace(base: string, key: string | number): string {
  return `${base}[${JSON.stringify(key)}]`;
}

/** Whether a place means the same in every rule. */
export function isShared(place: string): boolean {
  return !place.startsWith('#');
}
