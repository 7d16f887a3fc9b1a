/** The statements of a rule file, over the expressions of expression-grammar.ts. */
import { ExpressionGrammar, type Rule } from './expression-grammar.js';
import * as t from './tokens.js';

export class RuleGrammar extends ExpressionGrammar {
  constructor(skipValidations = true) {
    super(skipValidations);
    this.performSelfAnalysis();
  }

  // module = [ 'package' path ] { import | statement }, each on a line of its own
  readonly module: Rule = this.RULE('module', () => {
    this.OPTION(() => this.SUBRULE(this.packageClause));
    this.MANY({
      GATE: () => !this.onSameLine(),
      DEF: () => {
        this.OR([
          { ALT: () => this.SUBRULE(this.importClause) },
          { ALT: () => this.SUBRULE(this.statement) },
        ]);
      },
    });
  });

  // lone = expression
  readonly lone: Rule = this.RULE('lone', () => {
    this.SUBRULE(this.expression);
  });

  // packageClause = 'package' path
  protected readonly packageClause: Rule = this.RULE('packageClause', () => {
    this.CONSUME(t.Package);
    this.SUBRULE(this.path);
  });

  // importClause = 'import' path [ 'as' name ]
  protected readonly importClause: Rule = this.RULE('importClause', () => {
    this.CONSUME(t.Import);
    this.SUBRULE(this.path);
    this.OPTION(() => {
      this.CONSUME(t.As);
      this.CONSUME(t.Name);
    });
  });

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

  // statement = applies | decisionRule | testBlock | defaultRule | helperRule
  protected readonly statement: Rule = this.RULE('statement', () => {
    this.OR({
      DEF: [
        {
          GATE: () => this.is(t.EffectWord) || this.is(t.EffectWord, 2),
          ALT: () => this.SUBRULE(this.decisionRule),
        },
        { GATE: () => this.is(t.If, 2) || this.is(t.LeftBrace, 2), ALT: () => this.SUBRULE(this.applies) },
        { GATE: () => this.#titleFollows(), ALT: () => this.SUBRULE(this.testBlock) },
        { ALT: () => this.SUBRULE(this.defaultRule) },
        { ALT: () => this.SUBRULE(this.helperRule) },
      ],
      // The first token and the gates decide, so that `deny` always opens a decision rule, however it goes on.
      MAX_LOOKAHEAD: 1,
      IGNORE_AMBIGUITIES: true,
    });
  });

  #titleFollows(): boolean {
    return this.is(t.StringToken, 2) || this.is(t.RawString, 2) || this.is(t.SingleQuoted, 2);
  }

  // applies = 'applies' 'if' body [ 'unless' body ]
  protected readonly applies: Rule = this.RULE('applies', () => {
    this.CONSUME(t.Applies);
    this.SUBRULE(this.conditions);
  });

  // conditions = [ 'if' body ] [ 'unless' body ]
  protected readonly conditions: Rule = this.RULE('conditions', () => {
    this.OPTION(() => {
      this.OR([
        {
          ALT: () => {
            this.CONSUME(t.If);
            this.SUBRULE(this.body, { LABEL: 'if' });
          },
        },
        // Older Rego's body without `if`, which the tree builder reports.
        { ALT: () => this.SUBRULE(this.bracedBody, { LABEL: 'bare' }) },
      ]);
    });
    this.OPTION2(() => {
      this.CONSUME(t.Unless);
      this.SUBRULE2(this.body, { LABEL: 'unless' });
    });
  });

  // decisionRule = [ 'shadow' ] ( allow | deny | review | mask | limit ) conditions
  protected readonly decisionRule: Rule = this.RULE('decisionRule', () => {
    this.OPTION(() => this.CONSUME(t.Shadow));
    this.OR([
      { ALT: () => this.SUBRULE(this.allow) },
      { ALT: () => this.SUBRULE(this.deny) },
      { ALT: () => this.SUBRULE(this.review) },
      { ALT: () => this.SUBRULE(this.mask) },
      { ALT: () => this.SUBRULE(this.limit) },
    ]);
    this.SUBRULE(this.conditions);
  });

