/** Tests, and the parts they share with rules: rule names and mask methods. */
import { ExpressionGrammar, type Rule } from './expression-grammar.js';
import * as t from './tokens.js';

export class TestGrammar extends ExpressionGrammar {
  // path = word { '.' word | '[' string ']' }
  protected readonly path: Rule = this.RULE('path', () => {
    this.CONSUME(t.Word, { LABEL: 'part' });
    this.MANY({
      GATE: () => this.onSameLine() && this.onSameLine(2),
      DEF: () => {
        this.OR([
          {
            ALT: () => {
              this.CONSUME(t.Dot);
              this.CONSUME2(t.Word, { LABEL: 'part' });
            },
          },
          {
            ALT: () => {
              this.CONSUME(t.LeftBracket);
              this.CONSUME(t.StringToken, { LABEL: 'part' });
              this.CONSUME(t.RightBracket);
            },
          },
        ]);
      },
    });
  });

  // method = word [ '(' [ number | string ] ')' ]
  protected readonly method: Rule = this.RULE('method', () => {
    this.CONSUME(t.Word);
    this.OPTION(() => {
      this.CONSUME(t.LeftParen);
      this.OPTION2(() => {
        this.OR([
          { ALT: () => this.CONSUME(t.NumberToken, { LABEL: 'argument' }) },
          { ALT: () => this.CONSUME(t.StringToken, { LABEL: 'argument' }) },
          { ALT: () => this.CONSUME(t.RawString, { LABEL: 'argument' }) },
        ]);
      });
      this.CONSUME(t.RightParen);
    });
  });

  // testBlock = 'test' string [ 'for' 'each' pattern [ ',' pattern ] 'in' expression ] '{' { testLine } '}'
  protected readonly testBlock: Rule = this.RULE('testBlock', () => {
    this.CONSUME(t.Test);
    this.OR([
      { ALT: () => this.CONSUME(t.StringToken) },
      { ALT: () => this.CONSUME(t.RawString) },
      { ALT: () => this.CONSUME(t.SingleQuoted) },
    ]);
    this.OPTION(() => this.SUBRULE(this.table));
    this.CONSUME(t.LeftBrace);
    this.MANY({ GATE: () => this.literalMayStart(), DEF: () => this.SUBRULE(this.testLine) });
    this.CONSUME(t.RightBrace);
  });

  // table = 'for' 'each' pattern [ ',' pattern ] 'in' expression
  protected readonly table: Rule = this.RULE('table', () => {
    this.CONSUME(t.For);
    this.CONSUME(t.Each);
    this.SUBRULE(this.patterns);
    this.CONSUME(t.In);
    this.SUBRULE(this.expression);
  });

  // testLine = ( given | commandRow | literal ) [ ';' ]
  protected readonly testLine: Rule = this.RULE('testLine', () => {
    this.OR({
      DEF: [
        {
          GATE: () => this.givenFollows(),
          ALT: () => this.SUBRULE(this.given),
        },
        { GATE: () => this.#commandFollows(), ALT: () => this.SUBRULE(this.commandRow) },
        { ALT: () => this.SUBRULE(this.literal) },
      ],
      IGNORE_AMBIGUITIES: true,
    });
    this.OPTION(() => this.CONSUME(t.Semicolon));
  });

  /** `given` opens a line if a name follows it, and not if it is a variable with a modifier. */
  protected givenFollows(): boolean {
    return this.is(t.Name, 2) && this.onSameLine(2) && !(this.is(t.With, 2) && this.is(t.Name, 3));
  }

  /** `sql` opens a row if a string or a name follows it; otherwise it is the fact. */
  #commandFollows(): boolean {
    const starts = [t.StringToken, t.RawString, t.SingleQuoted, t.TemplateStart, t.RawTemplateStart, t.Name];
    return this.onSameLine(2) && starts.some((type) => this.is(type, 2)) && !this.is(t.With, 2);
  }

  // given = 'given' postfix ':=' expression
  protected readonly given: Rule = this.RULE('given', () => {
    this.CONSUME(t.Given);
    this.SUBRULE(this.postfix);
    this.CONSUME(t.Assign);
    this.SUBRULE(this.expression);
  });

