/** Problems in a configuration, with their positions in the file. */
import { isMap, isScalar, isSeq, type Document, type Node, type YAMLError } from 'yaml';
import type { z } from 'zod';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import { Source, type Span } from '../../../grammar/source.js';
import { nearest } from '../../values/nearest.js';
import { configKeyAt } from './keys.js';
import { keysAt, NOT_AVAILABLE_YET } from './schema.js';

type Path = readonly PropertyKey[];

/** The file as diagnostics show it: a secret written into it is hidden. */
export function shownSource(path: string, text: string): Source {
  const hide = (_: string, key: string, value: string): string => key + '*'.repeat(value.length);
  const keyed = text.replaceAll(/(\b(?:password|key)["']?\s*:\s*)([^\s{#][^\n]*)/g, hide);
  return new Source(path, keyed.replaceAll(/(:\/\/[^\s/@:]*:)([^\s/@]+)(?=@)/g, hide));
}

export function problemAt(
  source: Source,
  span: Span,
  code: string,
  message: string,
  help?: string,
): Diagnostic {
  const base = { code, severity: 'error' as const, message, span, source };
  return help === undefined ? base : { ...base, help };
}

const HELP: Partial<Record<YAMLError['code'], string>> = {
  DUPLICATE_KEY: 'remove one of the two',
  TAB_AS_INDENT: 'replace each tab by two spaces',
  MULTIPLE_DOCS: 'remove the line `---` and everything after it',
};

/** In our own words, because the parser's message may quote the file. */
export function syntaxProblem(source: Source, { code, pos }: YAMLError): Diagnostic {
  const words: Partial<Record<YAMLError['code'], string>> = {
    DUPLICATE_KEY: 'the key is defined twice',
    TAB_AS_INDENT: 'indentation must use spaces, not tabs',
    BAD_INDENT: 'the indentation does not match the lines around it',
    MISSING_CHAR: 'a closing quote or bracket, or a comma, is missing',
    MULTIPLE_DOCS: 'there is more than one document in the file',
    TAG_RESOLVE_FAILED: 'tags are not supported here',
  };
  const message = words[code] ?? 'this is not YAML';
  const help = HELP[code] ?? 'write `key: value`, with nested keys indented by two spaces';
  return problemAt(source, { start: pos[0], end: pos[1] }, 'config-syntax', message, help);
}

export function schemaProblems(source: Source, document: Document, issue: z.core.$ZodIssue): Diagnostic[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(source, document, [...path, key]));
  if (issue.code === 'invalid_key')
    return [
      problemAt(
        source,
        spanOf(document, path, 'key'),
        'config-invalid',
        `${keyOf(path)} is not a name: ${issue.issues[0]?.message ?? ''}`,
        'give it another name',
      ),
    ];
  if (document.getIn(path) === undefined)
    return [
      problemAt(
        source,
        spanOf(document, path, 'value'),
        'config-missing-key',
        `${keyOf(path)} is missing`,
        `add \`${exampleOf(path)}\``,
      ),
    ];
  const inner = issuesWithin(document, issue);
  if (inner.length > 0) return inner.flatMap((one) => schemaProblems(source, document, one));
  const help = helpFor(document, issue) ?? `for example \`${exampleOf(path)}\``;
  return [
    problemAt(
      source,
      spanOf(document, path, 'value'),
      'config-invalid',
      `${keyOf(path)} ${complaint(issue)}`,
      help,
    ),
  ];
}

/** If a map is given and only one form is a map, that form was meant. */
function issuesWithin(document: Document, issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || !isMap(document.getIn(issue.path))) return [];
  const maps = issue.errors.filter((errors) =>
    errors.every((one) => one.path.length > 0 || one.code === 'unrecognized_keys'),
  );
  if (maps.length !== 1) return [];
  return maps[0]!.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

function unknownKey(source: Source, document: Document, path: Path): Diagnostic {
  const span = spanOf(document, path, 'key');
  const key = keyOf(path);
  if (NOT_AVAILABLE_YET.has(path.map(String).join('.')))
    return problemAt(source, span, 'config-not-available', `${key} is not available yet`, 'remove it');
  const near = nearest(String(path.at(-1)), keysAt(path.slice(0, -1)));
  const known = keysAt(path.slice(0, -1)).map((one) => `\`${one}\``);
  const help = near === null ? `the keys here are ${known.join(', ')}` : `did you mean \`${near}\`?`;
  return problemAt(source, span, 'config-unknown-key', `${key} is not a key`, help);
}

function keyOf(path: Path): string {
  return path.length === 0 ? 'the file' : `\`${path.map(String).join('.')}\``;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

/** The rest of the sentence that begins with the key. */
function complaint(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('must ')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values.map((value) => `\`${String(value)}\``))}`;
    case 'too_small':
      return issue.origin === 'array' || issue.origin === 'string'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_union':
    case 'custom':
    case 'invalid_format':
      return issue.message.toLowerCase();
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return 'is not right';
  }
}

function oneOf(words: readonly string[]): string {
  return words.join(', ').replace(/, ([^,]*)$/, ' or $1');
}

/** A line that would be valid there. */
function exampleOf(path: Path): string {
  const known = configKeyAt(path);
  if (known !== null) return `${String(path.at(-1))}: ${known.example}`;
  const above = path.length === 0 ? null : configKeyAt(path.slice(0, -1));
  return above === null ? 'rules: ./rules' : `${String(path.at(-2))}: ${above.example}`;
}

/** For an unknown word: the one that was probably meant. */
function helpFor(document: Document, issue: z.core.$ZodIssue): string | undefined {
  const written = document.getIn(issue.path);
  if (issue.code !== 'invalid_value' || typeof written !== 'string') return undefined;
  const near = nearest(written, issue.values.map(String));
  return near === null || issue.values.length < 2 ? undefined : `did you mean \`${near}\`?`;
}

/** The span of a key or its value, or of its nearest existing parent. */
export function spanOf(document: Document, path: Path, part: 'key' | 'value'): Span {
  let node: unknown = document.contents;
  let span: Span = { start: 0, end: 1 };
  for (const [index, step] of path.entries()) {
    let next: unknown = null;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      span = rangeOf(pair?.key) ?? span;
      next = pair?.value ?? null;
    } else if (isSeq(node)) {
      next = node.items[Number(step)] ?? null;
    }
    if (next === null) break;
    node = next;
    const wanted = index < path.length - 1 || part === 'value';
    if (wanted && isScalar(node)) span = rangeOf(node) ?? span;
  }
  return span;
}

function rangeOf(node: unknown): Span | null {
  const range = (node as Node | null | undefined)?.range;
  return range ? { start: range[0], end: range[1] } : null;
}
