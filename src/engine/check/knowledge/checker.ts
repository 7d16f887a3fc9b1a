/** What the parts of the type checker share: the types of the variables in force, what is known, and where to report. */
import type { Asked } from './asked.js';
import type { CallCore, Core, CoreBody, CorePattern, HelperGroup } from '../../core.js';
import type { RuleType } from '../../resolve/inferred.js';
import { knownType, newKnowledge, type Knowledge } from './knowledge.js';
import { placeOf } from './place.js';
import type { Finding, World } from '../../resolve/scope.js';
import { json, type Type } from '../../../values/schema.js';
import type { Source, Span } from '../../../../grammar/source.js';

export interface Checker {
  readonly world: World;
  /** What kind of rule is checked: a decision that says nothing is worse than a helper, and a test may. */
  readonly place: 'decision' | 'helper' | 'test';
  /** By slot, for the clause that is being checked. */
  readonly locals: Map<number, Type>;
  /** The places that variables are other names of, by slot. */
  aliases: Map<number, string>;
  /** What the conditions so far say. */
  knowledge: Knowledge;
  /** What conditions further on ask of the target's type: the facts that are there do not depend on their order. */
  laterTarget: Type | null;
  /** While documents or functions have other values than their own: nothing is known of any rule then. */
  mocked: boolean;
  /** While only what conditions say is taken in, and not what they take for granted. */
  explicit: boolean;
  /** Whom the rule lets in or keeps out, at this place of it. */
  asked: Asked;
  /** The same of the rules that it reads here: below a `not` it is the other way round. */
  called: Asked;
  /** Conditions that are asked whether they hold, and collections that are asked for some member. */
  readonly sought: Set<Core>;
  /** Inside of a `not`. */
  negated: boolean;
  /** How many calls of functions it stands in. */
  depth: number;
  /** Whether its parameters may be anything: then nothing is asked of what it calls with them. */
  open: boolean;
  /** What is inferred of functions as they are called here. */
  readonly calls: Map<Core, RuleType>;
  /** The expressions that variables are bound to, by slot. */
  readonly bound: Map<number, Core>;
  /** What variables stand for that may be absent, by slot. */
  readonly absent: Map<number, Core>;
  /** What was inferred of the expressions so far. */
  readonly types: Map<Core, Type>;
  /** The type of an expression; what is wrong inside it is reported. */
  infer(core: Core): Type;
  body(body: CoreBody): void;
  /** An expression standing as a condition. */
  condition(core: Core): void;
  bind(pattern: CorePattern, type: Type): void;
  /** A function as it is called, with arguments of these types. */
  call(core: CallCore, group: HelperGroup, types: readonly Type[]): RuleType;
}

export function reportAt(
  checker: Checker,
  finding: Finding,
  at: { readonly span: Span; readonly source: Source },
): void {
  checker.world.diagnostics.push({ severity: 'error', ...finding, span: at.span, source: at.source });
}

export function localType(checker: Checker, slot: number): Type {
  return checker.locals.get(slot) ?? json;
}

/** What a value is declared to be, or what the conditions so far have left of that. */
export function narrowed(checker: Checker, core: Core, declared: Type): Type {
  const place = placeOf(checker.aliases, core);
  return (place === null ? null : knownType(checker.knowledge, place)) ?? declared;
}

/** Runs a check of what may well be absent: below `has`, and left of `??`. */
export function tolerant<T>(checker: Checker, run: () => T): T {
  const { asked } = checker;
  checker.asked = { ...asked, lack: false };
  const result = run();
  checker.asked = asked;
  return result;
}

/** Runs a check inside which more may become known than is known after it. */
export function nested<T>(checker: Checker, run: () => T, knowledge = newKnowledge(checker.knowledge)): T {
  const before = checker.knowledge;
  checker.knowledge = knowledge;
  const result = run();
  checker.knowledge = before;
  return result;
}
