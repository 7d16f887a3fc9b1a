/** Parts of texts that are written in one way: `startswith(http.path, "admin")` of a path, which begins with a slash. */
import { reportAt, type Checker } from './knowledge/checker.js';
import type { CallCore, Core } from '../core.js';
import { wordsIn } from './listed.js';
import type { Spelling, Type } from '../../values/schema.js';

/** Where the looked for begins: at the start of the text, or anywhere. Of `like` the wildcards part the pieces. */
const searches: Readonly<Record<string, 'start' | 'anywhere' | 'glob'>> = {
  contains: 'anywhere',
  endswith: 'anywhere',
  indexof: 'anywhere',
  indexof_n: 'anywhere',
  like: 'glob',
  startswith: 'start',
  'strings.any_prefix_match': 'start',
  'strings.any_suffix_match': 'anywhere',
  'strings.count': 'anywhere',
};

export function checkSpelling(checker: Checker, { callee, arguments: [text, sought] }: CallCore): void {
  const where = 'clauses' in callee ? undefined : searches[callee.name];
  if (where === undefined || text === undefined || sought === undefined || checker.place === 'test') return;
  const spelling = spellingOf(checker.types.get(text));
  if (spelling === null) return;
  const words = sought.kind === 'constant' ? [sought] : wordsIn(sought, 'value');
  for (const word of words)
    if (word.kind === 'constant' && typeof word.value === 'string')
      checkPieces(checker, spelling, word, word.value, where);
}

function spellingOf(type: Type | undefined): Spelling | null {
  const one = type?.kind === 'set' || type?.kind === 'array' ? type.element : type;
  return one?.kind === 'string' && one.values === undefined ? (one.spelling ?? null) : null;
}

function checkPieces(
  checker: Checker,
  { words, piece, start }: Spelling,
  at: Core,
  text: string,
  where: 'start' | 'anywhere' | 'glob',
): void {
  const [first = '', ...others] = where === 'glob' ? text.split(/[*?]+/) : [text];
  const begins = where !== 'anywhere' && start !== undefined && first !== '' ? start(first) : first;
  const right = [begins, ...others].map((part) => piece?.(part) ?? part);
  if (right.every((part, i) => part === [first, ...others][i])) return;
  const message = `\`${text}\` is in none of the texts that there are: each is ${words}`;
  const help = others.length === 0 ? `did you mean \`${right[0]}\`?` : 'write it as those are written';
  reportAt(checker, { code: 'impossible-comparison', message, help }, at);
}
