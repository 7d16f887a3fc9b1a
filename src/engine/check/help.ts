/** What to write instead, where a value of one type stands in the place of another. */
import type { Type } from '../../values/schema.js';
import { alternatives } from './types/algebra.js';

/** To be spread into a finding: empty where there is no common way from one to the other. */
export function conversion(from: Type, to: Type): { readonly help?: string } {
  const [given, wanted] = [kindsOf(from), kindsOf(to)];
  const isCollection = given.includes('set') || given.includes('array');
  if (wanted.includes('string') && isCollection)
    return { help: 'ask for each of its members: `some x in xs`' };
  if (wanted.includes('string') && given.includes('number'))
    return { help: 'make a text of the number: `format_int(n, 10)`, `$"{n}"`' };
  if (wanted.includes('number') && given.includes('string'))
    return { help: 'write the number without quotes, or make one of the text: `to_number(s)`' };
  if (wanted.includes('set') && given.includes('string'))
    return { help: 'put braces around it: `{"a"}` is a set of one' };
  if (wanted.includes('set') && given.includes('array'))
    return { help: 'make a set of the array: `{x | some x in xs}`' };
  return {};
}

/** The same for the two sides of a comparison. */
export function comparison(left: Type, right: Type): { readonly help?: string } {
  const kinds = [left, right].flatMap(kindsOf);
  if (kinds.includes('string') && (kinds.includes('set') || kinds.includes('array')))
    return { help: 'ask for a member with `in`: `"x" in xs`' };
  // On the left stands what was written.
  const isText = kindsOf(left).includes('string');
  if (kinds.includes('string') && kinds.includes('number'))
    return {
      help: isText
        ? 'write the number without quotes, or make one of the text: `to_number(s)`'
        : 'it is a text: write the number between quotes, or make one of the text: `to_number(s)`',
    };
  if (kinds.includes('boolean') && kinds.includes('string'))
    return {
      help: isText
        ? '`true` and `false` are written without quotes'
        : 'it is a text: write `"true"` or `"false"`',
    };
  return {};
}

/** Why something has no fields, and what there is instead. */
export function fieldHelp(type: Type): { readonly help?: string } {
  const kinds = kindsOf(type);
  if (kinds.includes('array') || kinds.includes('set'))
    return { help: 'go through its members: `some x in xs`' };
  if (kinds.includes('number'))
    return { help: 'functions take times apart: `time.clock(now)`, `time.date(now)`, `time.weekday(now)`' };
  if (kinds.includes('string'))
    return { help: 'functions look into a text: `contains`, `startswith`, `split`, `like`' };
  return {};
}

/** What has members, for something that has none. */
export function memberHelp(type: Type): string {
  return kindsOf(type).includes('string')
    ? 'for a part of a text write `contains(text, part)`'
    : 'sets, arrays and objects have members';
}

function kindsOf(type: Type): readonly string[] {
  return alternatives(type).map(({ kind }) => kind);
}
