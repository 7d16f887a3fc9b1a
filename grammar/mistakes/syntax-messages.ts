/**
 * Turns a parser error into a message. Each function below explains one kind of mistake and returns null for the
 * others. The first match wins, so specific ones come before general ones.
 */
import type { IRecognitionException, IToken } from 'chevrotain';
import { cover, tokenSpan } from '../cst.js';
import type { Finding } from '../lexical.js';
import { shorten, type Explanation, type Mistake } from './mistake.js';
import type { Span } from '../source.js';
import { problem, type Problem } from '../problem.js';
import * as clause from './clause.js';
import * as foreign from './foreign.js';
import * as general from './general.js';

export function explainMistake(error: IRecognitionException, statement: readonly IToken[]): Finding {
  const [rule = '', expected = ''] = error.message.split(':');
  const found = Number.isNaN(error.token.startOffset) ? null : error.token;
  const before = found === null ? statement.at(-1) : statement[statement.indexOf(found) - 1];
  const lineEnded = found !== null && before !== undefined && found.startLine !== before.endLine;
  const shown = showFound(found, lineEnded);
  const mistake: Mistake = { rule, expected, found, before, statement, shown };
  for (const explain of explanations) {
    const known = explain(mistake);
    if (known !== null) return { problem: known, span: spanOf(mistake, known) };
  }
  const problem = unexpected(mistake);
  return { problem, span: spanOf(mistake, problem) };
}

const endOfLine = 'the end of the line';

function showFound(found: IToken | null, lineEnded: boolean): string {
  if (found === null) return 'the end';
  return lineEnded ? endOfLine : `\`${shorten(found.image)}\``;
}

/** A problem at the end of a line is shown there, not at the first word of the next line. */
function spanOf({ found, before, shown }: Mistake, { code, message }: Problem): Span {
  const isForeign = code === 'foreign-word' || code === 'foreign-operator';
  if (isForeign && before !== undefined && found !== null && message.startsWith(`\`${before.image}`)) {
    // The word or pair of signs in the message begins at the token before.
    return code === 'foreign-word' ? tokenSpan(before) : cover(tokenSpan(before), tokenSpan(found));
  }
  const atEnd =
    shown === endOfLine &&
    (message.includes(endOfLine) || (message.includes('missing') && code !== 'missing-operand'));
  return found === null || atEnd ? spanAfter(before) : tokenSpan(found);
}

function spanAfter(before: IToken | undefined): Span {
  const end = before ? before.startOffset + before.image.length : 0;
  return { start: end, end };
}

function unexpected({ shown, before }: Mistake): Problem {
  const after = before ? ` after \`${shorten(before.image)}\`` : '';
  return problem(
    'unexpected-token',
    `${shown} cannot stand${after === '' ? ' here' : after}`,
    'see the page on the language for what a rule looks like',
  );
}

const explanations: readonly Explanation[] = [
  foreign.foreignSigns,
  general.arrows,
  clause.effectsAsInRego,
  clause.shadowAlone,
  clause.missingClause,
  clause.maskClause,
  clause.testClause,
  foreign.foreignWords,
  general.reservedWord,
  general.misplacedOperator,
  general.missingSeparator,
  general.missingPart,
  general.unfinishedBracket,
  general.misplacedStatement,
  general.notOneExpression,
];