  // allow = 'allow' [ name ] [ reason ]
  protected readonly allow: Rule = this.RULE('allow', () => {
    this.CONSUME(t.Allow);
    this.OPTION({ GATE: () => this.onSameLine(), DEF: () => this.CONSUME(t.Name) });
    this.OPTION2(() => this.SUBRULE(this.reason));
  });

  // deny = 'deny' name reason
  protected readonly deny: Rule = this.RULE('deny', () => {
    this.CONSUME(t.Deny);
    this.CONSUME(t.Name);
    this.SUBRULE(this.reason);
  });

  // review = 'review' name reason 'by' expression { 'quorum' number | 'within' duration }
  protected readonly review: Rule = this.RULE('review', () => {
    this.CONSUME(t.Review);
    this.CONSUME(t.Name);
    this.SUBRULE(this.reason);
    this.CONSUME(t.By);
    this.SUBRULE(this.expression);
    this.MANY({
      // On a line of their own these words may also open the next rule.
      GATE: () => this.onSameLine() || this.is(t.NumberToken, 2),
      DEF: () => {
        this.OR([
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
        ]);
      },
    });
  });

  // mask = 'mask' name selector { ',' selector } 'with' method
  protected readonly mask: Rule = this.RULE('mask', () => {
    this.CONSUME(t.Mask);
    this.CONSUME(t.Name);
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.selector) });
    this.CONSUME(t.With);
    this.SUBRULE(this.method);
  });

  // selector = [ 'column' | 'tagged' | 'pattern' | 'field' | 'header' ] ( string | name )
  protected readonly selector: Rule = this.RULE('selector', () => {
    this.OPTION({
      GATE: () =>
        !this.is(t.With) && (this.is(t.StringToken, 2) || (this.is(t.Name, 2) && !this.is(t.With, 2))),
      DEF: () => this.CONSUME(t.Name, { LABEL: 'by' }),
    });
    this.OR([
      { ALT: () => this.CONSUME(t.StringToken, { LABEL: 'value' }) },
      { GATE: () => !this.is(t.With), ALT: () => this.CONSUME2(t.Name, { LABEL: 'value' }) },
    ]);
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

  // limit = 'limit' name ( 'rows' | 'bytes' | 'seconds' ) number
  protected readonly limit: Rule = this.RULE('limit', () => {
    this.CONSUME(t.Limit);
    this.CONSUME(t.Name);
    this.OR([
      { ALT: () => this.CONSUME(t.Rows, { LABEL: 'unit' }) },
      { ALT: () => this.CONSUME(t.Bytes, { LABEL: 'unit' }) },
      { ALT: () => this.CONSUME(t.Seconds, { LABEL: 'unit' }) },
    ]);
    this.CONSUME(t.NumberToken);
  });

  // reason = string | template
  protected readonly reason: Rule = this.RULE('reason', () => {
    this.OR([
      { ALT: () => this.CONSUME(t.StringToken) },
      { ALT: () => this.CONSUME(t.RawString) },
      { ALT: () => this.CONSUME(t.SingleQuoted) },
      { ALT: () => this.SUBRULE(this.template) },
    ]);
  });

  // defaultRule = 'default' postfix ':=' expression
  protected readonly defaultRule: Rule = this.RULE('defaultRule', () => {
    this.CONSUME(t.Default);
    this.SUBRULE(this.postfix);
    this.OR([{ ALT: () => this.CONSUME(t.Assign) }, { ALT: () => this.CONSUME(t.Unify) }]);
    this.SUBRULE(this.expression);
  });

  // helperRule = postfix [ 'contains' expression | ':=' expression ] conditions { else }
  protected readonly helperRule: Rule = this.RULE('helperRule', () => {
    this.SUBRULE(this.postfix);
    this.OPTION(() => {
      this.OR([
        { ALT: () => this.CONSUME(t.Contains) },
        { ALT: () => this.CONSUME(t.Assign) },
        { ALT: () => this.CONSUME(t.Unify) },
      ]);
      this.SUBRULE(this.expression);
    });
    this.SUBRULE(this.conditions);
    this.MANY(() => this.SUBRULE(this.elseBranch));
  });

  // elseBranch = 'else' [ ':=' expression ] [ 'if' body ]
  protected readonly elseBranch: Rule = this.RULE('elseBranch', () => {
    this.CONSUME(t.Else);
    this.OPTION(() => {
      this.OR([{ ALT: () => this.CONSUME(t.Assign) }, { ALT: () => this.CONSUME(t.Unify) }]);
      this.SUBRULE(this.expression);
    });
    this.SUBRULE(this.conditions);
  });

  // testBlock = 'test' string '{' { given | commandRow | literal } '}'
  protected readonly testBlock: Rule = this.RULE('testBlock', () => {
    this.CONSUME(t.Test);
    this.OR([
      { ALT: () => this.CONSUME(t.StringToken) },
      { ALT: () => this.CONSUME(t.RawString) },
      { ALT: () => this.CONSUME(t.SingleQuoted) },
    ]);
    this.CONSUME(t.LeftBrace);
    this.MANY({ GATE: () => this.literalMayStart(), DEF: () => this.SUBRULE(this.testLine) });
    this.CONSUME(t.RightBrace);
  });

  // testLine = ( given | commandRow | literal ) [ ';' ]
  protected readonly testLine: Rule = this.RULE('testLine', () => {
    this.OR({
      DEF: [
        {
          GATE: () => this.#givenFollows(),
          ALT: () => this.SUBRULE(this.given),
        },
        { GATE: () => this.#commandFollows(), ALT: () => this.SUBRULE(this.commandRow) },
        { ALT: () => this.SUBRULE(this.literal) },
      ],
      IGNORE_AMBIGUITIES: true,
    });
    this.OPTION(() => this.CONSUME(t.Semicolon));
  });

  /** `given` opens a line where a name follows it, and not a modifier of a variable called `given`. */
  #givenFollows(): boolean {
    return this.is(t.Name, 2) && this.onSameLine(2) && !(this.is(t.With, 2) && this.is(t.Name, 3));
  }

  /** `sql` opens a row where a text or a name follows it; otherwise it is the fact of that name. */
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

  // expectation = ( 'allow' | 'deny' | 'review' ) [ id { ',' id } ] [ 'mask' strings ] [ 'by' strings ]
  protected readonly expectation: Rule = this.RULE('expectation', () => {
    this.CONSUME(t.EffectWord);
    this.OPTION({
      GATE: () => this.onSameLine() && !this.#clauseFollows(),
      DEF: () => {
        this.SUBRULE(this.path);
        this.MANY3({
          GATE: () => this.onSameLine(2),
          DEF: () => {
            this.CONSUME(t.Comma);
            this.SUBRULE2(this.path);
          },
        });
      },
    });
    this.MANY({
      GATE: () => this.onSameLine(),
      DEF: () => {
        this.OR([
          {
            ALT: () => {
              this.CONSUME(t.Mask);
              this.SUBRULE(this.strings, { LABEL: 'masks' });
            },
          },
          {
            ALT: () => {
              this.CONSUME(t.By);
              this.SUBRULE2(this.strings, { LABEL: 'reviewers' });
            },
          },
        ]);
      },
    });
    this.MANY2({ GATE: () => this.onSameLine(), DEF: () => this.SUBRULE(this.withModifier) });
  });

  /** A rule called `mask` or `by` is cited with its package, `ci.orders.mask`. */
  #clauseFollows(): boolean {
    return (this.is(t.Mask) || this.is(t.By) || this.is(t.With)) && !this.is(t.Dot, 2);
  }

  // strings = string { ',' string }
  protected readonly strings: Rule = this.RULE('strings', () => {
    this.AT_LEAST_ONE_SEP({ SEP: t.Comma, DEF: () => this.CONSUME(t.StringToken) });
  });
}
