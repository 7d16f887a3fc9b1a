/**
 * The expressions and bodies of the language. There are no actions: the tree builder works from the concrete tree and
 * applies operator precedence too, so an expression is one flat rule and nesting costs little stack.
 *
 * A production stands above each rule; `'x'` is a word or sign, `{ }` repetition, `[ ]` an option.
 */
import { CstParser, type CstNode, type IToken, type ParserMethod, type TokenType } from 'chevrotain';
import { mismatchKeys } from './mismatch.js';
import * as t from './tokens.js';

export type Rule = ParserMethod<[], CstNode>;

/**
 * What ends an expression in its context. A line break does, except inside brackets; `|` does in the first element of a
 * bracket, where it opens a comprehension; `in` does in the patterns of `some` and `every`.
 */
interface Place {
  readonly lineBreakEnds: boolean;
  readonly barEnds: boolean;
  readonly inEnds: boolean;
}
const onLine: Place = { lineBreakEnds: true, barEnds: false, inEnds: false };
const inBrackets: Place = { lineBreakEnds: false, barEnds: false, inEnds: false };
const firstInBrackets: Place = { lineBreakEnds: false, barEnds: true, inEnds: false };

export abstract class ExpressionGrammar extends CstParser {
  #place: Place = onLine;

  constructor(skipValidations: boolean) {
    super(t.tokenTypes, {
      // A second pass over the statements finds further mistakes (see recovery.ts). Chevrotain's own recovery
      // guesses missing tokens, and its guesses read as mistakes that nobody made.
      recoveryEnabled: false,
      nodeLocationTracking: 'onlyOffset',
      maxLookahead: 2,
      skipValidations,
      errorMessageProvider: mismatchKeys,
    });
  }

  protected in(place: Place, parse: () => void): void {
    const outer = this.#place;
    this.#place = place;
    try {
      parse();
    } finally {
      this.#place = outer;
    }
  }

  protected is(type: TokenType, ahead = 1): boolean {
    const { tokenType } = this.LA(ahead);
    return tokenType === type || (type.categoryMatches ?? []).includes(tokenType.tokenTypeIdx ?? -1);
  }

  /** Whether the next token stands on the line where the one before it ended. */
  protected onSameLine(ahead = 1): boolean {
    return this.LA(ahead).startLine === this.LA(ahead - 1).endLine;
  }

