/**
 * Conditions that nothing fulfils: `startswith(s.verb, "dorp")`, `indexof(s.verb, "dorp") >= 0`. And words in conditions
 * that hold all the same, without which they would hold as often: one of several prefixes, one alternative of a pattern,
 * one of the texts in a list.
 */
import { alternativesOf } from '../builtins/text/alternatives.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import { isReported, slip, wordsIn } from './listed.js';
import { siteNames, type SiteNames } from './site.js';
import type { CallCore, Core } from '../core.js';
import { partsOf } from '../core-walk.js';
import { didYouMean } from '../../values/nearest.js';
import { isTrue, listedArguments, newTrial, possibleValues, type Trial } from './possible-values.js';
import type { Type } from '../../values/schema.js';
import { memberTypes } from './types/algebra.js';
import { listOf } from './types/text.js';
import type { Maybe } from '../../values/value.js';

/** Beyond so many combinations nothing is worked out. */
const choicesMax = 4_000;
/** So many words of one condition are tried one by one. */
const wordsMax = 100;

/** A word in a condition, and what stands in the place of an expression while it is tried alone. */
interface Word {
  readonly place: Core;
  readonly value: string;
  readonly text: string;
  readonly at: Core;
  /** It stands in a list that others may read as well, or is what a function is called with: only what is near is a slip. */
  readonly shared: 'no' | 'listed' | 'given';
}

export function checkPossible(checker: Checker, condition: Core): void {
  if (checker.place === 'test' || !hasCall(condition)) return;
  const facts = factsIn(checker, condition);
  if (facts.values.length === 0) return;
  const claims = new Set<Core>();
  const uncertain = (claim: Core) => claims.add(claim);
  const trial = newTrial({ fixed: new Map(), values: facts.of, choicesMax, uncertain });
  const values = possibleValues(checker, condition, trial);
  if (values !== null && !isTrue(values)) {
    reportImpossible(checker, condition, facts);
    return;
  }
  if (values?.every((value) => value === true) === true && facts.site === null && claims.size === 0) {
    const message = 'this holds for every value that there is';
    reportAt(
      checker,
      { code: 'always-holds', message, help: 'leave it out, or name what it was meant to ask' },
      condition,
    );
    return;
  }
  for (const word of wordsOf(checker, condition).slice(0, wordsMax)) {
    const fixed = new Map([[word.place, [word.value]]]);
    if (isReported(checker, word.at) || !takesWork(checker, word.value.length)) continue;
    if (!canHold(checker, condition, newTrial({ ...trial, fixed }))) reportWord(checker, word, facts);
  }
}

/** Patterns that are tried take so many characters together in a rule set: a file can hold many of many alternatives. */
const charactersMax = 2_000_000;
const spent = new WeakMap<object, number>();

function takesWork({ world }: Checker, characters: number): boolean {
  const before = spent.get(world.documents) ?? 0;
  spent.set(world.documents, before + characters);
  return before < charactersMax;
}

/** What is too much to be worked out can. */
function canHold(checker: Checker, condition: Core, trial: Trial): boolean {
  const values = possibleValues(checker, condition, trial);
  return values === null || isTrue(values);
}

function hasCall(core: Core): boolean {
  return (core.kind === 'call' && !('clauses' in core.callee)) || partsOf(core).some(hasCall);
}

/** The words that facts in a condition can be; those of the configuration are not all that there may ever be. */
interface Facts {
  readonly values: readonly string[];
  readonly of: Trial['values'];
  /** Which names of the configuration they are. */
  readonly site: SiteNames | null;
}

function factsIn(checker: Checker, condition: Core): Facts {
  const values = new Set<string>();
  let named: SiteNames | null = null;
  const names = new Map<Core, readonly string[]>();
  const visit = (core: Core): void => {
    const type = textOf(checker.types.get(core));
    if (type !== null && core.kind !== 'constant' && core.kind !== 'call') {
      // Of what a condition before it has left one value, that one is the enumeration no more.
      if (type.written !== true && type.values !== undefined && type.values.length > 1)
        for (const value of type.values) values.add(value);
      const site = type.values === undefined ? siteNames(checker, core, type) : null;
      if (site !== null) {
        names.set(core, site.names);
        for (const value of site.names) values.add(value);
        named = site;
      }
    }
    for (const part of partsOf(core)) visit(part);
  };
  visit(condition);
  return { values: [...values], of: (core) => names.get(core) ?? null, site: named };
}

function textOf(type: Type | undefined): (Type & { kind: 'string' }) | null {
  const known = type?.kind === 'json' ? type.expected : type;
  const member = known?.kind === 'set' || known?.kind === 'array' ? known.element : known;
  return member?.kind === 'string' ? member : null;
}

function wordsOf(checker: Checker, core: Core): readonly Word[] {
  const below = partsOf(core).flatMap((part) => wordsOf(checker, part));
  return core.kind === 'call'
    ? [...below, ...wordsOfCall(checker, core)]
    : [...below, ...wordsOfType(checker, core)];
}

/** What a variable over words that rules write can be, and a parameter that is called with them. */
function wordsOfType(checker: Checker, core: Core): readonly Word[] {
  const type = checker.types.get(core);
  if (type?.kind !== 'string' || core.kind === 'constant') return [];
  const shared = type.given === undefined ? 'listed' : 'given';
  const words = type.given ?? (type.written === true ? (type.values ?? []) : []);
  return words.map((text) => ({ place: core, value: text, text, at: core, shared }));
}

