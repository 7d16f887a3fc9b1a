/**
 * Groups from claims: `repo:{repository}`, `{groups}`.
 *
 * Whoever controls a claim must not be able to produce a group of another template. A literal prefix separates the
 * groups of templates; that is the configuration's part. Ours is that a group is unambiguous: it tells which claims
 * made it. Two placeholders must have text between them, and a value that contains this text (`a:b` for `x` in
 * `{x}:{y}`) refuses the token, as do control characters and too many or too long groups.
 */
import { isArray, isObject, property, type Maybe, type ValueObject } from '../values/value.js';

const GROUPS_MAX = 1000;
const GROUP_LENGTH_MAX = 1024;

/** Literals and claims alternate: one more literal than claims. */
export interface GroupTemplate {
  readonly text: string;
  readonly literals: readonly string[];
  readonly claims: readonly string[];
}

/** The claims cannot be turned into groups; the message is for the record. */
export class ClaimsRefused extends Error {}

/** A template, or its problem. */
export function parseTemplate(text: string): GroupTemplate | { readonly problem: string } {
  const parts = text.split(/\{([^{}]+)\}/);
  const literals = parts.filter((_, index) => index % 2 === 0);
  const claims = parts.filter((_, index) => index % 2 === 1);
  if (text === '') return { problem: 'an empty template gives no group' };
  if (literals.some((literal) => /[{}]/.test(literal)))
    return { problem: 'a brace is not closed, or is empty' };
  if (literals.slice(1, -1).includes(''))
    return { problem: 'two claims need text between them to show where the first one ends' };
  return { text, literals, claims };
}

/** The problem of a template, or null. */
export function templateProblem(text: string): string | null {
  const parsed = parseTemplate(text);
  return 'problem' in parsed ? parsed.problem : null;
}

/**
 * The groups that the templates give over the claims, sorted, without duplicates. An array claim gives one group for
 * each element; a missing claim, an empty one or an object gives none. Throws ClaimsRefused.
 */
export function groupsOf(templates: readonly GroupTemplate[], claims: ValueObject): readonly string[] {
  const groups = new Set<string>();
  for (const template of templates) {
    for (const group of expand(template, claims)) groups.add(group);
    if (groups.size > GROUPS_MAX) throw tooMany();
  }
  return [...groups].sort();
}

function expand({ text, literals, claims }: GroupTemplate, values: ValueObject): readonly string[] {
  let expanded: readonly string[] = [literals[0]!];
  for (const [index, claim] of claims.entries()) {
    const after = literals[index + 1]!;
    const last = index === claims.length - 1;
    const texts = textsOf(claimAt(values, claim));
    for (const value of texts) if (!last) assertDecodable(value, after, text, claim);
    if (expanded.length * texts.length > GROUPS_MAX) throw tooMany();
    expanded = expanded.flatMap((before) => texts.map((value) => before + value + after));
  }
  for (const group of expanded) assertPrintable(group, text);
  return expanded;
}

/** The first occurrence of the text after a placeholder must be at the end of the value. */
function assertDecodable(value: string, after: string, template: string, claim: string): void {
  if ((value + after).indexOf(after) === value.length) return;
  throw new ClaimsRefused(
    `the claim \`${claim}\` holds the \`${after}\` that ends it in the template \`${template}\``,
  );
}

function assertPrintable(group: string, template: string): void {
  if (group.length > GROUP_LENGTH_MAX)
    throw new ClaimsRefused(`a group of the template \`${template}\` is too long`);
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(group))
    throw new ClaimsRefused(`a group of the template \`${template}\` has a control character`);
}

function tooMany(): ClaimsRefused {
  return new ClaimsRefused(`the claims give more than ${GROUPS_MAX} groups`);
}

/** A claim by its name, or by a dotted path if no claim has that exact name: `realm_access.roles`. */
function claimAt(claims: ValueObject, name: string): Maybe {
  const whole = property(claims, name);
  if (whole !== undefined) return whole;
  const step = (value: Maybe, part: string): Maybe => (isObject(value) ? property(value, part) : undefined);
  return name.split('.').reduce<Maybe>(step, claims);
}

function textsOf(value: Maybe): readonly string[] {
  if (isArray(value)) return value.flatMap((element) => (isArray(element) ? [] : textsOf(element)));
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
}
