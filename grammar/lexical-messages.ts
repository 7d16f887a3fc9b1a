/** Messages for lexical problems: characters, quotes, brackets, sizes. */
import { problem, type Problem } from './problem.js';

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

export function hiddenCharacter(found: string): Problem {
  const which = codePoint(found);
  return problem(
    'hidden-character',
    `there is a character that does not show, ${which}`,
    `take it out; inside a text write \`\\u${which.slice(2)}\``,
  );
}

const advice: readonly (readonly [RegExp, string])[] = [
  [/[“”„‟″«»]/, 'write straight quotes, `"`'],
  [/[‘’‚‛′]/, 'write straight double quotes, `"`'],
  [/[–—−]/, 'write `-`'],
  [/…/, 'write out what the dots stand for'],
  [/≤/, 'write `<=`'],
  [/≥/, 'write `>=`'],
  [/≠/, 'write `!=`'],
  [
    /\p{L}/u,
    'names consist of the letters `A` to `Z`, digits and `_`; other letters stand in texts between quotes',
  ],
  [/\?/, 'for a default write `x ?? default`'],
  [/\$/, 'a template begins with `$"`, as in `$"{s.verb} on {t.name}"`'],
  [/\\/, 'nothing is needed where a line goes on; break it after an operator, a comma or inside brackets'],
  [/@/, 'comments begin with `#`, doc comments with `##`'],
  [/[\^~]/, 'the operators are `+ - * / %`, `| &`, `== != < <= > >=`, `in`, `and`, `or`, `not` and `??`'],
];

export function strangeCharacter(found: string): Problem {
  const [first = ''] = found;
  const help = advice.find(([pattern]) => pattern.test(first))?.[1];
  return problem(
    'strange-character',
    `\`${first}\` means nothing here`,
    help ?? 'take it out, or put it into a text between quotes',
  );
}

export const unclosedString = problem(
  'unclosed-string',
  'this text has no closing quote',
  'close it with `"` on the same line; a text of several lines stands between backticks',
);
export const unclosedRawString = problem(
  'unclosed-string',
  'this text has no closing backtick',
  'close it with a backtick; all up to the end of the file is inside it now',
);
export const unclosedTemplate = problem(
  'unclosed-string',
  'this template has no closing quote',
  'close it with `"` on the same line; a template of several lines stands between backticks, $`…`',
);
export const unclosedHole = problem(
  'unclosed-hole',
  'this `{` of a template has no `}`',
  'close it after the expression, `$"{s.verb} is not allowed"`; write `\\{` for the sign itself',
);
export function unclosedBracket(found: string, closer: string, line: number): Problem {
  return problem(
    'unclosed-bracket',
    `\`${found}\` is never closed`,
    `write \`${closer}\` before line ${line}`,
  );
}
export function unclosedAtEnd(found: string, closer: string): Problem {
  return problem('unclosed-bracket', `\`${found}\` is never closed`, `write \`${closer}\` where it ends`);
}
export function wrongCloser(found: string, opener: string, closer: string): Problem {
  return problem(
    'wrong-bracket',
    `\`${found}\` cannot close \`${opener}\``,
    `write \`${closer}\`, or close what was opened in between`,
  );
}
export function unopened(found: string): Problem {
  return problem(
    'unopened-bracket',
    `\`${found}\` closes nothing`,
    'take it out, or open a bracket before it',
  );
}
export function missingBrace(word: string): Problem {
  return problem('missing-brace', `\`{\` is missing after \`${word}\``, `write \`${word} {\``);
}
export const templateOverLines = problem(
  'unclosed-string',
  'this template goes on over the end of its line',
  'close it with `"`, or its `{` with `}`; a template of several lines stands between backticks, $`…`',
);
export function tooLarge(units: number): Problem {
  return problem(
    'file-too-large',
    `the file has ${units} characters`,
    'rule files have at most 1,048,576; keep lists in data files, JSON or YAML, beside the rules',
  );
}
export function tooManyTokens(count: number): Problem {
  return problem(
    'file-too-large',
    `the file has ${count} words and signs`,
    'rule files have at most 300,000; keep lists in data files, JSON or YAML, beside the rules',
  );
}
export const tooDeep = problem(
  'nesting-too-deep',
  'more than 50 brackets are open here',
  'keep the value in a data file, or split the expression into helper rules',
);
export const tooManyErrors = problem(
  'too-many-errors',
  'there is more, which is not shown',
  'correct what is shown first',
);