function wordsOfCall(checker: Checker, core: CallCore): readonly Word[] {
  if ('clauses' in core.callee) return [];
  const { name } = core.callee;
  const listed = (listedArguments[name] ?? []).flatMap((i) => wordsOfList(checker, core.arguments[i]!));
  const [index, kind] = patterns[name] ?? [];
  const pattern = index === undefined ? undefined : core.arguments[index];
  const written = pattern === undefined ? null : onlyValue(checker, pattern);
  if (pattern === undefined || typeof written !== 'string') return listed;
  const alternatives = alternativesOf(written, kind!).filter(({ text }) => text !== '');
  return [
    ...listed,
    ...alternatives.map(({ pattern: value, text }): Word => ({
      place: pattern,
      value,
      text,
      at: pattern,
      shared: 'no',
    })),
  ];
}

/** The value of what rules write, under a name too. */
function onlyValue(checker: Checker, core: Core): Maybe {
  const trial = newTrial({ fixed: new Map(), values: () => null, choicesMax: 1, uncertain: () => undefined });
  const values = possibleValues(checker, core, trial);
  return values?.length === 1 ? values[0] : undefined;
}

/** Which argument is a pattern. */
const patterns: Readonly<Record<string, readonly [index: number, kind: 'regex' | 'glob']>> = {
  'glob.match': [0, 'glob'],
  'regex.find_all_string_submatch_n': [0, 'regex'],
  'regex.find_n': [0, 'regex'],
  'regex.match': [0, 'regex'],
  'regex.replace': [1, 'regex'],
  'regex.split': [0, 'regex'],
};

function wordsOfList(checker: Checker, list: Core): readonly Word[] {
  const written = wordsIn(list, 'value').flatMap((at): Word[] =>
    at.kind === 'constant' && typeof at.value === 'string'
      ? [{ place: list, value: at.value, text: at.value, at, shared: list.kind === 'rule' ? 'listed' : 'no' }]
      : [],
  );
  if (written.length > 0) return written;
  const type = memberTypes(checker.types.get(list) ?? { kind: 'null' })?.value;
  if (type?.kind !== 'string' || type.written !== true) return [];
  return (type.values ?? []).map((text) => ({ place: list, value: text, text, at: list, shared: 'listed' }));
}

function reportImpossible(checker: Checker, condition: Core, { values, site }: Facts): void {
  const asked = condition.kind === 'call' ? `\`${condition.name}\`` : 'this';
  const near =
    nearPart(textIn(condition), values) ??
    wordsOf(checker, condition)
      .slice(0, wordsMax)
      .reduce<string | null>((found, { text }) => found ?? nearPart(text, values), null);
  const few =
    values.length > 12 ? 'compare it with one of those that there are' : `there is ${listOf(values, 'and')}`;
  if (site === null) {
    const message = `${asked} holds for none of the values that there are`;
    reportAt(checker, { code: 'impossible-comparison', message, help: near ?? few }, condition);
  } else
    reportName(checker, site, { message: `${asked} holds for no ${site.what}`, help: few }, near, condition);
}

/** Near a name that there is, it is a slip; otherwise it may be one of another gateway, and harms nobody who lets in. */
function reportName(
  checker: Checker,
  { code, everywhere }: SiteNames,
  finding: { readonly message: string; readonly help: string },
  near: string | null,
  at: Core,
): void {
  if (near === null && (everywhere || !checker.asked.lack)) return;
  const severity = near === null ? 'warning' : 'error';
  reportAt(checker, { ...finding, code, severity, ...(near === null ? {} : { help: near }) }, at);
}

/** The only text that a condition compares. */
function textIn(core: Core): string | null {
  const texts = textsIn(core);
  return texts.length === 1 ? texts[0]! : null;
}

function textsIn(core: Core): readonly string[] {
  if (core.kind === 'constant')
    return typeof core.value === 'string' && core.value !== '' ? [core.value] : [];
  return core.kind === 'step' ? textsIn(core.base) : partsOf(core).flatMap(textsIn);
}

function reportWord(checker: Checker, { text, shared, at }: Word, { values, site }: Facts): void {
  const near = nearPart(text, values);
  if (shared !== 'no' && near === null) return;
  const help = 'take it out, or write it as those that there are';
  if (site !== null) {
    reportName(checker, site, { message: `\`${text}\` fits no ${site.what}`, help }, near, at);
    return;
  }
  const message = `\`${text}\` fits none of the values that there are`;
  reportAt(checker, { ...slip(shared === 'given'), message, help: near ?? help }, at);
}

/** A word, or what a pattern has of letters, beside the values, their beginnings and their ends. */
function nearPart(text: string | null, values: readonly string[]): string | null {
  const word = text?.replace(/[^\p{L}\p{N}_-]+/gu, '') ?? '';
  if (word.length < 3) return null;
  const parts = values.flatMap((value) => [value, value.slice(0, word.length), value.slice(-word.length)]);
  return didYouMean(word, new Set(parts.filter((part) => part !== word))).help ?? null;
}
