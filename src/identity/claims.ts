/** Groups from claims: `repo:{repository}`, `{groups}`. */
import { isArray, isObject, property, type Maybe, type ValueObject } from '../engine/value.js';

const GROUPS_MAX = 1000;
const PLACEHOLDER = /\{([^{}]+)\}/g;

/** What is wrong with a template, or null. */
export function templateProblem(template: string): string | null {
  if (template.replace(PLACEHOLDER, '').match(/[{}]/) !== null) return 'a brace is not closed, or is empty';
  return template === '' ? 'an empty template names no group' : null;
}

/**
 * The groups that the templates give over the claims, sorted, without duplicates. An array claim gives one group for
 * each element; a claim that is missing, or is neither text, number nor boolean, gives none.
 *
 * A value is put in as it is: with `env:{environment}` a claim of `x:y` gives `env:x:y`. A literal prefix before each
 * placeholder keeps the groups of one template apart from those of another.
 */
export function groupsOf(templates: readonly string[], claims: ValueObject): readonly string[] {
  const groups = new Set<string>();
  for (const template of templates) {
    for (const group of expand(template, claims)) {
      groups.add(group);
      if (groups.size >= GROUPS_MAX) break;
    }
  }
  return [...groups].sort();
}

function expand(template: string, claims: ValueObject): readonly string[] {
  let expanded: string[] = [''];
  let end = 0;
  for (const match of template.matchAll(PLACEHOLDER)) {
    const literal = template.slice(end, match.index);
    const values = textsOf(claimAt(claims, match[1]!));
    expanded = expanded
      .flatMap((prefix) => values.map((value) => prefix + literal + value))
      .slice(0, GROUPS_MAX);
    end = match.index + match[0].length;
  }
  return expanded.map((prefix) => prefix + template.slice(end));
}

/** A claim by its name, or by a path with dots where no claim has that very name. */
function claimAt(claims: ValueObject, name: string): Maybe {
  const whole = property(claims, name);
  if (whole !== undefined) return whole;
  return name
    .split('.')
    .reduce<Maybe>((value, part) => (isObject(value) ? property(value, part) : undefined), claims);
}

function textsOf(value: Maybe): readonly string[] {
  if (isArray(value)) return value.flatMap((element) => (isArray(element) ? [] : textsOf(element)));
  if (typeof value === 'string') return value === '' ? [] : [value];
  return typeof value === 'number' || typeof value === 'boolean' ? [String(value)] : [];
}
