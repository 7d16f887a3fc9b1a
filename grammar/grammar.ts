/** The statements of a rule file, over the tests of test-grammar.ts and the expressions of expression-grammar.ts. */
import type { Rule } from './expression-grammar.js';
import { TestGrammar } from './test-grammar.js';
import * as t from './tokens.js';

export class RuleGrammar extends TestGrammar {
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

  // statement = applies | decisionRule | testBlock | given | defaultRule | helperRule
  protected readonly statement: Rule = this.RULE('statement', () => {
    this.OR({
      DEF: [
        {
          GATE: () => this.is(t.EffectWord) || this.is(t.EffectWord, 2),
          ALT: () => this.SUBRULE(this.decisionRule),
        },
        { GATE: () => this.is(t.If, 2) || this.is(t.LeftBrace, 2), ALT: () => this.SUBRULE(this.applies) },
        { GATE: () => this.#titleFollows(), ALT: () => this.SUBRULE(this.testBlock) },
        { GATE: () => this.#sharedGivenFollows(), ALT: () => this.SUBRULE(this.given) },
        { ALT: () => this.SUBRULE(this.defaultRule) },
        { ALT: () => this.SUBRULE(this.helperRule) },
      ],
      // The first token and the gates decide, so `deny` always opens a decision rule, whatever follows.
      MAX_LOOKAHEAD: 1,
      IGNORE_AMBIGUITIES: true,
    });
  });

  /** `given contains x` is a set rule named `given`; `given contains := x` sets the variable `contains`. */
  #sharedGivenFollows(): boolean {
    if (!this.is(t.Name, 2) || !this.onSameLine(2)) return false;
    return !this.is(t.Contains, 2) || this.is(t.Assign, 3) || this.is(t.Dot, 3);
  }

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
}
