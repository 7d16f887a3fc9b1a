/**
 * The tree of a rule file: plain data, one readonly union per idea, discriminated by `kind`, a span on every node. What
 * a name refers to and whether types fit is left to the engine; the tree holds only what was written.
 */
import type { RowWord } from './row-words.js';
import type { Source, Span } from './source.js';

interface Node {
  readonly span: Span;
}

export interface Module extends Node {
  readonly kind: 'module';
  readonly source: Source;
  /** `package ci.orders` gives `['ci', 'orders']`. */
  readonly package: PackageName;
  readonly imports: readonly Import[];
  readonly statements: readonly Statement[];
  /** Every comment in source order, `doc` comments included; the printer puts them back. */
  readonly comments: readonly Comment[];
}

export interface PackageName extends Node {
  readonly kind: 'package-name';
  readonly path: readonly string[];
}

/** `import data.teams as t`. The path includes its root, `data` or `input`. */
export interface Import extends Node {
  readonly kind: 'import';
  readonly path: readonly string[];
  readonly alias: Identifier | null;
}

export interface Comment extends Node {
  readonly kind: 'comment';
  /** Without the leading `#` or `##`, trimmed at the end. */
  readonly text: string;
  readonly doc: boolean;
}

export interface Identifier extends Node {
  readonly kind: 'identifier';
  readonly name: string;
}

export type Statement = AppliesClause | DecisionRule | HelperRule | DefaultRule | TestBlock | SharedGiven;

interface Documented extends Node {
  /** The `##` lines directly above, joined by line breaks. */
  readonly doc: string | null;
}

export interface AppliesClause extends Documented {
  readonly kind: 'applies';
  readonly body: Body;
  readonly unless: Body | null;
}

export type Effect = 'allow' | 'deny' | 'review' | 'mask' | 'limit';

interface DecisionRuleBase extends Documented {
  readonly kind: 'decision-rule';
  readonly shadow: boolean;
  /** Null only for an unnamed `allow`, whose name is then `allow`. */
  readonly name: Identifier | null;
  readonly body: Body | null;
  readonly unless: Body | null;
}
export interface AllowRule extends DecisionRuleBase {
  readonly effect: 'allow';
  readonly reason: Reason | null;
}
export interface DenyRule extends DecisionRuleBase {
  readonly effect: 'deny';
  readonly reason: Reason;
}
export interface ReviewRule extends DecisionRuleBase {
  readonly effect: 'review';
  readonly reason: Reason;
  /** Any expression that gives a set (or array) of group names. */
  readonly by: Expression;
  readonly quorum: NumberLiteral | null;
  readonly within: DurationLiteral | null;
}
export interface MaskRule extends DecisionRuleBase {
  readonly effect: 'mask';
  readonly selectors: readonly Selector[];
  readonly method: MaskMethod;
}
export interface LimitRule extends DecisionRuleBase {
  readonly effect: 'limit';
  readonly unit: 'rows' | 'bytes' | 'seconds';
  readonly amount: NumberLiteral;
}
export type DecisionRule = AllowRule | DenyRule | ReviewRule | MaskRule | LimitRule;

export type Reason = StringLiteral | Template;

/** `column "a.b", "c.d"` gives two selectors of kind `column`: the keyword carries over the comma. */
export interface Selector extends Node {
  readonly kind: 'selector';
  readonly by: 'column' | 'tagged' | 'pattern' | 'field' | 'header';
  /** As written between the quotes, or the detector's name. */
  readonly value: string;
}

export interface MaskMethod extends Node {
  readonly kind: 'mask-method';
  readonly name: 'redact' | 'null' | 'partial' | 'hash' | 'email' | 'replace';
  /** The number of `partial(n)`, the text of `replace("…")`. */
  readonly argument: NumberLiteral | StringLiteral | null;
}

/**
 * A helper: `name`, `name := v`, `name[k] := v`, `name contains e`, `name(args) := v`, each with a body and `else`.
 * `path` holds what follows the name in a reference head (`a.b[c] := 1`), fields and brackets alike.
 */
export interface HelperRule extends Documented {
  readonly kind: 'helper-rule';
  readonly name: Identifier;
  readonly path: readonly PathStep[];
  readonly head: HelperHead;
  readonly body: Body | null;
  readonly alternatives: readonly ElseBranch[];
}
export type HelperHead =
  | { readonly kind: 'value'; readonly value: Expression | null }
  | { readonly kind: 'function'; readonly parameters: readonly Pattern[]; readonly value: Expression | null }
  | { readonly kind: 'contains'; readonly element: Expression };