  // commandRow = ( 'sql' | 'kubectl' | … ) expression { with } '=>' expectation
  protected readonly commandRow: Rule = this.RULE('commandRow', () => {
    this.CONSUME(t.RowWord);
    this.SUBRULE(this.expression);
    this.MANY(() => this.SUBRULE(this.withModifier));
    this.CONSUME(t.Arrow);
    this.SUBRULE(this.expectation);
  });

  // expectation = ( 'allow' | 'deny' | 'review' | 'undecided' | mask | limit ) [ ids ] { expected } { with }
  protected readonly expectation: Rule = this.RULE('expectation', () => {
    this.OR({
      DEF: [
        // Masks and limits alone imply that the command is allowed.
        {
          GATE: () => this.#maskFollows() || this.#limitFollows(),
          ALT: () => this.SUBRULE(this.expected),
        },
        { ALT: () => this.CONSUME(t.ExpectedWord) },
      ],
      IGNORE_AMBIGUITIES: true,
      MAX_LOOKAHEAD: 1,
    });
    this.OPTION({
      GATE: () => this.onSameLine() && !this.#clauseFollows(),
      DEF: () => this.SUBRULE(this.ids),
    });
    this.MANY({ GATE: () => this.onSameLine(), DEF: () => this.SUBRULE2(this.expected) });
    this.MANY2({ GATE: () => this.onSameLine(), DEF: () => this.SUBRULE(this.withModifier) });
  });

  #maskFollows(): boolean {
    return this.is(t.Mask) && this.is(t.StringToken, 2);
  }

  #limitFollows(): boolean {
    return this.is(t.Limit) && (this.is(t.Rows, 2) || this.is(t.Bytes, 2) || this.is(t.Seconds, 2));
  }

  /** A rule called `mask` or `by` is cited with its package, `ci.orders.mask`. */
  #clauseFollows(): boolean {
    const words = [t.Mask, t.By, t.Quorum, t.Within, t.Limit, t.Shadow, t.With];
    return words.some((type) => this.is(type)) && !this.is(t.Dot, 2);
  }

  // ids = path { ',' path }
  protected readonly ids: Rule = this.RULE('ids', () => {
    this.SUBRULE(this.path);
    this.MANY({
      GATE: () => this.onSameLine(2),
      DEF: () => {
        this.CONSUME(t.Comma);
        this.SUBRULE2(this.path);
      },
    });
  });

  // expected = mask | 'by' strings | 'quorum' number | 'within' duration | 'limit' unit number | 'shadow' ids
  protected readonly expected: Rule = this.RULE('expected', () => {
    this.OR([
      { ALT: () => this.SUBRULE(this.expectedMask) },
      {
        ALT: () => {
          this.CONSUME(t.By);
          this.SUBRULE(this.strings, { LABEL: 'reviewers' });
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Quorum);
          this.CONSUME(t.NumberToken, { LABEL: 'quorumNumber' });
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Within);
          this.CONSUME2(t.NumberToken, { LABEL: 'withinDuration' });
        },
      },
      { ALT: () => this.SUBRULE(this.expectedLimit) },
      {
        ALT: () => {
          this.CONSUME(t.Shadow);
          this.SUBRULE(this.ids);
        },
      },
    ]);
  });

  // expectedMask = 'mask' strings [ 'as' method ]
  protected readonly expectedMask: Rule = this.RULE('expectedMask', () => {
    this.CONSUME(t.Mask);
    this.SUBRULE(this.strings);
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.SUBRULE(this.method);
    });
  });

  // expectedLimit = 'limit' ( 'rows' | 'bytes' | 'seconds' ) number
  protected readonly expectedLimit: Rule = this.RULE('expectedLimit', () => {
    this.CONSUME(t.Limit);
    this.OR([
      { ALT: () => this.CONSUME(t.Rows, { LABEL: 'unit' }) },
      { ALT: () => this.CONSUME(t.Bytes, { LABEL: 'unit' }) },
      { ALT: () => this.CONSUME(t.Seconds, { LABEL: 'unit' }) },
    ]);
    this.CONSUME(t.NumberToken);
  });

  // strings = string { ',' string }
  protected readonly strings: Rule = this.RULE('strings', () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.StringToken) });
  });
}
