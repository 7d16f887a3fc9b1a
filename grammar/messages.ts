/** Messages for problems in rule texts, each with what to write instead. */
import { problem, type Problem } from './problem.js';

export const chainedComparison = problem(
  'chained-comparison',
  'a comparison cannot follow a comparison',
  'compare twice, `a < b and b < c`, or put one of them in parentheses',
);
export const unify = problem(
  'single-equals',
  '`=` means nothing here',
  'write `:=` to name a value and `==` to compare two',
);
export function foreignOperator(found: string, instead: string): Problem {
  return problem(
    'foreign-operator',
    `\`${found}\` is not an operator of the rule language`,
    `write \`${instead}\``,
  );
}
export const wildcard = problem(
  'wildcard',
  '`_` has no value',
  'write `some x in xs` to go through a collection; `_` may stand in patterns only',
);
export const wildcardReference = problem(
  'wildcard-reference',
  '`[_]` does not go through a collection',
  'write `some x in xs` on a line of its own and use `x`',
);
export const badHas = problem(
  'bad-has',
  '`has` needs a path',
  'write `has target.labels.env`; to test a computed value, name it with `:=` first',
);
export const badPath = problem(
  'bad-path',
  'only a path may stand here',
  'write a name with dots and brackets, `target.labels.env`',
);
export const notCallable = problem(
  'not-callable',
  'only a function by its name can be called',
  'write `f(x)` or `data.lib.f(x)`',
);
export const tooManyOperators = problem(
  'too-many-operators',
  'this expression has more than 500 operators',
  'keep the values in a data file, or split the expression into helper rules',
);
export const singleQuotes = problem(
  'single-quotes',
  'a text stands between double quotes',
  'write `"…"`, or backticks where nothing in it is to be escaped',
);
export function badEscape(found: string): Problem {
  return problem(
    'bad-escape',
    `\`${found}\` is not an escape`,
    'the escapes are `\\"`, `\\\\`, `\\/`, `\\b`, `\\f`, `\\n`, `\\r`, `\\t` and `\\u0041`; write `\\\\` for a backslash, or put the text between backticks',
  );
}
export function loneSurrogate(found: string): Problem {
  return problem(
    'bad-escape',
    `\`${found}\` is half of a character`,
    'write both halves, as in `\\ud83d\\ude00`, or the character itself',
  );
}
export function badNumber(found: string): Problem {
  return problem(
    'bad-number',
    `\`${found}\` is neither a number nor a duration`,
    'numbers look like `12`, `1.5` and `1e6`; durations like `30m`, `24h` and `7d`; anything else is a text between quotes',
  );
}
export function numberRange(found: string): Problem {
  return problem(
    'number-range',
    `\`${found}\` is out of range`,
    'numbers have at most 400 digits, and exponents lie between -400 and 400',
  );
}
export const templateWith = problem(
  'with-in-template',
  '`with` cannot stand inside a template',
  'write it after the whole condition: `x := $"{a}" with input.b as 1`',
);
export const emptyBody = problem(
  'empty-body',
  'this body has no condition',
  'write a condition, or leave the body out so that it always holds',
);
export const mixedBraces = problem(
  'mixed-braces',
  'these braces hold both set elements and `key: value` entries',
  'write a set `{a, b}` or an object `{"k": v}`',
);
export const extraComma = problem('extra-comma', 'nothing stands between these commas', 'take one comma out');
export const commaInBody = problem(
  'comma-in-body',
  'a comma does not join conditions',
  'write each condition on its own line, or `;` between them',
);
export const assignTarget = problem(
  'assign-target',
  'this cannot be given a value',
  'the left side of `:=` is a new name, or a pattern such as `[a, b]` or `{"k": v}`',
);
export const patternKey = problem(
  'pattern-key',
  'the key of an object pattern is a text',
  'write `{"name": value}`',
);
export const someWithoutIn = problem(
  'some-without-in',
  '`some` declares nothing on its own',
  'write `some x in xs`, which goes through `xs`',
);
export const tooManyPatterns = problem(
  'too-many-names',
  'there are more than two names before `in`',
  'write `some value in xs` or `some key, value in xs`',
);
export const missingIf = problem('missing-if', '`if` is missing before this body', 'write `if {`');
export const unlessOnHelper = problem(
  'unless-on-helper',
  '`unless` belongs to decision rules',
  'write `not …` as a condition of the body',
);
export const missingPackage = problem(
  'missing-package',
  'the file does not say its package',
  'begin it with a line such as `package ci.orders`',
);
export const lateImport = problem(
  'late-import',
  'imports come before the rules',
  'move this line up, below `package`',
);
export const regoImport = problem(
  'rego-import',
  'there is nothing to import for the language itself',
  'take this line out; `if`, `in`, `contains` and `every` are always there',
);
export const badImport = problem(
  'bad-import',
  'an import begins with `data` or `input`',
  'write `import data.teams`',
);
export const badHead = problem(
  'bad-head',
  'a rule begins with its name',
  'write `name if …`, `name := value`, `name contains element if …` or `name(x) := value`',
);
export const appliesValue = problem(
  'applies-value',
  '`applies` guards the rules of the file and has no value',
  'write `applies if { … }`, or give the helper rule another name',
);
export const duplicateClause = problem(
  'duplicate-clause',
  'this clause is here twice',
  'take one of them out',
);
export const emptyContains = problem(
  'bad-head',
  '`contains` rules have no arguments',
  'write `name contains element if …`',
);
export function selectorKind(found: string): Problem {
  return problem(
    'bad-selector',
    `\`${found}\` selects nothing`,
    'write `column "table.column"`, `tagged "pii"`, `pattern credit_card`, `field "a.b"` or `header "name"`',
  );
}
export function selectorText(kind: string): Problem {
  return problem('bad-selector', `\`${kind}\` wants a text`, `write \`${kind} "…"\``);
}
export const selectorName = problem(
  'bad-selector',
  '`pattern` wants the name of a detector',
  'write `pattern credit_card`',
);
export function maskMethod(found: string): Problem {
  return problem(
    'bad-method',
    `\`${found}\` is not a way to mask`,
    'write `redact`, `null`, `partial(4)`, `hash`, `email` or `replace("text")`',
  );
}
export function methodArgument(name: string, example: string): Problem {
  return problem('bad-method', `\`${name}\` is written otherwise`, `write \`${example}\``);
}
export const badDuration = problem('bad-duration', 'this is not a duration', 'write `30m`, `24h` or `7d`');
export function badCount(found: string): Problem {
  return problem('bad-count', `\`${found}\` is not a count`, 'write a whole number');
}
export const lateGiven = problem('late-given', '`given` comes before the rows', 'move this line up');
export function expectedEffect(found: string): Problem {
  return problem(
    'bad-expectation',
    `a row cannot expect \`${found}\``,
    'write `=> allow`, `=> deny`, `=> review` or `=> undecided`',
  );
}
export const someWithCondition = problem(
  'some-with-condition',
  'a condition cannot follow the collection',
  'write the condition on a line of its own, after `some x in xs`',
);
export function defaultEffect(effect: string): Problem {
  return problem(
    'effect-as-helper',
    `\`${effect}\` takes no default`,
    'take this line out: what no rule allows is denied',
  );
}
export const pathTooLong = problem(
  'nesting-too-deep',
  'this path has more than 200 steps',
  'keep the value in a data file, or take the path apart with helper rules',
);
export const tooManyBranches = problem(
  'too-many-branches',
  'this rule has more than 200 `else` branches',
  'look the value up in a data file instead',
);
const effectExamples: Readonly<Record<string, string>> = {
  allow: 'allow reads if sql.read_only',
  deny: 'deny drop "a pipeline never drops" if …',
  review: 'review schema "schema change" by {"dba"} if …',
  mask: 'mask pii column "customers.email" with redact',
  limit: 'limit big rows 1000',
};