export interface ElseBranch extends Node {
  readonly kind: 'else';
  readonly value: Expression | null;
  readonly body: Body | null;
}

/** `default max_rows := 1000`, `default f(_) := 1`. */
export interface DefaultRule extends Documented {
  readonly kind: 'default-rule';
  readonly name: Identifier;
  readonly path: readonly PathStep[];
  readonly parameters: readonly Pattern[] | null;
  readonly value: Expression;
}

export interface TestBlock extends Documented {
  readonly kind: 'test-block';
  readonly title: StringLiteral;
  /** `for each c in cases`: the block is a test for every solution. Null for a single test. */
  readonly table: SomeLiteral | null;
  readonly givens: readonly Given[];
  readonly rows: readonly TestRow[];
}
export interface Given extends Node {
  readonly kind: 'given';
  readonly target: Reference | Variable;
  readonly value: Expression;
}
/** A `given` outside the blocks applies to every block of its file. */
export interface SharedGiven extends Documented {
  readonly kind: 'shared-given';
  readonly given: Given;
}
export type TestRow = CommandRow | ConditionRow;
export interface CommandRow extends Node {
  readonly kind: 'command-row';
  readonly protocol: RowWord;
  readonly command: Expression;
  readonly modifiers: readonly WithModifier[];
  readonly expectation: Expectation;
}
/** `=> deny ci.orders.drop`, `=> allow mask "customers.email" as partial(4)`, `=> review by "dba" within 30m`. */
export interface Expectation extends Node {
  readonly kind: 'expectation';
  /** `undecided`: denied because something that a rule asks for is unknown. */
  readonly effect: 'allow' | 'deny' | 'review' | 'undecided';
  readonly ruleIds: readonly Identifier[];
  readonly masks: readonly ExpectedMask[];
  readonly reviewers: readonly StringLiteral[];
  readonly quorum: NumberLiteral | null;
  readonly within: DurationLiteral | null;
  readonly limits: readonly ExpectedLimit[];
  readonly shadows: readonly Identifier[];
}
/** How result columns are masked. A column is named by its own name or by that of the column it is read from. */
export interface ExpectedMask extends Node {
  readonly kind: 'expected-mask';
  readonly columns: readonly StringLiteral[];
  /** Null if any method will do. */
  readonly method: MaskMethod | null;
}
export interface ExpectedLimit extends Node {
  readonly kind: 'expected-limit';
  readonly unit: LimitRule['unit'];
  readonly amount: NumberLiteral;
}
export interface ConditionRow extends Node {
  readonly kind: 'condition-row';
  readonly literal: Literal;
}

/** A conjunction. `braces` tells `{ … }` from a single literal on the line. */
export interface Body extends Node {
  readonly kind: 'body';
  readonly braces: boolean;
  readonly literals: readonly Literal[];
}

export type Literal = ConditionLiteral | AssignLiteral | SomeLiteral | EveryLiteral | NotBodyLiteral;
interface Modifiable extends Node {
  readonly modifiers: readonly WithModifier[];
}
/** An expression on its own; `not e` is a condition whose expression is a `not`. */
export interface ConditionLiteral extends Modifiable {
  readonly kind: 'condition';
  readonly expression: Expression;
}
export interface AssignLiteral extends Modifiable {
  readonly kind: 'assign';
  readonly pattern: Pattern;
  readonly value: Expression;
}
export interface SomeLiteral extends Modifiable {
  readonly kind: 'some';
  readonly key: Pattern | null;
  readonly value: Pattern;
  readonly collection: Expression;
}
export interface EveryLiteral extends Modifiable {
  readonly kind: 'every';
  readonly key: Pattern | null;
  readonly value: Pattern;
  readonly collection: Expression;
  readonly body: Body;
}
/** `not { … }` over a whole body. */
export interface NotBodyLiteral extends Modifiable {
  readonly kind: 'not-body';
  readonly body: Body;
}

/** `with target.labels.env as "dev"`. */
export interface WithModifier extends Node {
  readonly kind: 'with';
  readonly target: Reference | Variable;
  readonly value: Expression;
}

