/** Which groups an issuer's templates can give (src/identity/claims.ts makes them). */
import type { KnownGroups } from './finding.js';
import { linear, quoted } from './linear-pattern.js';

/** `repo:{repository}` gives any text behind `repo:`. */
export function knownGroups(templates: readonly string[]): KnownGroups {
  const patterns = templates.map((template) =>
    linear(
      template
        .split(/\{[^{}]+\}/)
        .map(quoted)
        .join('(?s:.+)'),
    ),
  );
  return {
    canBe: (group) => patterns.some((matches) => matches(group)),
    fixed: templates.filter((template) => !template.includes('{')),
  };
}
