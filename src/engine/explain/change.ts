/**
 * Which facts would have to differ for a condition to come out the other way, derived from the condition and its traced
 * values. For people, so expressions are paraphrased in a few plain words.
 */
import { never } from '../../errors.js';
import type {
  BinaryCore,
  Branch,
  Core,
  CoreBody,
  CoreLiteral,
  CorePattern,
  HelperGroup,
  MembershipCore,
} from '../core.js';
import { literalParts, partsOf } from '../core-walk.js';
import { textOf, type Trace } from './trace.js';
import { Unknown } from '../../values/value.js';

/** One fact that would have to differ, or several alternatives of which one is enough. */
export type Change = FactChange | { readonly kind: 'any'; readonly of: readonly (readonly Change[])[] };
export interface FactChange {
  readonly kind: 'fact';
  /** As written: `s.verb`. */
  readonly text: string;
  /** The fact behind it, `sql.statements[].verb`; null if it is not a fact. */
  readonly fact: string | null;
  readonly is: string;
  /** Follows "would have to": `be "prod"`, `not be "prod"`, `hold "dba"`, `have a member that fits`. */
  readonly wanted: string;
}

/** The origin of the names of a body, by slot. */
type Bindings = ReadonlyMap<number, { readonly from: Core; readonly member: boolean }>;

interface Scene {
  readonly trace: Trace;
  readonly bindings: Bindings;
  /** The number of helper rules between this point and the condition. */
  readonly depth: number;
}

const depthMax = 6;
/** How many alternatives are named. */
const waysMax = 6;

/** Everything that would have to differ for a stopped body to continue, including its inner bodies. */
export function changesToHold(body: CoreBody, trace: Trace): readonly Change[] {
  return holdBody(body, { trace, bindings: bindingsOf(body), depth: 0 });
}

/** What would stop a body that has a solution: the failure of any one of its conditions. */
export function changesToStop(body: CoreBody, trace: Trace): readonly Change[] {
  return stopBody(body, { trace, bindings: bindingsOf(body), depth: 0 });
}

/** The changes for one condition of a body. */
export function changesOfLiteral(literal: CoreLiteral, body: CoreBody, trace: Trace): readonly Change[] {
  return changeLiteral(literal, true, { trace, bindings: bindingsOf(body), depth: 0 });
}

function holdBody({ literals }: CoreBody, scene: Scene): readonly Change[] {
  const stopped = literals.find((literal) => ['failed', 'unknown'].includes(scene.trace.fared(literal)));
  return stopped === undefined ? [] : changeLiteral(stopped, true, scene);
}

/** The `applies` of a file is not what anybody would change, unless there is no other condition. */
function stopBody({ literals }: CoreBody, scene: Scene): readonly Change[] {
  const own = literals.filter(({ origin }) => origin !== 'applies');
  return any((own.length === 0 ? literals : own).map((literal) => changeLiteral(literal, false, scene)));
}

/** An `every` ends with the member that fails, so the last evaluation is the one that stopped it. */
function holdLast({ literals }: CoreBody, scene: Scene): readonly Change[] {
  const stopped = literals.find(
    (literal) => literal.kind === 'condition' && !isTrue(scene.trace.last(literal.expression)),
  );
  return stopped === undefined ? [] : changeLiteral(stopped, true, scene);
}

function any(ways: readonly (readonly Change[])[]): readonly Change[] {
  const open = ways.filter((way) => way.length > 0);
  return open.length < 2 ? (open[0] ?? []) : [{ kind: 'any', of: open.slice(0, waysMax) }];
}

function changeLiteral(literal: CoreLiteral, want: boolean, scene: Scene): readonly Change[] {
  switch (literal.kind) {
    case 'condition':
      return change(literal.expression, want, scene);
    case 'some':
      return want ? [tell(literal.collection, `have a member${shapeIn(literal.value)}`, scene)] : [];
    case 'assign':
      return want ? [tell(literal.value, `be there${shapeIn(literal.pattern)}`, scene)] : [];
    default:
      return never(literal);
  }
}

function shapeIn({ kind }: CorePattern): string {
  return kind === 'variable' || kind === 'wildcard' ? '' : ' that fits';
}

function change(core: Core, want: boolean, scene: Scene): readonly Change[] {
  switch (core.kind) {
    case 'not':
      return change(core.operand, !want, scene);
    case 'binary':
      return changeBinary(core, want, scene);
    case 'membership':
      return [changeMembership(core, want, scene)];
    case 'has':
      return [tell(core.operand, want ? 'be there' : 'not be there', scene)];
    case 'exists':
      return want ? holdBody(core.body, scene) : stopBody(core.body, scene);
    case 'every':
      return want ? holdLast(core.body, scene) : [tell(core.collection, 'have another member', scene)];
    case 'with':
      return change(core.operand, want, scene);
    case 'rule':
      return changeHelper(core.rule, want, scene) ?? [plain(core, want, scene)];
    case 'call':
      return (
        ('clauses' in core.callee ? changeHelper(core.callee, want, scene) : null) ?? [
          plain(core, want, scene),
        ]
      );
    case 'constant':
    case 'template':
    case 'array':
    case 'set':
    case 'object':
    case 'comprehension':
    case 'local':
    case 'input':
    case 'fact':
    case 'document':
    case 'step':
    case 'negate':
      return [plain(core, want, scene)];
    default:
      return never(core);
  }
}

