/** Mistakes that can occur anywhere. */
import type { IToken } from 'chevrotain';
import { is, sameLine, shorten, type Mistake } from './mistake.js';
import { problem, type Problem } from '../problem.js';
import * as t from '../tokens.js';

/** `=>`, `->` and a colon, from languages where they give a rule its value. */
export function arrows({ found, before, rule }: Mistake): Problem | null {
  if (is(found, t.Arrow)) {
    return problem(
      'misplaced-arrow',
      '`=>` stands only between a command and what a test expects of it',
      'a value is written `name := value if …`, a condition `name if …`',
    );
  }
  if (found?.image === '->') {
    return problem('misplaced-arrow', '`->` means nothing here', 'a test row is written `sql "…" => allow`');
  }
  if (is(found, t.Colon) && rule === 'bracedBody') {
    return problem(
      'misplaced-colon',
      'a colon cannot stand in a body',
      'after `if` and `unless` a `{` opens a body; put an object into parentheses',
    );
  }
  if (is(found, t.Colon) && (rule === 'module' || is(before, t.EffectWord, t.If))) {
    return problem(
      'misplaced-colon',
      'a colon cannot stand here',
      'a body follows `if`, with braces around several conditions; a value follows `:=`',
    );
  }
  return null;
}

/** Reserved words in the place of a name. */
export function reservedWord({ rule, expected, found, before }: Mistake): Problem | null {
  const isReserved = is(found, t.Word) && !is(found, t.Name) && !is(before, t.By);
  if (!isReserved || found === null) return null;
  const word = found.image;
  if (is(found, t.Else)) {
    return problem(
      'misplaced-else',
      '`else` follows no rule',
      'it stands after the body of a helper rule: `} else := value`',
    );
  }
  if (is(found, t.Package)) {
    return problem(
      'misplaced-package',
      '`package` is the first statement of a file',
      'put one package in a file',
    );
  }
  if (is(found, t.Unless) || (is(found, t.If) && rule !== 'primary')) {
    return problem(
      'misplaced-word',
      `\`${word}\` cannot stand here`,
      'a rule has one `if` with its conditions, and one `unless` after it',
    );
  }
  if (rule === 'module' && !is(found, t.As, t.Operator)) {
    return problem(
      'reserved-word',
      `\`${word}\` is a word of the language and cannot name a rule`,
      'choose another name',
    );
  }
  if (rule === 'primary' || expected === 'Name' || rule === 'path') {
    return problem(
      'reserved-word',
      `\`${word}\` is a word of the language and names nothing here`,
      'choose another name; after a dot every word is fine, as in `input.if`',
    );
  }
  return null;
}

/** An operator in the place of an operand, or at the beginning of a line. */
export function misplacedOperator(mistake: Mistake): Problem | null {
  const { found, rule, before } = mistake;
  if (!is(found, t.Operator, t.Dot) || found === null) return null;
  if (is(found, t.Not) && sameLine(mistake) && rule !== 'primary') {
    return problem(
      'misplaced-word',
      '`not` cannot stand between two values',
      'write `x != y`, or `x not in xs`',
    );
  }
  // A token that can begin a condition is not misplaced at the beginning of a line; its operand is missing.
  if (is(found, t.Not)) return missingOperand('not in');
  const sign = found.image;
  if (is(found, t.Dot) && sameLine(mistake)) return missingField('the end of the line');
  if (!sameLine(mistake) && before !== undefined) {
    return problem(
      'line-begins-with-operator',
      `a line cannot begin with \`${sign}\``,
      `a line break ends a condition: put \`${sign}\` at the end of the line above, or parentheses around both lines`,
    );
  }
  if (rule !== 'primary') return null;
  return missingOperand(sign);
}

function missingOperand(sign: string): Problem {
  return problem('missing-operand', `a value is missing before \`${sign}\``, 'write what it applies to');
}

/** Two conditions on one line, and the separators that people write between them. */
export function missingSeparator(mistake: Mistake): Problem | null {
  const { found, before, rule, expected } = mistake;
  const inBody = expected === 'RightBrace' || expected === 'RightBracket' || expected === 'end';
  if (found === null || !inBody || !sameLine(mistake)) return null;
  if (is(found, t.LeftParen, t.LeftBracket)) {
    return is(before, t.Name)
      ? problem(
          'space-before-bracket',
          `there is a space before \`${found.image}\``,
          'a call is written `f(x)` and an index `xs[0]`, without a space',
        )
      : null;
  }
  if (!is(found, t.Word, t.StringToken, t.NumberToken, t.LeftBrace, t.Bang)) return null;
  if (rule !== 'bracedBody' && rule !== 'module' && rule !== 'testBlock' && rule !== 'lone') return null;
  if (is(before, t.Name) && someBefore(mistake)) {
    return problem(
      'missing-in',
      `\`in\` is missing before \`${shorten(found.image)}\``,
      'write `some x in xs` or `some key, value in xs`',
    );
  }
  return problem(
    'missing-separator',
    `\`${shorten(found.image)}\` does not continue what stands before it`,
    rule === 'lone'
      ? 'write one expression; conditions are joined with `and`'
      : 'end a condition with a line break or `;`, and begin each rule on its own line',
  );
}

/** `some x` or `some key, value`, not followed by `in`. */
function someBefore({ statement, before }: Mistake): boolean {
  const at = before === undefined ? -1 : statement.indexOf(before);
  if (is(statement[at - 1], t.Some)) return true;
  return is(statement[at - 1], t.Comma) && is(statement[at - 3], t.Some);
}