export type Pattern = VariablePattern | WildcardPattern | ArrayPattern | ObjectPattern | ConstantPattern;
export interface VariablePattern extends Node {
  readonly kind: 'variable-pattern';
  readonly name: string;
}
export interface WildcardPattern extends Node {
  readonly kind: 'wildcard-pattern';
}
export interface ArrayPattern extends Node {
  readonly kind: 'array-pattern';
  readonly elements: readonly Pattern[];
}
export interface ObjectPattern extends Node {
  readonly kind: 'object-pattern';
  readonly entries: readonly { readonly key: StringLiteral; readonly value: Pattern }[];
}
/** A scalar that the value must equal. In function parameters, any expression over constants. */
export interface ConstantPattern extends Node {
  readonly kind: 'constant-pattern';
  readonly value: Expression;
}

export type Expression =
  | NullLiteral
  | BooleanLiteral
  | NumberLiteral
  | StringLiteral
  | Template
  | DurationLiteral
  | ArrayLiteral
  | SetLiteral
  | ObjectLiteral
  | Comprehension
  | Variable
  | Reference
  | Call
  | Unary
  | Binary
  | Membership
  | Has;

export interface NullLiteral extends Node {
  readonly kind: 'null';
}
export interface BooleanLiteral extends Node {
  readonly kind: 'boolean';
  readonly value: boolean;
}
export interface NumberLiteral extends Node {
  readonly kind: 'number';
  /** As written; the engine computes the value (integers beyond 2^53 become bigints). */
  readonly text: string;
}
export interface StringLiteral extends Node {
  readonly kind: 'string';
  /** With escapes resolved. */
  readonly value: string;
  /** Written between backticks. */
  readonly raw: boolean;
}
/** `$"{s.verb} on {t.name}"`: texts and expressions in turn; `{{` is not an escape, `\{` is. */
export interface Template extends Node {
  readonly kind: 'template';
  readonly raw: boolean;
  readonly parts: readonly TemplatePart[];
}
export type TemplatePart =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'hole'; readonly expression: Expression };
/** `30m`, `24h`, `7d`, `10s`, `250ms`. */
export interface DurationLiteral extends Node {
  readonly kind: 'duration';
  readonly text: string;
  /** Its value in the language, as Rego's durations. */
  readonly nanoseconds: number;
}
export interface ArrayLiteral extends Node {
  readonly kind: 'array';
  readonly elements: readonly Expression[];
}
/** `set()` is the empty set. */
export interface SetLiteral extends Node {
  readonly kind: 'set';
  readonly elements: readonly Expression[];
}
export interface ObjectLiteral extends Node {
  readonly kind: 'object';
  readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
}
export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  readonly of: 'array' | 'set' | 'object';
  /** Null unless it is an object comprehension. */
  readonly key: Expression | null;
  readonly value: Expression;
  readonly body: Body;
}
export interface Variable extends Node {
  readonly kind: 'variable';
  readonly name: string;
}
export type PathStep = FieldStep | IndexStep;
export interface FieldStep extends Node {
  readonly kind: 'field';
  readonly name: string;
}
export interface IndexStep extends Node {
  readonly kind: 'index';
  readonly index: Expression;
}
/** `a.b["c"][0]`, also over a call or a literal: `f(x).y`, `[1, 2][0]`. Steps are never empty. */
export interface Reference extends Node {
  readonly kind: 'reference';
  readonly base: Expression;
  readonly steps: readonly PathStep[];
}
/** `f(x)`, `regex.match(a, b)`, `data.lib.f(x)`: the callee is the dotted name as written. */
export interface Call extends Node {
  readonly kind: 'call';
  readonly callee: Variable | Reference;
  readonly arguments: readonly Expression[];
}
export interface Unary extends Node {
  readonly kind: 'unary';
  readonly operator: 'not' | '-';
  readonly operand: Expression;
}
export type BinaryOperator =
  'or' | 'and' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '|' | '&' | '+' | '-' | '*' | '/' | '%' | '??';
export interface Binary extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
/** `x in xs`, `x not in xs`, and Rego's `k, v in xs` inside parentheses. */
export interface Membership extends Node {
  readonly kind: 'membership';
  readonly negated: boolean;
  readonly key: Expression | null;
  readonly value: Expression;
  readonly collection: Expression;
}
export interface Has extends Node {
  readonly kind: 'has';
  readonly path: Reference | Variable;
}
