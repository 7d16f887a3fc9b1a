/** Words and operators from other languages, each with its equivalent here. */
import type { IToken } from 'chevrotain';
import { is, type Mistake } from './mistake.js';
import { problem, type Problem } from '../problem.js';
import * as t from '../tokens.js';

/** Between or after two values. */
const infixWords: Readonly<Record<string, string>> = {
  then: 'write `name := value if condition`',
  when: 'write `if`',
  where: 'write `if`',
  while: 'write `if`',
  is: 'write `==`, or `x == null` to ask for null',
  equals: 'write `==`',
  eq: 'write `==`',
  ne: 'write `!=`',
  xor: 'write `a != b`',
  contains: 'write `"drop" in verbs` for a collection, `contains(text, "drop")` for a text',
  like: 'write `like(text, "a*")`',
  matches: 'write `regex.match("^a", text)`',
  startswith: 'write `startswith(text, "a")`',
  endswith: 'write `endswith(text, "a")`',
  minutes: 'write `30m`',
  minute: 'write `1m`',
  hours: 'write `24h`',
  hour: 'write `1h`',
  days: 'write `7d`',
  seconds: 'write `30s`',
};

/** Before a value or a body. */
const prefixWords: Readonly<Record<string, string>> = {
  let: 'write `name := value`',
  var: 'write `name := value`',
  const: 'write `name := value`',
  set: 'write `name := value`',
  return: 'write `name := value if …`; the last condition of a body gives no value',
  for: 'write `some x in xs`, or `every x in xs { … }`',
  foreach: 'write `some x in xs`, or `every x in xs { … }`',
  any: 'write `some x in xs`',
  all: 'write `every x in xs { … }`',
  exists: 'write `has x.y`, or `some x in xs`',
  forbid: 'write `deny name "reason" if …`',
  permit: 'write `allow if …`',
  rule: 'write `allow`, `deny`, `review`, `mask` or `limit`, a name, and `if`',
  policy: 'write `allow`, `deny`, `review`, `mask` or `limit`, a name, and `if`',
  function: 'write `name(x) := value`',
  def: 'write `name(x) := value`',
  fn: 'write `name(x) := value`',
  expect: 'write `sql "…" => deny`',
  assert: 'write the condition alone',
  r: 'a text without escapes stands between backticks',
  f: 'a template begins with `$"`',
};

function foreignWord(word: string, help: string): Problem {
  return problem('foreign-word', `\`${word}\` is not a word of the language here`, help);
}

export function foreignWords({ expected, found, before, rule }: Mistake): Problem | null {
  const ends = expected === 'end' || expected === 'RightBrace' || expected === 'Arrow' || rule === 'reason';
  if (!ends || before === undefined || found === null) return null;
  const prefix = is(before, t.Name) ? own(prefixWords, before.image) : undefined;
  const startsValue = is(found, t.Word, t.StringToken, t.NumberToken, t.TemplateStart, t.LeftBrace);
  if (prefix !== undefined && startsValue) return foreignWord(before.image, prefix);
  const infix = is(found, t.Name) ? own(infixWords, found.image) : undefined;
  return infix === undefined ? null : foreignWord(found.image, infix);
}

function own(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

const pairs: Readonly<Record<string, string>> = {
  '=<': '<=',
  '=>': '>=',
  '<>': '!=',
  '=!': '!=',
  '+=': ':=',
  '-=': ':=',
  '**': '*',
  '//': '/',
  '&&&': 'and',
};

/** Pairs of signs that are not an operator although each sign is. */
export function foreignSigns({ found, before }: Mistake): Problem | null {
  if (found === null || before === undefined) return null;
  if (found.image === '*' && is(before, t.LeftBracket)) {
    return problem(
      'wildcard-reference',
      '`[*]` does not go through a collection',
      'write `some x in xs` on a line of its own and use `x`',
    );
  }
  if (found.image === '/' && !isOperand(before)) {
    return problem(
      'foreign-operator',
      '`/` does not open a regular expression',
      'write ``regex.match(`^a`, text)``',
    );
  }
  const pair = before.image + found.image;
  const instead =
    found.startOffset === before.startOffset + before.image.length ? own(pairs, pair) : undefined;
  if (instead === undefined) return null;
  return problem(
    'foreign-operator',
    `\`${pair}\` is not an operator of the rule language`,
    `write \`${instead}\``,
  );
}

function isOperand(token: IToken): boolean {
  return is(token, t.Name, t.StringToken, t.NumberToken, t.RightParen, t.RightBracket, t.RightBrace);
}