function missingField(shown: string): Problem {
  return problem(
    'missing-field',
    `a field name is missing before ${shown}`,
    'write `target.name`, or brackets for other keys: `labels["a-b"]`',
  );
}

/** What certain rules need next. */
export function missingPart({ rule, expected, shown, before }: Mistake): Problem | null {
  if (rule === 'step' && expected === 'Word') {
    return missingField(shown);
  }
  if (rule === 'bracedBody' && expected === 'LeftBrace') {
    return problem(
      'missing-body',
      `the body of \`every\` is missing before ${shown}`,
      'write `every x in xs { x > 1 }`',
    );
  }
  if (rule === 'every' && expected === 'In') {
    return problem('missing-in', `\`in\` is missing before ${shown}`, 'write `every x in xs { … }`');
  }
  if (rule === 'withModifier' && expected === 'As') {
    return problem(
      'missing-as',
      `\`as\` is missing before ${shown}`,
      'write `with target.labels.env as "dev"`',
    );
  }
  if (rule === 'defaultRule' && expected === 'choice') {
    return problem(
      'missing-value',
      `a default has a value before ${shown}`,
      'write `default max_rows := 1000`',
    );
  }
  if (rule === 'importClause' || rule === 'packageClause' || rule === 'path') {
    return problem(
      'bad-path',
      `a name is missing before ${shown}`,
      'write names with dots between them, `data.teams`',
    );
  }
  if (rule === 'patterns') {
    return problem(
      'missing-name',
      `a name is missing before ${shown}`,
      'write `some x in xs` or `some key, value in xs`',
    );
  }
  const asksForValue = rule === 'primary' || rule === 'body' || rule === 'literal' || rule === 'operand';
  if (asksForValue) return missingExpression(before, shown);
  return null;
}

function missingExpression(before: IToken | undefined, shown: string): Problem {
  const where = before ? ` after \`${shorten(before.image)}\`` : '';
  if (is(before, t.If, t.Unless)) {
    return problem(
      'missing-condition',
      `a condition is missing${where}`,
      'write one condition, or several in `{ … }`',
    );
  }
  if (is(before, t.Default)) {
    return problem(
      'missing-name',
      `the name of a rule is missing${where}`,
      'write `default max_rows := 1000`',
    );
  }
  if (is(before, t.By)) {
    return problem('missing-reviewers', `the groups are missing${where}`, 'write `by {"dba"}`');
  }
  if (is(before, t.Assign)) {
    return problem('missing-value', `a value is missing${where}`, 'write what the name stands for');
  }
  return problem(
    'missing-expression',
    `a value is missing before ${shown}`,
    `write one${where}, or take out what asks for it`,
  );
}

/** A bracket that continues after its expected end. */
export function unfinishedBracket({ expected, rule, shown, found }: Mistake): Problem | null {
  const closer = { RightParen: ')', RightBracket: ']', RightBrace: '}' }[expected];
  if (closer === undefined && !(rule === 'array' || rule === 'braces')) return null;
  if (rule === 'hole') {
    return problem(
      'bad-template',
      `${shown} does not continue the expression in the template`,
      'close it with `}`; for the sign itself write `\\{`',
    );
  }
  if (is(found, t.Comma) && rule === 'parenthesis') {
    return problem(
      'unexpected-token',
      'there are too many commas in this parenthesis',
      'parentheses hold one value, or `key, value in xs`; a list stands in `[…]`',
    );
  }
  if (is(found, t.Comma) && (rule === 'bracedBody' || rule === 'testBlock')) {
    return problem('misplaced-comma', 'a comma does not end a line here', 'end it with a line break or `;`');
  }
  if (is(found, t.Colon)) {
    return problem('misplaced-colon', 'a colon cannot stand here', 'objects are written `{"key": value}`');
  }
  if (is(found, t.Semicolon)) {
    return problem(
      'misplaced-semicolon',
      '`;` cannot stand here',
      'values in brackets are separated by commas; conditions by line breaks or `;`',
    );
  }
  const wanted = closer ?? (rule === 'array' ? ']' : '}');
  if (rule === 'braces') {
    return problem(
      'unexpected-token',
      `${shown} does not continue what stands in these braces`,
      'write `key: value` in an object, `,` before another value, or `}` to close',
    );
  }
  return problem(
    'unexpected-token',
    `${shown} does not continue what stands in these brackets`,
    `write \`,\` before another value, or \`${wanted}\` to close`,
  );
}

/** What cannot follow a whole expression that stands alone. */
export function notOneExpression({ rule, shown }: Mistake): Problem | null {
  if (rule !== 'lone') return null;
  return problem(
    'unexpected-token',
    `${shown} does not continue the expression`,
    'write one expression, and nothing after it',
  );
}

/** What cannot begin a statement. */
export function misplacedStatement({ rule, expected, found, shown }: Mistake): Problem | null {
  if (rule !== 'module' || expected !== 'end') return null;
  if (is(found, t.Semicolon)) {
    return problem(
      'misplaced-semicolon',
      '`;` does not end a rule',
      'take it out; a rule ends where the next one begins, on its own line',
    );
  }
  if (is(found, t.Comma)) {
    return problem(
      'misplaced-comma',
      '`,` does not join conditions',
      'put several conditions in braces, each on its own line or with `;` between',
    );
  }
  return problem(
    'unexpected-token',
    `${shown} cannot begin a rule`,
    'a rule begins with `allow`, `deny`, `review`, `mask`, `limit`, `applies`, `default`, `test`, or the name of a helper rule',
  );
}
