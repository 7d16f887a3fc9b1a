/** Which groups an issuer's templates can give (src/identity/claims.ts makes them). */

/** `repo:{repository}` gives any text behind `repo:`. */
export function groupPatterns(templates: readonly string[]): readonly RegExp[] {
  return templates.map(
    (template) =>
      new RegExp(
        `^${template
          .split(/\{[^{}]+\}/)
          .map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.+')}$`,
        's',
      ),
  );
}
