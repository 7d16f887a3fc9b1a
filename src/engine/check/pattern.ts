/** Patterns: the variables they bind, and what a value must be to fit them. */
import { never } from '../../errors.js';
import { typeAt } from './knowledge/learn.js';
import { localType, narrowed, reportAt, type Checker } from './knowledge/checker.js';
import type { CorePattern } from '../core.js';
import { noValue } from './literal.js';
import { expectedBelow } from './site.js';
import { didYouMean } from '../../values/nearest.js';
import { json, type Type } from '../../values/schema.js';
import { fieldType, onlyText } from './types/algebra.js';

export function bindPattern(checker: Checker, pattern: CorePattern, type: Type): void {
  switch (pattern.kind) {
    case 'variable':
      checker.locals.set(pattern.slot, type);
      return;
    case 'wildcard':
      return;
    case 'constant':
      checkLiteral(checker, pattern, type);
      return;
    case 'array':
      pattern.elements.forEach((element, i) => checker.bind(element, elementType(type, i)));
      return;
    case 'object':
      for (const { key, value } of pattern.entries) {
        const claim = type.kind === 'json' && type.expected !== undefined;
        checkField(checker, pattern, type, key);
        checker.bind(
          value,
          claim ? expectedBelow(checker, pattern, type.expected, key) : (fieldType(type, key) ?? json),
        );
      }
      return;
    default:
      never(pattern);
  }
}

/**
 * What nothing of the type can be: a number out of its range, a text that is spelt otherwise. And a word that is none of an
 * enumeration, and near one of it: whatever it is meant to fit is passed over without a word.
 */
function checkLiteral(checker: Checker, pattern: CorePattern & { kind: 'constant' }, type: Type): void {
  const text = onlyText(checker.infer(pattern.value));
  const impossible = noValue(pattern.value, type);
  if (impossible !== null) {
    reportAt(checker, impossible, pattern);
    return;
  }
  if (text === null || type.kind !== 'string' || type.values === undefined || type.values.length < 2) return;
  const near = type.values.includes(text) ? {} : didYouMean(text, type.values);
  if (near.help === undefined) return;
  const message = `\`${text}\` is none of the values that there are`;
  reportAt(checker, { code: 'impossible-comparison', message, ...near }, pattern);
}

function checkField(checker: Checker, pattern: CorePattern, type: Type, name: string): void {
  if (type.kind !== 'object' || type.dictionary === true || Object.hasOwn(type.fields, name)) return;
  const near = didYouMean(name, Object.keys(type.fields));
  reportAt(checker, { code: 'unknown-field', message: `there is no \`${name}\` here`, ...near }, pattern);
}

function elementType(type: Type, index: number): Type {
  return type.kind === 'array' ? (type.places?.[index] ?? type.element) : json;
}

/** What an argument must be to fit a parameter of which so much is known. */
export function typeOfPattern(checker: Checker, pattern: CorePattern): Type {
  switch (pattern.kind) {
    case 'variable': {
      const { name, slot, span, source } = pattern;
      return narrowed(checker, { kind: 'local', name, slot, span, source }, localType(checker, slot));
    }
    case 'wildcard':
      return json;
    case 'constant':
      return typeAt(checker, pattern.value);
    case 'array':
      return { kind: 'array', element: json };
    case 'object':
      return { kind: 'map', value: json };
    default:
      return never(pattern);
  }
}