function plain(core: Core, want: boolean, scene: Scene): Change {
  return tell(core, want ? 'be true' : 'not be true', scene);
}

/** A helper holds if one of its bodies does; null if it is another kind of helper, or too deep to follow. */
function changeHelper(group: HelperGroup, want: boolean, scene: Scene): readonly Change[] | null {
  const branches = group.clauses.flatMap((clause) => clause.branches);
  const conditional = branches.filter(({ body }: Branch) => body.literals.length > 0);
  if (scene.depth >= depthMax || conditional.length !== branches.length) return null;
  const ways = conditional.map(({ body }) => {
    const inner = { ...scene, bindings: bindingsOf(body), depth: scene.depth + 1 };
    return want ? holdBody(body, inner) : stopBody(body, inner);
  });
  const found = want ? any(ways) : ways.flat();
  return found.length === 0 ? null : found;
}

function changeBinary(core: BinaryCore, want: boolean, scene: Scene): readonly Change[] {
  const { operator, left, right } = core;
  if (operator === 'and' || operator === 'or') {
    const sides = [left, right]
      .filter((side) => scene.trace.render(side) !== null && isTrue(scene.trace.last(side)) !== want)
      .map((side) => change(side, want, scene));
    return (operator === 'and') === want ? sides.flat() : any(sides);
  }
  const words = comparisons[operator];
  if (words === undefined) return [plain(core, want, scene)];
  const turned = factOf(left, scene) === null && factOf(right, scene) !== null;
  const [subject, other] = turned ? [right, left] : [left, right];
  const [holding, failing] = words[turned ? 1 : 0];
  return [tell(subject, `${want ? holding : failing} ${valueOf(other, scene)}`, scene)];
}

function isTrue(value: unknown): boolean {
  return value === true;
}

type Words = readonly [holding: string, failing: string];
/** The wording for each operator, with the fact on the left and on the right. */
const comparisons: Readonly<Partial<Record<BinaryCore['operator'], readonly [Words, Words]>>> = {
  '==': [
    ['be', 'not be'],
    ['be', 'not be'],
  ],
  '!=': [
    ['not be', 'be'],
    ['not be', 'be'],
  ],
  '<': [
    ['be less than', 'be at least'],
    ['be more than', 'be at most'],
  ],
  '<=': [
    ['be at most', 'be more than'],
    ['be at least', 'be less than'],
  ],
  '>': [
    ['be more than', 'be at most'],
    ['be less than', 'be at least'],
  ],
  '>=': [
    ['be at least', 'be less than'],
    ['be at most', 'be more than'],
  ],
};

/** The side that is a fact would have to differ; if both are, the collection, because grants are usually written there. */
function changeMembership({ value, collection }: MembershipCore, want: boolean, scene: Scene): Change {
  const not = want ? '' : 'not ';
  if (factOf(collection, scene) !== null)
    return tell(collection, `${not}hold ${valueOf(value, scene)}`, scene);
  return tell(value, `${not}be one of ${valueOf(collection, scene)}`, scene);
}

function tell(core: Core, wanted: string, scene: Scene): Change {
  const is = scene.trace.render(core) ?? 'not evaluated';
  const known = !(scene.trace.last(core) instanceof Unknown);
  return {
    kind: 'fact',
    text: textOf(core),
    fact: factOf(core, scene),
    is,
    wanted: known ? wanted : 'be known',
  };
}

/** The values that were tried, as text. */
function valueOf(core: Core, { trace }: Scene): string {
  return trace.render(core, ' or ') ?? textOf(core);
}

/** The fact that an expression reads, or the first of several. */
function factOf(core: Core, scene: Scene): string | null {
  return (
    pathOf(core, scene.bindings, 0) ??
    partsOf(core).reduce<string | null>((found, part) => found ?? factOf(part, scene), null)
  );
}

function pathOf(core: Core, bindings: Bindings, depth: number): string | null {
  if (core.kind === 'fact') return core.root;
  if (core.kind === 'step') {
    const base = pathOf(core.base, bindings, depth);
    if (base === null) return null;
    return core.key.kind === 'constant' && typeof core.key.value === 'string'
      ? `${base}.${core.key.value}`
      : `${base}[]`;
  }
  const binding = core.kind === 'local' ? bindings.get(core.slot) : undefined;
  if (binding === undefined || depth > depthMax) return null;
  const from = pathOf(binding.from, bindings, depth + 1);
  return from !== null && binding.member ? `${from}[]` : from;
}

function bindingsOf(body: CoreBody): Bindings {
  const found = new Map<number, { readonly from: Core; readonly member: boolean }>();
  const visit = ({ literals }: CoreBody): void => {
    for (const literal of literals) {
      if (literal.kind === 'some' && literal.value.kind === 'variable')
        found.set(literal.value.slot, { from: literal.collection, member: true });
      if (literal.kind === 'assign' && literal.pattern.kind === 'variable')
        found.set(literal.pattern.slot, { from: literal.value, member: false });
      literalParts(literal).forEach(inside);
    }
  };
  const inside = (core: Core): void => {
    if (core.kind === 'every' && core.value.kind === 'variable')
      found.set(core.value.slot, { from: core.collection, member: true });
    if (core.kind === 'every' || core.kind === 'exists' || core.kind === 'comprehension') visit(core.body);
    partsOf(core).forEach(inside);
  };
  visit(body);
  return found;
}
