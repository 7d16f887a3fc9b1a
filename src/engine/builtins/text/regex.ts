/** Regular expressions in RE2's syntax. */
import { RE2JS } from 're2js';
import { arrayOf, text } from '../../../values/schema.js';
import { BuiltinError, type Builtin, type BuiltinContext } from '../define/builtin.js';
import { anything, define, list, numeric, string, takes, truth, type Kind } from '../define/define.js';
import { globsIntersect } from './glob-intersection.js';
import { checkLength, index } from '../define/limits.js';
import { compilePattern, findAll, occurs, type Span } from '../define/pattern.js';

const texts: Kind<readonly string[]> = { type: arrayOf(text) };

function find(pattern: string, value: string, count: number, context: BuiltinContext): string[] {
  const found: string[] = [];
  for (const [start, end] of findAll(compilePattern(pattern), value, count, context)) {
    found.push(value.slice(start, end));
  }
  return found;
}

function findGroups(pattern: string, value: string, count: number, context: BuiltinContext): string[][] {
  const found: string[][] = [];
  for (const span of findAll(compilePattern(pattern), value, count, context)) {
    found.push(groupsOf(span, value));
  }
  return found;
}

/** The whole match and its groups; a group that took no part is an empty text. */
function groupsOf(span: Span, value: string): string[] {
  const groups: string[] = [];
  for (let i = 0; i < span.length; i += 2) {
    groups.push(span[i]! < 0 ? '' : value.slice(span[i], span[i + 1]));
  }
  return groups;
}

function split(pattern: string, value: string, context: BuiltinContext): string[] {
  if (pattern !== '' && value === '') return [''];
  const parts: string[] = [];
  let begin = 0;
  let end = 0;
  for (const [start, stop] of findAll(compilePattern(pattern), value, -1, context)) {
    end = start;
    if (stop !== 0) parts.push(value.slice(begin, end));
    begin = stop;
  }
  if (end !== value.length) parts.push(value.slice(begin));
  return parts;
}

function replace(value: string, pattern: string, template: string, context: BuiltinContext): string {
  const compiled = compilePattern(pattern);
  const names = compiled.namedGroups();
  const parts: string[] = [];
  let begin = 0;
  let length = 0;
  for (const span of findAll(compiled, value, -1, context)) {
    const part = value.slice(begin, span[0]) + expand(template, groupsOf(span, value), names);
    length += part.length;
    checkLength(length);
    parts.push(part);
    begin = span[1];
  }
  return parts.join('') + value.slice(begin);
}

/** Go's templates: `$1`, `$name`, `${name}` and `$$`; the longest possible name is taken, and unknown ones are empty. */
function expand(
  template: string,
  groups: readonly string[],
  names: Readonly<Record<string, number>>,
): string {
  if (!template.includes('$')) return template;
  return template.replace(
    /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (all, braced?: string, bare?: string) => {
      const name = braced ?? bare;
      if (name === undefined) return '$';
      const group = /^(?:0|[1-9]\d*)$/.test(name)
        ? Number(name)
        : Object.hasOwn(names, name)
          ? names[name]
          : undefined;
      return group === undefined ? '' : (groups[group] ?? '');
    },
  );
}

/** Literal text with expressions between delimiters, anchored at both ends. */
function templatePattern(template: string, open: string, close: string): string {
  if (open.length !== 1 || close.length !== 1) throw new BuiltinError('a delimiter is one character');
  let pattern = '';
  let level = 0;
  let from = 0;
  for (let at = 0; at < template.length; at++) {
    if (template[at] === open) {
      if (++level === 1) {
        pattern += RE2JS.quote(template.slice(from, at));
        from = at + 1;
      }
    } else if (template[at] === close) {
      if (--level < 0) break;
      if (level > 0) continue;
      const inner = template.slice(from, at);
      // It must also be valid on its own, so that its brackets cannot close outside it.
      compilePattern(`^${inner}$`);
      pattern += `(${inner})`;
      from = at + 1;
    }
  }
  if (level !== 0) throw new BuiltinError('the delimiters do not match each other');
  return `^${pattern}${RE2JS.quote(template.slice(from))}$`;
}

function isValid(pattern: string): boolean {
  try {
    compilePattern(pattern);
    return true;
  } catch (error) {
    if (error instanceof BuiltinError) return false;
    throw error;
  }
}

const patternAndValue = [takes('pattern', string), takes('value', string)] as const;

export const regex: readonly Builtin[] = [
  define(
    'regex.is_valid',
    [takes('pattern', anything)],
    truth,
    'Whether `pattern` is a regular expression.',
    ([pattern]) => {
      return typeof pattern === 'string' && isValid(pattern);
    },
  ),
  define(
    'regex.match',
    patternAndValue,
    truth,
    'Whether `pattern` occurs in `value`; `^` and `$` anchor it.',
    ([pattern, value], context) => {
      return occurs(compilePattern(pattern), value, context);
    },
  ),
  define(
    'regex.find_n',
    [...patternAndValue, takes('number', numeric)],
    texts,
    'The first `number` matches; all where it is -1.',
    ([pattern, value, count], context) => {
      return find(pattern, value, index(count, 'number'), context);
    },
  ),
  define(
    'regex.find_all_string_submatch_n',
    [...patternAndValue, takes('number', numeric)],
    list,
    'The first `number` matches, each with its groups; all where it is -1.',
    ([pattern, value, count], context) => {
      return findGroups(pattern, value, index(count, 'number'), context);
    },
  ),
  define(
    'regex.split',
    patternAndValue,
    texts,
    'The parts between the matches.',
    ([pattern, value], context) => {
      return split(pattern, value, context);
    },
  ),
  define(
    'regex.replace',
    [takes('value', string), takes('pattern', string), takes('replacement', string)],
    string,
    'With every match replaced; `$1` and `${name}` stand for groups.',
    ([value, pattern, replacement], context) => {
      return replace(value, pattern, replacement, context);
    },
  ),
  define(
    'regex.template_match',
    [
      takes('template', string),
      takes('value', string),
      takes('delimiter_start', string),
      takes('delimiter_end', string),
    ],
    truth,
    'Whether `value` is the literal text of `template` with matches of the expressions between its delimiters.',
    ([template, value, open, close], context) => {
      return occurs(compilePattern(templatePattern(template, open, close)), value, context);
    },
  ),
  define(
    'regex.globs_match',
    [takes('glob1', string), takes('glob2', string)],
    truth,
    'Whether some text matches both patterns of `.`, `[a-z]`, `*` and `+`.',
    ([left, right], context) => globsIntersect(left, right, context),
  ),
];
