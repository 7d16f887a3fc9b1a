/**
 * The words and signs of the language. An unclosed string is still a string token, and operators of other languages are
 * tokens too, so that such mistakes get errors of their own.
 */
import { createToken, Lexer, type TokenType } from 'chevrotain';
import { ROW_WORDS } from './row-words.js';
import { scanNumber, scanRawString, scanString, scanTemplateText } from './scan.js';

type Scanner = (text: string, start: number) => number;

/** A custom pattern; Chevrotain expects the shape of a regular expression match. */
function scanned(opening: string, scan: Scanner) {
  return (text: string, offset: number): RegExpExecArray | null => {
    if (!text.startsWith(opening, offset)) return null;
    const end = scan(text, offset);
    return end === offset ? null : ([text.slice(offset, end)] as unknown as RegExpExecArray);
  };
}

/** Any word: what may follow a dot. */
export const Word = createToken({ name: 'Word', pattern: Lexer.NA });
/** A word that may name a rule, a variable or a fact. */
export const Name = createToken({ name: 'Name', pattern: Lexer.NA, categories: [Word] });
/** An operator between two operands, including those of other languages that get an error of their own. */
export const Operator = createToken({ name: 'Operator', pattern: Lexer.NA });
/** What opens a row of a test block. */
export const RowWord = createToken({ name: 'RowWord', pattern: Lexer.NA });
/** What a row of a test may expect; `limit` and `mask` are refused with messages of their own. */
export const ExpectedWord = createToken({ name: 'ExpectedWord', pattern: Lexer.NA });
/** `deny` and the other effects. */
export const EffectWord = createToken({ name: 'EffectWord', pattern: Lexer.NA, categories: [ExpectedWord] });

const Identifier = createToken({
  name: 'Identifier',
  pattern: /[A-Za-z_][A-Za-z0-9_]*/,
  categories: [Name],
});

const words: TokenType[] = [];

/** Chevrotain requires tokens and rules to have different names; rules begin with a lower-case letter. */
function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/**
 * A reserved word. Directly before a dot and a letter it is still a name, as in Rego: `not.foo(1)` calls the function
 * `foo` under `not`.
 */
function reserved(word: string, categories: TokenType[] = []): TokenType {
  const type = createToken({
    name: capitalized(word),
    pattern: new RegExp(`${word}(?!\\.[A-Za-z_])`),
    longer_alt: Identifier,
    categories: [Word, ...categories],
    start_chars_hint: [word.charAt(0)],
  });
  words.push(type);
  return type;
}

/** A word that opens a clause if a clause is possible, and is an ordinary name everywhere else. */
function soft(word: string, categories: TokenType[] = []): TokenType {
  const type = createToken({
    name: capitalized(word),
    pattern: word,
    longer_alt: Identifier,
    categories: [Name, ...categories],
  });
  words.push(type);
  return type;
}

export const True = reserved('true');
export const False = reserved('false');
export const Null = reserved('null');

export const Package = reserved('package');
export const Import = reserved('import');
export const Default = reserved('default');
export const If = reserved('if');
export const Else = reserved('else');
export const Unless = reserved('unless');
export const Some = reserved('some');
export const Every = reserved('every');
export const As = reserved('as');
export const Has = reserved('has');
export const Not = reserved('not', [Operator]);
export const In = reserved('in', [Operator]);
reserved('and', [Operator]);
reserved('or', [Operator]);

export const Allow = soft('allow', [EffectWord]);
export const Deny = soft('deny', [EffectWord]);
export const Review = soft('review', [EffectWord]);
export const Mask = soft('mask', [EffectWord]);
export const Limit = soft('limit', [EffectWord]);
export const Shadow = soft('shadow');
export const Applies = soft('applies');
export const By = soft('by');
export const Within = soft('within');
export const Quorum = soft('quorum');
export const With = soft('with');
soft('column');
soft('tagged');
soft('pattern');
soft('field');
soft('header');
export const Test = soft('test');
export const Given = soft('given');
export const For = soft('for');
export const Each = soft('each');
export const Undecided = soft('undecided', [ExpectedWord]);
export const Contains = soft('contains');
export const Rows = soft('rows');
export const Bytes = soft('bytes');
export const Seconds = soft('seconds');
for (const word of ROW_WORDS) soft(word, [RowWord]);

const signs: TokenType[] = [];

function sign(name: string, pattern: string, ...categories: TokenType[]): TokenType {
  const type = createToken({ name, pattern, categories });
  signs.push(type);
  return type;
}

