/**
 * The resolved program: the syntax tree with every name resolved. `resolve.ts` makes it from the tree; the checker, the
 * compiler, the index and the explanation read it.
 */
import type {
  AllowRule,
  DenyRule,
  DecisionRule,
  LimitRule,
  MaskRule,
  ReviewRule,
  TestBlock,
} from '../../grammar/ast.js';
import type { Source, Span } from '../../grammar/source.js';
import type { Builtin } from './builtins/define/builtin.js';
import type { Maybe, Value } from '../values/value.js';

interface Node {
  readonly span: Span;
  readonly source: Source;
}

/** An expression whose names are resolved. */
export type Core =
  | ConstantCore
  | TemplateCore
  | (Node & { readonly kind: 'array' | 'set'; readonly elements: readonly Core[] })
  | ObjectCore
  | ComprehensionCore
  | LocalCore
  | (Node & { readonly kind: 'input' })
  | (Node & { readonly kind: 'fact'; readonly root: string })
  | (Node & { readonly kind: 'rule'; readonly rule: HelperGroup })
  | (Node & { readonly kind: 'document'; readonly document: DocumentNode })
  | StepCore
  | CallCore
  | (Node & { readonly kind: 'not' | 'negate' | 'has'; readonly operand: Core })
  | BinaryCore
  | MembershipCore
  | EveryCore
  | ExistsCore
  | WithCore;

export interface ConstantCore extends Node {
  readonly kind: 'constant';
  readonly value: Value;
}
export interface TemplateCore extends Node {
  readonly kind: 'template';
  readonly parts: readonly (string | Core)[];
}
export interface ObjectCore extends Node {
  readonly kind: 'object';
  readonly entries: readonly { readonly key: Core; readonly value: Core }[];
}
export interface ComprehensionCore extends Node {
  readonly kind: 'comprehension';
  readonly of: 'array' | 'set' | 'object';
  readonly key: Core | null;
  readonly value: Core;
  readonly body: CoreBody;
  /** The slot that gathers the members. */
  readonly slot: number;
}
export interface LocalCore extends Node {
  readonly kind: 'local';
  readonly name: string;
  readonly slot: number;
}
export interface StepCore extends Node {
  readonly kind: 'step';
  readonly base: Core;
  readonly key: Core;
  /** The span of the key itself, for messages. */
  readonly keySpan: Span;
}
export interface CallCore extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly callee: Builtin | HelperGroup;
  readonly arguments: readonly Core[];
}
export interface BinaryCore extends Node {
  readonly kind: 'binary';
  readonly operator:
    'or' | 'and' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '|' | '&' | '+' | '-' | '*' | '/' | '%' | '??';
  readonly left: Core;
  readonly right: Core;
}
export interface MembershipCore extends Node {
  readonly kind: 'membership';
  readonly key: Core | null;
  readonly value: Core;
  readonly collection: Core;
}
export interface EveryCore extends Node {
  readonly kind: 'every';
  readonly key: CorePattern | null;
  readonly value: CorePattern;
  readonly collection: Core;
  readonly body: CoreBody;
  /** The slot that holds the truth so far. */
  readonly slot: number;
}
/** Whether a body has a solution: `not { … }` and `unless`, under a `not`. */
export interface ExistsCore extends Node {
  readonly kind: 'exists';
  readonly body: CoreBody;
  /** The slot that holds a doubt while the solutions are tried. */
  readonly slot: number;
}
export interface WithCore extends Node {
  readonly kind: 'with';
  readonly modifiers: readonly CoreModifier[];
  readonly operand: Core;
}
export type CoreModifier =
  | (Node & {
      readonly target: 'fact';
      readonly path: readonly string[];
      /** The fact as an expression, for the checker. */
      readonly fact: Core;
      readonly value: Core;
    })
  | (Node & { readonly target: 'data'; readonly path: readonly string[]; readonly value: Core })
  | (Node & {
      readonly target: 'function';
      readonly callee: Builtin | HelperGroup;
      readonly value: Replacement;
    });
/** A function, or a value that every call returns. */
export type Replacement = { readonly function: Builtin | HelperGroup } | { readonly value: Core };

