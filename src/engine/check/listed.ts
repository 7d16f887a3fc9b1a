/** Words that rules write, where one of an enumeration is looked for among them: `verbs := {"insrt", "delete"}`. */
import { admitsText } from './types/admits.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import { checkNamed } from './site.js';
import { noValue, spellingHelp } from './literal.js';
import type { Core, HelperGroup } from '../core.js';
import { didYouMean } from '../../values/nearest.js';
import type { Type } from '../../values/schema.js';
import { memberTypes } from './types/algebra.js';

/** What is looked for: where it is one expression, that too. */
interface Sought {
  readonly core: Core | null;
  readonly type: Type;
}

/** The words in a collection: its members, or the keys of an object that is stepped into. */
export function checkListed(checker: Checker, collection: Core, sought: Sought, of: 'value' | 'key'): void {
  const words = wordsIn(collection, of);
  for (const core of words) {
    const impossible = noValue(core, sought.type);
    if (impossible !== null && !isReported(checker, core)) reportAt(checker, impossible, core);
    else if (core.kind === 'constant' && typeof core.value === 'string')
      checkWord(checker, sought, core.value, core);
  }
  if (words.length > 0) return;
  const members = memberTypes(checker.types.get(collection) ?? sought.type);
  if (members !== null) checkWritten(checker, collection, members[of], sought);
}

/** An expression that has one of the words that rules write: a variable over a list of them. */
export function checkWritten(checker: Checker, at: Core, type: Type, sought: Sought): void {
  if (type.kind !== 'string' || at.kind === 'constant') return;
  if (sought.type.kind === 'string' && sought.type.written === true) return;
  for (const value of type.given ?? []) checkWord(checker, sought, value, at, true);
  if (type.written === true) for (const value of type.values ?? []) checkWord(checker, sought, value, at);
}

/** A word near one of the enumeration that is none of it is a slip; another may be one of some other enumeration. */
function checkWord(checker: Checker, sought: Sought, value: string, at: Core, given = false): void {
  if (isReported(checker, at)) return;
  const near = nearValue(sought.type, value);
  if (near.help === undefined) {
    checkNamed(checker, sought, value, at);
    return;
  }
  const message = `\`${value}\` is none of the values that are looked for here`;
  reportAt(checker, { ...slip(given), message, ...near }, at);
}

/** The members of a collection that rules write out, or its keys. */
export function wordsIn(collection: Core, of: 'value' | 'key'): readonly Core[] {
  if (collection.kind === 'array' || collection.kind === 'set')
    return of === 'value' ? collection.elements : [];
  if (collection.kind === 'object') return collection.entries.map((entry) => entry[of]);
  return collection.kind === 'rule' ? wordsOf(collection.rule, of) : [];
}

/** Members that are written out, and those of an object that is. */
function wordsOf({ kind, clauses }: HelperGroup, of: 'value' | 'key'): readonly Core[] {
  return clauses.flatMap(({ branches }) =>
    branches.flatMap(({ value, keys }) => {
      if (kind === 'set') return [value];
      if (kind === 'object') return of === 'key' ? keys.slice(0, 1) : [value];
      if (value.kind === 'array' || value.kind === 'set') return value.elements;
      return value.kind === 'object' ? value.entries.map((entry) => entry[of]) : [];
    }),
  );
}

/** A word that a function is called with is right in other calls. */
export function slip(given: boolean): { readonly code: string } {
  return given ? { code: 'impossible-argument' } : { code: 'impossible-comparison' };
}

function nearValue(type: Type, value: string): { readonly help?: string } {
  if (type.kind !== 'string' || admitsText(type, value)) return {};
  if (type.values !== undefined) return didYouMean(value, type.values);
  return type.spelling === undefined ? {} : { help: spellingHelp(type.spelling, value) };
}

/** Several rules may read the list. */
export function isReported(checker: Checker, { span, source }: Core): boolean {
  return checker.world.diagnostics.some(
    (one) => one.severity === 'error' && one.span.start === span.start && one.source === source,
  );
}