export function effectExample(effect: string): string {
  return effectExamples[effect] ?? '';
}
export function effectAsSet(effect: string): Problem {
  return problem(
    'effect-as-set',
    `\`${effect}\` does not collect messages`,
    `give the rule a name and its reason instead: \`${effectExample(effect)}\``,
  );
}
export function effectAsHelper(effect: string): Problem {
  return problem(
    'effect-as-helper',
    `\`${effect}\` opens a decision rule and cannot have a value`,
    effect === 'allow'
      ? 'write `allow if …`; what no rule allows is denied'
      : `write \`${effectExample(effect)}\`, or give the helper rule another name`,
  );
}
export const commaInParentheses = problem(
  'comma-in-parentheses',
  'parentheses hold one value',
  'write a list in `[…]`; only `(key, value in xs)` has a comma',
);
export const commaInComprehension = problem(
  'comma-in-body',
  'a comma does not join conditions',
  'after `|` come conditions, with `;` between them; a union as a value stands in parentheses, `{(a | b), c}`',
);
export function bareRule(name: string): Problem {
  return problem('bare-rule', `\`${name}\` says nothing`, `write \`${name} if …\` or \`${name} := value\``);
}
export const bareElse = problem(
  'bare-else',
  'this `else` says nothing',
  'write `else := value`, `else if …`, or `else := value if …`',
);

/** Builtins of Rego that are left out on purpose, each with what to write instead. */
const leftOutBuiltins: Readonly<Record<string, Problem>> = {
  walk: problem(
    'no-walk',
    '`walk` is not in the language: its cost has no bound that the text shows',
    'go through the collections you mean, `some x in xs`, one inside another',
  ),
  'http.send': problem(
    'no-http-send',
    '`http.send` is not in the language: a decision asks nobody',
    'put what it would fetch into a data file, which `policy serve` reads again when it changes',
  ),
  'time.now_ns': problem(
    'no-clock',
    '`time.now_ns` is not in the language: a decision has the time of its command',
    'write `now`',
  ),
  'rand.intn': problem(
    'no-randomness',
    '`rand.intn` is not in the language: the same command gets the same decision',
    'choose by what the command says',
  ),
  'uuid.rfc4122': problem(
    'no-randomness',
    '`uuid.rfc4122` is not in the language: the same command gets the same decision',
    'take an identifier from the facts, `command` or `session`',
  ),
  'net.lookup_ip_addr': problem(
    'no-lookup',
    '`net.lookup_ip_addr` is not in the language: a decision asks nobody',
    'write addresses, and compare them with `net.cidr_contains`',
  ),
  'opa.runtime': problem(
    'no-runtime',
    '`opa.runtime` is not in the language: a decision does not see the machine it runs on',
    'put what it should know into a data file',
  ),
};

export function leftOutBuiltin(name: string): Problem | undefined {
  return Object.hasOwn(leftOutBuiltins, name) ? leftOutBuiltins[name] : undefined;
}
export const maskName = problem(
  'missing-name',
  'a `mask` rule needs a name before its selector',
  'the name is what records and tests cite: `mask pii column "customers.email" with redact`',
);
