/** Values as text: in templates, reasons and explanations. As Rego writes them. */
import { compare, isArray, isScalar, Unknown, ValueSet, type Maybe } from './value.js';

/** Stands where a template speaks of a value that is not there, as in Rego. */
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

/** At most `max` characters, with a sign where something was left out. */
export function shorten(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1)}…`;
}
