/** Label and field selectors, in the grammar of k8s.io/apimachinery (pkg/labels, pkg/fields). */
import { objectOf, Unknown, ValueSet } from '../../values/value.js';
import type { Value } from '../../values/value.js';

export const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] as const;

interface Requirement {
  readonly key: string;
  readonly operator: (typeof operators)[number];
  readonly values: readonly string[];
}

const lengthMax = 16 * 1024;

/** The requirements as facts; unknown if the server would not read it either. */
export function selectorFacts(text: string, kind: 'label' | 'field'): Value {
  const requirements = kind === 'label' ? parseLabelSelector(text) : parseFieldSelector(text);
  if (requirements === null) return new Unknown(`the ${kind} selector is not valid`);
  return requirements.map(({ key, operator, values }) =>
    objectOf([
      ['key', key],
      ['operator', operator],
      ['values', ValueSet.of(values)],
    ]),
  );
}

/** `metadata.name=web` asks for one object by its name. Null if the selector matches more than one. */
export function selectedName(fieldSelector: string): string | null {
  const wanted = parseFieldSelector(fieldSelector)?.find(
    ({ key, operator }) => key === 'metadata.name' && operator === 'In',
  );
  const [name] = wanted?.values ?? [];
  return name === undefined || name === '' || name === '.' || name === '..' || /[/%]/.test(name)
    ? null
    : name;
}

/** `a=b,c!=d`. A backslash before a comma, an equals sign or a backslash makes it a part of the value. */
function parseFieldSelector(text: string): Requirement[] | null {
  if (text.length > lengthMax) return null;
  const requirements: Requirement[] = [];
  for (const [term] of text.matchAll(/(?:[^\\,]|\\[^]|\\$)+/g)) {
    const [, key, sign, escaped] = /^([^]*?)(!=|==|=)([^]*)$/.exec(term) ?? [];
    const value = escaped === undefined ? null : unescapeValue(escaped);
    if (key === undefined || value === null) return null;
    // An operator alone is no requirement.
    if (key !== '' || value !== '')
      requirements.push({ key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] });
  }
  return requirements;
}

function unescapeValue(text: string): string | null {
  return /^(?:[^\\,=]|\\[\\,=])*$/.test(text) ? text.replace(/\\(.)/g, '$1') : null;
}

const token = /[ \t\r\n]*(==|!=|[=!<>(),]|[^ \t\r\n=!<>(),]+)/y;

function tokenize(text: string): string[] | null {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.replace(/[ \t\r\n]+$/, '').length) {
    const match = token.exec(text);
    if (match === null) return null;
    tokens.push(match[1]!);
  }
  return tokens;
}

const prefixPattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const namePattern = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** A label's name may have a prefix that is a DNS name. */
function isKey(key: string): boolean {
  const slash = key.indexOf('/');
  const prefix = key.slice(0, Math.max(slash, 0));
  return (slash === -1 || (prefix.length <= 253 && prefixPattern.test(prefix))) && namePattern.test(key.slice(slash + 1)); // prettier-ignore
}

function isValue(value: string, operator: Requirement['operator']): boolean {
  if (operator !== 'Gt' && operator !== 'Lt') return value === '' || namePattern.test(value);
  return /^[0-9]{1,18}$/.test(value);
}

/** `a=b, c in (d, e), !f, g`. */
function parseLabelSelector(text: string): Requirement[] | null {
  const tokens = text.length > lengthMax ? null : tokenize(text);
  if (tokens === null) return null;
  const requirements: Requirement[] = [];
  for (let at = 0; at < tokens.length;) {
    const found = readRequirement(tokens, at);
    if (found === null) return null;
    requirements.push(found.requirement);
    at = found.next;
    if (at === tokens.length) break;
    if (tokens[at] !== ',' || at + 1 === tokens.length) return null;
    at++;
  }
  const fits = ({ key, operator, values }: Requirement) =>
    isKey(key) && values.every((value) => isValue(value, operator));
  return requirements.every(fits) ? requirements : null;
}

const signs: Readonly<Record<string, Requirement['operator']>> = {
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  '>': 'Gt',
  '<': 'Lt',
};

function readRequirement(tokens: readonly string[], at: number) {
  if (tokens[at] === '!') return requirement(tokens[at + 1] ?? '', 'DoesNotExist', [], at + 2);
  const key = tokens[at]!;
  const next = tokens[at + 1] ?? ',';
  if (next === ',') return requirement(key, 'Exists', [], at + 1);
  const sign = Object.hasOwn(signs, next) ? signs[next] : undefined;
  if (sign !== undefined) {
    const value = tokens[at + 2] ?? ',';
    return value === ',' ? requirement(key, sign, [''], at + 2) : requirement(key, sign, [value], at + 3);
  }
  return next === 'in' || next === 'notin' ? readSet(tokens, at) : null;
}

/** `key in (a, b)`, with `at` on the key. */
function readSet(tokens: readonly string[], at: number) {
  if (tokens[at + 2] !== '(') return null;
  const end = tokens.indexOf(')', at);
  if (end === -1) return null;
  const listed = tokens.slice(at + 3, end);
  const values = listed.join('').split(',');
  // Two values without a comma between them are invalid.
  if (listed.some((one, index) => one !== ',' && (listed[index + 1] ?? ',') !== ',')) return null;
  return requirement(tokens[at]!, tokens[at + 1] === 'in' ? 'In' : 'NotIn', values, end + 1);
}

function requirement(
  key: string,
  operator: Requirement['operator'],
  values: readonly string[],
  next: number,
): { readonly requirement: Requirement; readonly next: number } {
  return { requirement: { key, operator, values }, next };
}