export type CorePattern =
  | (Node & { readonly kind: 'variable'; readonly name: string; readonly slot: number })
  | (Node & { readonly kind: 'wildcard' })
  | (Node & { readonly kind: 'array'; readonly elements: readonly CorePattern[] })
  | (Node & {
      readonly kind: 'object';
      readonly entries: readonly { readonly key: string; readonly value: CorePattern }[];
    })
  | (Node & { readonly kind: 'constant'; readonly value: Core });

export interface CoreBody {
  readonly literals: readonly CoreLiteral[];
}
/** The clause of a decision rule that a literal comes from. */
export type Origin = 'body' | 'applies' | 'unless';
export type CoreLiteral =
  | (Node & { readonly kind: 'condition'; readonly origin: Origin; readonly expression: Core })
  | (Node & {
      readonly kind: 'assign';
      readonly origin: Origin;
      readonly pattern: CorePattern;
      readonly value: Core;
    })
  | (Node & {
      readonly kind: 'some';
      readonly origin: Origin;
      readonly key: CorePattern | null;
      readonly value: CorePattern;
      readonly collection: Core;
    });

/** All rules of one path. Filled in two steps: heads first, so that names can be bound, then bodies. */
export interface HelperGroup extends Node {
  readonly kind: 'complete' | 'set' | 'object' | 'function';
  /** Below `data`. */
  readonly path: readonly string[];
  /** As people write it: `ci.orders.prod`. */
  readonly name: string;
  /** The number of parameters of a function. */
  readonly arity: number;
  readonly clauses: Clause[];
  default: Core | null;
  readonly uses: Set<Dependency>;
}
/** One written rule with its `else` branches. */
export interface Clause extends Node {
  readonly parameters: readonly CorePattern[];
  readonly branches: readonly Branch[];
  /** How many slots its variables take. */
  readonly slots: number;
}
export interface Branch {
  readonly body: CoreBody;
  readonly value: Core;
  /** For objects: the keys that lead to the value. */
  readonly keys: readonly Core[];
  /** For `contains`: the value is a member. */
  readonly member: boolean;
}

/** All rules of one effect and name of a package. */
export interface DecisionGroup extends Node {
  readonly kind: 'decision';
  /** `ci.orders.drop`. */
  readonly id: string;
  readonly path: readonly string[];
  readonly effect: DecisionRule['effect'];
  readonly shadow: boolean;
  /** The first written rule; all share its clauses. */
  readonly written: AllowRule | DenyRule | ReviewRule | MaskRule | LimitRule;
  readonly clauses: DecisionClause[];
  readonly uses: Set<Dependency>;
}
export interface DecisionClause extends Node {
  readonly written: DecisionRule;
  /** The conditions of `applies`, the body, and `not { unless }`, in this order. */
  readonly body: CoreBody;
  readonly reason: Core | null;
  /** The reviewing groups of a review. */
  readonly by: Core | null;
  readonly slots: number;
}

/** What a rule reads; cycles among them are refused. */
export type Dependency = HelperGroup | DecisionGroup | DocumentNode;

/** A path below `data`: a package, a rule, a value from a file, or a parent of several of these. */
export interface DocumentNode {
  readonly kind: 'document';
  readonly path: readonly string[];
  readonly children: Map<string, DocumentNode>;
  /** The value of data files at this path. */
  data: Maybe;
  rule: HelperGroup | null;
  readonly decisions: DecisionGroup[];
  /** Whether there is a rule here or below, so that the value depends on the facts. */
  virtual: boolean;
}

/** A test block, or a `test_` rule, resolved in its package. */
export interface CoreTest extends Node {
  readonly written: TestBlock;
  readonly package: readonly string[];
  /** Bound before everything else, once for each case. */
  readonly table: (CoreLiteral & { readonly kind: 'some' }) | null;
  readonly givens: readonly CoreModifier[];
  readonly rows: readonly CoreTestRow[];
  readonly slots: number;
}
export type CoreTestRow =
  | (Node & {
      readonly kind: 'command';
      readonly written: Extract<TestBlock['rows'][number], { kind: 'command-row' }>;
      readonly command: Core;
      readonly modifiers: readonly CoreModifier[];
    })
  | (Node & { readonly kind: 'condition'; readonly literal: CoreLiteral });

export interface Program {
  readonly helpers: readonly HelperGroup[];
  /** Sorted by id, then effect. */
  readonly decisions: readonly DecisionGroup[];
  readonly documents: DocumentNode;
  readonly tests: readonly CoreTest[];
}
