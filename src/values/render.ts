/** Values as text for templates, reasons and explanations, in Rego's notation. */
import { compare, isArray, isScalar, Unknown, ValueSet, type Maybe } from './value.js';

/** Stands for an absent value in a template, as in Rego. */
const absentText = '<undefined>';

/** A value inside a template: a string is itself, anything else as a literal. */
export function renderInTemplate(value: Maybe): string {
  return typeof value === 'string' ? value : renderValue(value);
}

/** A value as a literal of the language. */
export function renderValue(value: Maybe): string {
  if (value === undefined) return absentText;
  if (typeof value === 'string') return JSON.stringify(value);
  if (isScalar(value)) return String(value);
  if (value instanceof Unknown) return '<unknown>';
  if (isArray(value)) return `[${value.map(renderValue).join(', ')}]`;
  if (value instanceof ValueSet) {
    return value.size === 0 ? 'set()' : `{${value.items.map(renderValue).join(', ')}}`;
  }
  const entries = Object.keys(value)
    .sort(compare)
    .map((key) => `${JSON.stringify(key)}: ${renderValue(value[key])}`);
  return `{${entries.join(', ')}}`;
}

/** At most `max` characters, with an ellipsis if something was left out. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