// Longer signs come before their prefixes: the lexer takes the first match.
sign('StrictEqual', '===', Operator);
sign('StrictUnequal', '!==', Operator);
export const Assign = sign('Assign', ':=');
sign('Equal', '==', Operator);
export const Arrow = sign('Arrow', '=>');
sign('ThinArrow', '->');
export const Unify = sign('Unify', '=', Operator);
sign('Unequal', '!=', Operator);
export const Bang = sign('Bang', '!');
sign('AtMost', '<=', Operator);
sign('Less', '<', Operator);
sign('AtLeast', '>=', Operator);
sign('Greater', '>', Operator);
sign('DoubleAmpersand', '&&', Operator);
sign('Ampersand', '&', Operator);
sign('DoubleBar', '||', Operator);
export const Bar = sign('Bar', '|', Operator);
sign('Coalesce', '??', Operator);
sign('Plus', '+', Operator);
export const Minus = sign('Minus', '-', Operator);
sign('Times', '*', Operator);
sign('Divide', '/', Operator);
sign('Remainder', '%', Operator);
export const Dot = sign('Dot', '.');
export const Comma = sign('Comma', ',');
export const Semicolon = sign('Semicolon', ';');
export const Colon = sign('Colon', ':');
export const LeftParen = sign('LeftParen', '(');
export const RightParen = sign('RightParen', ')');
export const LeftBracket = sign('LeftBracket', '[');
export const RightBracket = sign('RightBracket', ']');

// Braces switch modes so that the `}` of a hole returns to the text of its template.
export const LeftBrace = createToken({ name: 'LeftBrace', pattern: '{', push_mode: 'code' });
export const RightBrace = createToken({ name: 'RightBrace', pattern: '}', pop_mode: true });

/** A number or a duration in full, `12`, `1.5e-3`, `30m`, even if it is neither: `012`, `5kg`. */
export const NumberToken = createToken({
  name: 'Number',
  pattern: { exec: scanned('', scanNumber) },
  start_chars_hint: '0123456789'.split(''),
  line_breaks: false,
});

export const StringToken = createToken({
  name: 'String',
  pattern: { exec: scanned('"', scanString) },
  start_chars_hint: ['"'],
  line_breaks: false,
});
export const SingleQuoted = createToken({
  name: 'SingleQuoted',
  pattern: { exec: scanned("'", scanString) },
  start_chars_hint: ["'"],
  line_breaks: false,
});
export const RawString = createToken({
  name: 'RawString',
  pattern: { exec: scanned('`', scanRawString) },
  start_chars_hint: ['`'],
  line_breaks: true,
});

export const TemplateStart = createToken({ name: 'TemplateStart', pattern: '$"', push_mode: 'template' });
export const RawTemplateStart = createToken({
  name: 'RawTemplateStart',
  pattern: '$`',
  push_mode: 'rawTemplate',
});
export const HoleStart = createToken({ name: 'HoleStart', pattern: '{', push_mode: 'code' });
export const TemplateText = createToken({
  name: 'TemplateText',
  pattern: { exec: scanned('', (text, start) => scanTemplateText(text, start, false)) },
  line_breaks: false,
});
export const RawTemplateText = createToken({
  name: 'RawTemplateText',
  pattern: { exec: scanned('', (text, start) => scanTemplateText(text, start, true)) },
  line_breaks: true,
});
export const TemplateEnd = createToken({ name: 'TemplateEnd', pattern: '"', pop_mode: true });
export const RawTemplateEnd = createToken({ name: 'RawTemplateEnd', pattern: '`', pop_mode: true });
/** The line ended before the template did. */
export const TemplateBroken = createToken({
  name: 'TemplateBroken',
  pattern: /\r\n|\n|\r/,
  pop_mode: true,
  line_breaks: true,
});

const Comment = createToken({ name: 'Comment', pattern: /#[^\r\n]*/, group: 'comments' });
const Space = createToken({
  name: 'Space',
  pattern: /[ \t\r\n]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});

/**
 * Anything that no other token matches. The hint lists every possible first character, so that the lexer goes straight
 * to this token instead of trying each one in turn.
 */
export const Strange = createToken({
  name: 'Strange',
  pattern: /[^\0-\x7f]+|[?$\\@^~]/,
  start_chars_hint: [
    ...Array.from({ length: 0x10000 - 0x80 }, (_, index) => 0x80 + index),
    ...'?$\\@^~'.split(''),
  ],
  line_breaks: false,
});

const code = [
  Space,
  Comment,
  TemplateStart,
  RawTemplateStart,
  // `by` is tried after `bytes`: the first match wins, unless an identifier is longer.
  ...words.toSorted((one, other) => other.name.length - one.name.length),
  Identifier,
  LeftBrace,
  RightBrace,
  ...signs,
  NumberToken,
  StringToken,
  SingleQuoted,
  RawString,
  Strange,
];

const vocabulary = {
  modes: {
    code,
    template: [TemplateEnd, HoleStart, TemplateBroken, TemplateText],
    rawTemplate: [RawTemplateEnd, HoleStart, RawTemplateText],
  },
  defaultMode: 'code',
};

/** Every type for the grammar, including the categories, which no pattern produces. */
export const tokenTypes: TokenType[] = [
  Word,
  Name,
  Operator,
  RowWord,
  EffectWord,
  ExpectedWord,
  ...new Set(Object.values(vocabulary.modes).flat()),
];

export function createLexer(validate = false): Lexer {
  return new Lexer(vocabulary, {
    skipValidations: !validate,
    positionTracking: 'full',
  });
}
