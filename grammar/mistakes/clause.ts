/** Mistakes in the clauses of decision rules and tests. */
import type { IToken } from 'chevrotain';
import { effectAsHelper, effectAsSet, effectExample } from '../messages.js';
import { is, type Mistake } from './mistake.js';
import { problem, type Problem } from '../problem.js';
import * as t from '../tokens.js';

/** Rego's sets of messages, `deny[msg]` and `deny contains msg`, and decisions with a value. */
export function effectsAsInRego({ statement, found, before }: Mistake): Problem | null {
  const effect = statement.find((token) => !is(token, t.Shadow));
  if (effect === undefined || before === undefined || !is(effect, t.EffectWord)) return null;
  if (before === effect) {
    if (is(found, t.LeftBracket)) return effectAsSet(effect.image);
    const isHelper = is(found, t.Assign, t.Unify, t.LeftParen, t.Dot);
    return isHelper ? effectAsHelper(effect.image) : null;
  }
  const collects = is(before, t.Contains) && statement[statement.indexOf(before) - 1] === effect;
  return collects ? effectAsSet(effect.image) : null;
}

/** `shadow` before anything but a decision rule. */
export function shadowAlone({ statement, before }: Mistake): Problem | null {
  if (!is(before, t.Shadow) || before !== statement[0]) return null;
  return problem(
    'misplaced-shadow',
    '`shadow` stands before a decision rule',
    'write `shadow deny drop "never" if …`; helper rules have no effect that could be held back',
  );
}

/** Clauses that a decision rule must have. */
export function missingClause({ rule, expected, found, before, shown }: Mistake): Problem | null {
  if (expected === 'Name' && is(before, t.EffectWord)) {
    const effect = before?.image ?? '';
    return problem(
      'missing-name',
      `a \`${effect}\` rule needs a name before ${shown}`,
      `the name is what records and tests cite: \`${effectExample(effect)}\``,
    );
  }
  if (rule === 'deny' || rule === 'review' || rule === 'reason') {
    if (expected === 'By') {
      return problem(
        'missing-reviewers',
        'a `review` rule says who approves',
        'write `by` and the groups after the reason: `by {"dba"}`',
      );
    }
    if (rule === 'reason') {
      return problem(
        'missing-reason',
        `a reason is missing before ${shown}`,
        'write a text, or a template over variables of the body: `$"{s.verb} is not allowed"`',
      );
    }
    if (rule === 'review' && is(before, t.Quorum)) {
      return problem('bad-count', 'this is not a count', 'write a whole number, `quorum 2`');
    }
    if (rule === 'review' && is(before, t.Within)) {
      return problem('bad-duration', 'this is not a duration', 'write `within 30m`');
    }
  }
  return rule === 'limit' ? limitClause(found, before) : null;
}

function limitClause(found: IToken | null, before: IToken | undefined): Problem {
  if (is(found, t.NumberToken) && is(before, t.Rows, t.Bytes, t.Seconds)) {
    return problem(
      'missing-name',
      `a \`limit\` rule needs a name before \`${before?.image ?? ''}\``,
      'the name is what records and tests cite: `limit big rows 1000`',
    );
  }
  return is(found, t.NumberToken)
    ? problem('missing-unit', 'a limit says of what', 'write `rows 1000`, `bytes 1000000` or `seconds 30`')
    : problem(
        'missing-amount',
        'a limit says how much',
        'write `rows 1000`, `bytes 1000000` or `seconds 30`',
      );
}

export function maskClause({ rule, expected, found, shown }: Mistake): Problem | null {
  if (rule === 'mask' && expected === 'With' && is(found, t.Dot)) {
    return problem('bad-selector', 'a column is a text', 'write `column "table.column"`');
  }
  if (rule === 'mask' && expected === 'With') {
    return problem(
      'missing-method',
      `how to mask is missing before ${shown}`,
      'write `with redact`, `with null`, `with partial(4)`, `with hash`, `with email` or `with replace("text")`',
    );
  }
  if (rule === 'selector' || (rule === 'mask' && expected === 'more')) {
    return problem(
      'bad-selector',
      `what to mask is missing before ${shown}`,
      'write `column "table.column"`, `tagged "pii"`, `pattern credit_card`, `field "a.b"` or `header "name"`',
    );
  }
  if (rule === 'method') {
    return problem(
      'bad-method',
      `${shown} cannot stand in how to mask`,
      'write `redact`, `null`, `partial(4)`, `hash`, `email` or `replace("text")`',
    );
  }
  return null;
}

export function testClause({ rule, expected, found, before, shown, statement }: Mistake): Problem | null {
  if (rule === 'commandRow' && expected === 'Arrow') {
    return problem(
      'missing-expectation',
      `what the test expects is missing before ${shown}`,
      'write `sql "…" => allow`, `=> deny`, or `=> review`',
    );
  }
  const isTest = is(statement[0], t.Test) && (is(statement[1], t.LeftBrace) || before === statement[0]);
  if (isTest && is(found, t.StringToken, t.Name)) {
    return problem(
      'missing-title',
      'a test has a title',
      'write `test "the test stage reads and nothing else" { … }`',
    );
  }
  const badClause = is(before, t.EffectWord) && is(found, t.StringToken) && is(statement[0], t.Test);
  if (badClause || (rule === 'expectation' && is(before, t.Arrow))) {
    return problem(
      'bad-expectation',
      `a row cannot expect ${badClause ? `\`${before?.image ?? ''}\`` : shown}`,
      'write `=> allow`, `=> deny ci.orders.drop`, `=> undecided`, `=> allow mask "t.c"` or `=> review by "dba"`',
    );
  }
  if (rule === 'expected' || rule === 'expectedLimit') {
    return problem(
      'bad-expectation',
      `${shown} is not a number`,
      'write `limit rows 100`, `quorum 2` or `within 30m`',
    );
  }
  if (rule === 'strings') {
    return problem(
      'bad-expectation',
      `${shown} is not a text`,
      'write `mask "customers.email"` or `by "dba"`',
    );
  }
  if (rule === 'given') {
    return problem(
      'bad-given',
      is(found, t.Unify) ? 'a `given` sets its fact with `:=`' : `\`:=\` is missing before ${shown}`,
      'write `given target.labels.env := "prod"`',
    );
  }
  if (rule === 'table') {
    return problem(
      'bad-table',
      `a table of cases is missing before ${shown}`,
      'write `test "title" for each case in cases { … }`',
    );
  }
  if (rule === 'testBlock' && expected === 'LeftBrace') {
    return problem('missing-body', `\`{\` is missing before ${shown}`, 'write `test "title" { … }`');
  }
  return null;
}