  #adjacent(): boolean {
    return this.LA(1).startOffset === endOf(this.LA(0));
  }

  #continues(): boolean {
    return !this.#place.lineBreakEnds || this.onSameLine();
  }

  #operatorFollows(): boolean {
    if (!this.is(t.Operator) || !this.#continues()) return false;
    if (this.is(t.Not)) return this.is(t.In, 2) && !this.#place.inEnds;
    if (this.is(t.In)) return !this.#place.inEnds;
    return !(this.is(t.Bar) && this.#place.barEnds);
  }

  #stepFollows(): boolean {
    if (!this.is(t.Dot)) return this.#adjacent();
    // A dot at the end of a line would make the first word of the next its field.
    return this.#continues() && (!this.#place.lineBreakEnds || this.onSameLine(2));
  }

  // body = bracedBody | literal
  protected readonly body: Rule = this.RULE('body', () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.bracedBody) },
        { ALT: () => this.in(onLine, () => this.SUBRULE(this.literal)) },
      ],
      IGNORE_AMBIGUITIES: true,
    });
  });

  // bracedBody = '{' literals '}'
  protected readonly bracedBody: Rule = this.RULE('bracedBody', () => {
    this.CONSUME(t.LeftBrace);
    this.SUBRULE(this.literals);
    this.CONSUME(t.RightBrace);
  });

  // literals = { literal ( ';' | line break ) }
  protected readonly literals: Rule = this.RULE('literals', () => {
    this.in(onLine, () => {
      this.MANY({
        GATE: () => this.literalMayStart(),
        DEF: () => {
          this.SUBRULE(this.literal);
          this.OPTION(() => this.CONSUME(t.Semicolon));
        },
      });
    });
  });

  protected literalMayStart(): boolean {
    const before = this.LA(0).tokenType;
    return before === t.LeftBrace || before === t.Bar || before === t.Semicolon || !this.onSameLine();
  }

  // literal = ( every | some | notBody | statement ) { with }
  protected readonly literal: Rule = this.RULE('literal', () => {
    this.OR({
      DEF: [
        { ALT: () => this.SUBRULE(this.every) },
        { ALT: () => this.SUBRULE(this.some) },
        { ALT: () => this.SUBRULE(this.notBody) },
        { ALT: () => this.SUBRULE(this.condition) },
      ],
      IGNORE_AMBIGUITIES: true,
    });
    this.MANY({ GATE: () => this.withFollows(), DEF: () => this.SUBRULE(this.withModifier) });
  });

  /** `with` is a soft word: on a line of its own it may be a variable. */
  protected withFollows(): boolean {
    return this.is(t.Name, 2) && this.onSameLine(2);
  }

  // condition = expression [ ':=' expression | ',' expression ]
  protected readonly condition: Rule = this.RULE('condition', () => {
    this.SUBRULE(this.expression, { LABEL: 'left' });
    this.OPTION(() => {
      this.OR([{ ALT: () => this.CONSUME(t.Assign) }, { ALT: () => this.CONSUME(t.Comma) }]);
      this.SUBRULE2(this.expression, { LABEL: 'right' });
    });
  });

  // some = 'some' pattern { ',' pattern } 'in' expression
  protected readonly some: Rule = this.RULE('some', () => {
    this.CONSUME(t.Some);
    this.SUBRULE(this.patterns);
    // Without `in` it is a declaration as in older Rego, which the tree builder reports.
    this.OPTION(() => {
      this.CONSUME(t.In);
      this.SUBRULE(this.expression);
    });
  });

  // every = 'every' pattern { ',' pattern } 'in' expression bracedBody
  protected readonly every: Rule = this.RULE('every', () => {
    this.CONSUME(t.Every);
    this.SUBRULE(this.patterns);
    this.CONSUME(t.In);
    this.SUBRULE(this.expression);
    this.SUBRULE(this.bracedBody);
  });

  // patterns = pattern { ',' pattern }
  protected readonly patterns: Rule = this.RULE('patterns', () => {
    this.in({ ...onLine, inEnds: true }, () => {
      this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
    });
  });

  // notBody = 'not' bracedBody
  protected readonly notBody: Rule = this.RULE('notBody', () => {
    this.CONSUME(t.Not);
    this.SUBRULE(this.bracedBody);
  });

  // withModifier = 'with' postfix 'as' expression
  protected readonly withModifier: Rule = this.RULE('withModifier', () => {
    this.CONSUME(t.With);
    this.SUBRULE(this.postfix);
    this.CONSUME(t.As);
    this.SUBRULE(this.expression);
  });

  // expression = operand { operator operand }
  readonly expression: Rule = this.RULE('expression', () => {
    this.SUBRULE(this.operand);
    this.MANY({
      GATE: () => this.#operatorFollows(),
      DEF: () => {
        this.SUBRULE(this.operator);
        this.SUBRULE2(this.operand);
      },
    });
  });

  // operator = 'not' 'in' | 'or' | 'and' | '??' | '==' | … | '%'
  protected readonly operator: Rule = this.RULE('operator', () => {
    this.OR({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Not);
            this.CONSUME(t.In);
          },
        },
        { ALT: () => this.CONSUME(t.Operator) },
      ],
      IGNORE_AMBIGUITIES: true,
    });
  });

  // operand = { 'not' | '-' | 'has' } postfix
  protected readonly operand: Rule = this.RULE('operand', () => {
    this.MANY(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Not, { LABEL: 'prefix' }) },
        { ALT: () => this.CONSUME(t.Minus, { LABEL: 'prefix' }) },
        { ALT: () => this.CONSUME(t.Has, { LABEL: 'prefix' }) },
        { ALT: () => this.CONSUME(t.Bang, { LABEL: 'prefix' }) },
      ]);
    });
    this.SUBRULE(this.postfix);
  });

  // postfix = primary { step }
  readonly postfix: Rule = this.RULE('postfix', () => {
    this.SUBRULE(this.primary);
    this.MANY({ GATE: () => this.#stepFollows(), DEF: () => this.SUBRULE(this.step) });
  });

  // step = '.' word | '[' expression ']' | '(' [ expression { ',' expression } ] ')'
  protected readonly step: Rule = this.RULE('step', () => {
    this.OR([
      {
        ALT: () => {
          this.CONSUME(t.Dot);
          this.CONSUME(t.Word);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.LeftBracket);
          this.in(inBrackets, () => this.SUBRULE(this.expression));
          this.CONSUME(t.RightBracket);
        },
      },
      { ALT: () => this.SUBRULE(this.callArguments) },
    ]);
  });

  // callArguments = '(' [ expression { ',' [ expression ] } ] ')'
  protected readonly callArguments: Rule = this.RULE('callArguments', () => {
    this.CONSUME(t.LeftParen);
    this.in(inBrackets, () => {
      this.OPTION(() => this.SUBRULE(this.expression));
      this.MANY(() => {
        this.CONSUME(t.Comma);
        this.OPTION2(() => this.SUBRULE2(this.expression));
      });
    });
    this.CONSUME(t.RightParen);
  });

  // primary = constant | name | template | array | braces | parenthesis
  protected readonly primary: Rule = this.RULE('primary', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.Name) },
      { ALT: () => this.CONSUME(t.StringToken) },
      { ALT: () => this.CONSUME(t.NumberToken) },
      { ALT: () => this.CONSUME(t.True) },
      { ALT: () => this.CONSUME(t.False) },
      { ALT: () => this.CONSUME(t.Null) },
      { ALT: () => this.CONSUME(t.RawString) },
      { ALT: () => this.CONSUME(t.SingleQuoted) },
      { ALT: () => this.SUBRULE(this.template) },
      { ALT: () => this.SUBRULE(this.array) },
      { ALT: () => this.SUBRULE(this.braces) },
      { ALT: () => this.SUBRULE(this.parenthesis) },
    ]);
  });

  // template = '$"' { text | '{' expression '}' } '"'
  protected readonly template: Rule = this.RULE('template', () => {
    this.OR([{ ALT: () => this.CONSUME(t.TemplateStart) }, { ALT: () => this.CONSUME(t.RawTemplateStart) }]);
    this.MANY(() => {
      this.OR2([
        { ALT: () => this.CONSUME(t.TemplateText) },
        { ALT: () => this.CONSUME(t.RawTemplateText) },
        { ALT: () => this.SUBRULE(this.hole) },
      ]);
    });
    this.OR3([
      { ALT: () => this.CONSUME(t.TemplateEnd) },
      { ALT: () => this.CONSUME(t.RawTemplateEnd) },
      { ALT: () => this.CONSUME(t.TemplateBroken) },
    ]);
  });

  // hole = '{' expression { with } '}'
  protected readonly hole: Rule = this.RULE('hole', () => {
    this.CONSUME(t.HoleStart);
    this.in(inBrackets, () => {
      this.SUBRULE(this.expression);
      this.MANY(() => this.SUBRULE(this.withModifier));
    });
    this.CONSUME(t.RightBrace);
  });

  // array = '[' [ expression ( '|' literals | { ',' expression } ) ] ']'
  protected readonly array: Rule = this.RULE('array', () => {
    this.CONSUME(t.LeftBracket);
    this.OPTION(() => {
      this.in(firstInBrackets, () => this.SUBRULE(this.expression));
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Bar);
            this.SUBRULE(this.literals);
          },
        },
        {
          ALT: () => {
            this.MANY(() => {
              this.CONSUME(t.Comma);
              this.OPTION2(() => this.in(inBrackets, () => this.SUBRULE2(this.expression)));
            });
          },
        },
      ]);
    });
    this.CONSUME(t.RightBracket);
  });

  // braces = '{' [ entry ( '|' literals | { ',' entry } ) ] '}'
  protected readonly braces: Rule = this.RULE('braces', () => {
    this.CONSUME(t.LeftBrace);
    this.OPTION(() => {
      this.in(firstInBrackets, () => this.SUBRULE(this.entry));
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Bar);
            this.SUBRULE(this.literals);
          },
        },
        {
          ALT: () => {
            this.MANY(() => {
              this.CONSUME(t.Comma);
              this.OPTION2(() => this.in(inBrackets, () => this.SUBRULE2(this.entry)));
            });
          },
        },
      ]);
    });
    this.CONSUME(t.RightBrace);
  });

  // entry = expression [ ':' expression ]
  protected readonly entry: Rule = this.RULE('entry', () => {
    this.SUBRULE(this.expression);
    this.OPTION(() => {
      this.CONSUME(t.Colon);
      this.SUBRULE2(this.expression);
    });
  });

  // parenthesis = '(' expression [ ',' expression ] ')'
  protected readonly parenthesis: Rule = this.RULE('parenthesis', () => {
    this.CONSUME(t.LeftParen);
    this.in(inBrackets, () => {
      this.SUBRULE(this.expression);
      this.OPTION(() => {
        this.CONSUME(t.Comma);
        this.SUBRULE2(this.expression);
      });
    });
    this.CONSUME(t.RightParen);
  });
}

function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}
