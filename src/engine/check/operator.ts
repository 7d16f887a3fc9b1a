/** Operators: operands of the wrong type, and comparisons that can never hold. */
import { checkComparison } from './absent.js';
import { comparison, conversion, memberHelp } from './help.js';
import { nested, reportAt, tolerant, type Checker } from './knowledge/checker.js';
import type { BinaryCore, Core, MembershipCore } from '../core.js';
import { checkListed, checkWritten } from './listed.js';
import { checkPossible } from './possible.js';
import { checkNamed } from './site.js';
import { checkTemplate } from './template.js';
import { literalOf, noValue, settledOrder, spellingHelp } from './literal.js';
import type { Finding } from '../resolve/scope.js';
import { partsOf } from '../core-walk.js';
import { didYouMean } from '../../values/nearest.js';
import { placeOf } from './knowledge/place.js';
import { json, type Type } from '../../values/schema.js';
import { assume } from './knowledge/assume.js';
import { typeAt } from './knowledge/learn.js';
import { knownType, newKnowledge } from './knowledge/knowledge.js';
import { disjoint, join, memberTypes, withDefault } from './types/algebra.js';
import { describeType, listOf } from './types/text.js';

const boolean: Type = { kind: 'boolean' };
const number: Type = { kind: 'number' };
const set: Type = { kind: 'set', element: json };
const numberOrSet: Type = { kind: 'union', members: [number, set] };

export function checkBinary(checker: Checker, core: BinaryCore): Type {
  switch (core.operator) {
    case 'and':
    case 'or':
      checker.condition(core.left);
      // The second is asked only where the first was not enough.
      nested(checker, () => {
        assume(checker, core.left, core.operator === 'and');
        checker.condition(core.right);
      });
      return boolean;
    case '??':
      return withDefault(
        tolerant(checker, () => checker.infer(core.left)),
        core.right,
        checker.infer(core.right),
      );
    case '==':
    case '!=':
      compared(checker, core, checkEquality);
      return boolean;
    case '<':
    case '<=':
    case '>':
    case '>=':
      compared(checker, core, checkOrder);
      return boolean;
    case '|':
      return operands(checker, core, set);
    case '&':
    case '-':
      return difference(checker, core);
    case '+':
    case '*':
    case '/':
    case '%':
      operands(checker, core, number);
      return number;
  }
}

/** What is wrong in itself is not asked whether it may be absent as well. */
function compared(
  checker: Checker,
  core: BinaryCore,
  compare: (checker: Checker, core: BinaryCore) => void,
): void {
  const before = checker.world.diagnostics.length;
  compare(checker, core);
  if (checker.world.diagnostics.length === before) checkPossible(checker, core);
  if (checker.world.diagnostics.length === before) checkComparison(checker, core);
}

/** What two sets have in common, or one of them alone: words that no member of the other can be are slips. */
function difference(checker: Checker, core: BinaryCore): Type {
  const type = operands(checker, core, core.operator === '&' ? set : numberOrSet);
  for (const [one, other] of [
    [core.left, core.right],
    [core.right, core.left],
  ] as const) {
    const members = checker.types.get(other);
    if (members?.kind === 'set') checkListed(checker, one, { core: null, type: members.element }, 'value');
  }
  return type;
}

function operands(checker: Checker, core: BinaryCore, wanted: Type): Type {
  const types = [core.left, core.right].map((operand) => {
    const type = checker.infer(operand);
    if (!disjoint(type, wanted)) return type;
    const message = `\`${core.operator}\` takes ${describeType(wanted)}, not ${describeType(type)}`;
    reportAt(checker, { code: 'operand-type', message, ...conversion(type, wanted) }, operand);
    return json;
  });
  return join(types[0]!, types[1]!);
}

function checkEquality(checker: Checker, { operator, left, right }: BinaryCore): void {
  const [leftType, rightType] = [expected(checker.infer(left)), expected(checker.infer(right))];
  const negated = operator === '!=';
  if (!isImpossible(left, leftType, right, rightType)) {
    checkWords(checker, left, leftType, right, rightType);
    checkWords(checker, right, rightType, left, leftType);
    if (checkParts(checker, left, right, negated)) return;
    if (!checkMembers(checker, right, leftType, negated)) checkMembers(checker, left, rightType, negated);
    return;
  }
  const byItself =
    ![left, right].some((side) => isNarrowed(checker, side)) || isDisjoint(checker, left, right);
  // That something is not what it cannot be any more is said for the reader's sake, and wrong only of the fact itself.
  if (negated && !byItself) return;
  // At the side that was written as a literal, which is where the slip is.
  const [literal, type, other] =
    literalOf(left) !== undefined ? [left, leftType, rightType] : [right, rightType, leftType];
  const finding = byItself
    ? impossible(literal, type, other)
    : { ...impossible(literal, type, other), help: narrowedHelp };
  reportUnequal(checker, finding, literal, negated);
}

/** A text against what it names, or what an expression may be of the words that rules write. */
function checkWords(checker: Checker, words: Core, type: Type, sought: Core, soughtType: Type): void {
  const subject = { core: sought, type: soughtType };
  if (words.kind !== 'constant') checkWritten(checker, words, type, subject);
  else if (typeof words.value === 'string') {
    checkNamed(checker, subject, words.value, words);
    checkTemplate(checker, sought, words.value, words);
  }
}

/** What is written on both sides is equal part by part: one that cannot be is enough. Whether one was found. */
function checkParts(checker: Checker, left: Core, right: Core, negated: boolean): boolean {
  for (const [one, other] of partsOfBoth(left, right)) {
    if (checkParts(checker, one, other, negated)) return true;
    const [oneType, otherType] = [typeOf(checker, one), typeOf(checker, other)];
    if (isImpossible(one, oneType, other, otherType)) {
      const [literal, type, rest] =
        one.kind === 'constant' ? [one, oneType, otherType] : [other, otherType, oneType];
      reportUnequal(checker, impossible(literal, type, rest), literal, negated);
      return true;
    }
    checkWords(checker, one, oneType, other, otherType);
    checkWords(checker, other, otherType, one, oneType);
  }
  return false;
}

function typeOf(checker: Checker, core: Core): Type {
  return expected(checker.types.get(core) ?? typeAt(checker, core));
}

/** Elements of two arrays at the same place, and values of two objects under the same key. */
function partsOfBoth(left: Core, right: Core): (readonly [Core, Core])[] {
  if (left.kind === 'array' && right.kind === 'array')
    return left.elements.slice(0, right.elements.length).map((one, i) => [one, right.elements[i]!]);
  if (left.kind !== 'object' || right.kind !== 'object') return [];
  return left.entries.flatMap(({ key, value }) =>
    right.entries
      .filter(
        (other) => key.kind === 'constant' && other.key.kind === 'constant' && other.key.value === key.value,
      )
      .map((other): [Core, Core] => [value, other.value]),
  );
}

/** A written collection is equal to another one only where each of its members can be one of the other's. */
function checkMembers(checker: Checker, written: Core, other: Type, negated: boolean): boolean {
  if (written.kind !== 'set' && written.kind !== 'array') return false;
  const members = other.kind === written.kind ? other.element : json;
  const wrong = written.elements.find(
    (element) => disjoint(typeAt(checker, element), members) || noValue(element, members) !== null,
  );
  if (wrong !== undefined)
    reportUnequal(checker, impossible(wrong, typeAt(checker, wrong), members), wrong, negated);
  return wrong !== undefined;
}

function reportUnequal(checker: Checker, finding: Finding, at: Core, negated: boolean): void {
  const always = {
    ...finding,
    code: 'always-holds',
    message: `${finding.message}, and so this always holds`,
  };
  reportAt(checker, negated ? always : finding, at);
}

const narrowedHelp =
  'what stands before it leaves no other value; for one of several write `x in {"a", "b"}`';

/** What a claim is said to be: where that fits nothing, the condition is a slip, whatever a token may hold. */
function expected(type: Type): Type {
  return type.kind === 'json' && type.expected !== undefined ? type.expected : type;
}

/** Two literals are a condition that says nothing, and reported as that. */
function isImpossible(left: Core, leftType: Type, right: Core, rightType: Type): boolean {
  const literals = left.kind === 'constant' && right.kind === 'constant' && leftType.kind === rightType.kind;
  if (literals) return false;
  if (disjoint(leftType, rightType)) return true;
  return noValue(left, rightType) !== null || noValue(right, leftType) !== null;
}

/** Rego orders values of all types; that a number comes before every text is no question anybody asks. */
function checkOrder(checker: Checker, core: BinaryCore): void {
  const { operator, left, right } = core;
  const [leftType, rightType] = [expected(checker.infer(left)), expected(checker.infer(right))];
  if (!disjoint(widest(leftType), widest(rightType))) {
    const settled = settledOrder(core, [leftType, rightType]);
    if (settled !== null) reportAt(checker, settled, core);
    return;
  }
  const message = `\`${operator}\` compares values of one type, not ${describeType(leftType)} with ${describeType(rightType)}`;
  const help = isTime(leftType, rightType)
    ? 'make a number of the text: `time.parse_rfc3339_ns("2025-01-31T00:00:00Z")`, `duration("30m")`, `to_number("5")`'
    : 'compare the parts that are of one type';
  reportAt(checker, { code: 'operand-type', message, help }, right);
}

function isTime(left: Type, right: Type): boolean {
  return [left, right].every(({ kind }) => kind === 'number' || kind === 'string');
}

/** Texts have an order whatever their values. */
function widest(type: Type): Type {
  if (type.kind === 'union') return { kind: 'union', members: type.members.map(widest) };
  return type.kind === 'string' ? { kind: 'string' } : type;
}

function isNarrowed(checker: Checker, core: Core): boolean {
  const place = placeOf(checker.aliases, core);
  if (place !== null && knownType(checker.knowledge, place) !== null) return true;
  return (
    (core.kind === 'call' || core.kind === 'template') &&
    partsOf(core).some((part) => isNarrowed(checker, part))
  );
}

/** Whether the two could not be equal even if no condition had said anything. */
function isDisjoint(checker: Checker, left: Core, right: Core): boolean {
  return nested(checker, () => disjoint(typeAt(checker, left), typeAt(checker, right)), newKnowledge());
}

function impossible(core: Core, literal: Type, other: Type): Finding {
  const unlike = noValue(core, other);
  if (unlike !== null) return unlike;
  const code = 'impossible-comparison';
  if (literal.kind !== 'string' || other.kind !== 'string')
    return {
      code,
      message: `${describeType(literal)} can never equal ${describeType(other)}`,
      ...comparison(literal, other),
    };
  const { values = [], spelling } = other;
  const [first = ''] = literal.values ?? [];
  if (spelling !== undefined)
    return {
      code,
      message: `${listOf(literal.values ?? [])} can never be equal: it is ${spelling.words}`,
      help: spellingHelp(spelling, first),
    };
  const meant = literal.values?.length === 1 ? didYouMean(first, values) : {};
  const message = `${listOf(literal.values ?? [])} can never be equal: ${possible(values)}`;
  const only = values.length === 1 && meant.help === undefined ? { help: narrowedHelp } : meant;
  return { code, message, ...only };
}

function possible(values: readonly string[]): string {
  if (values.length === 1) return `the value is \`${values[0]}\` here`;
  if (values.length > 12) return `it is none of the ${values.length} values there are`;
  return `the value is one of ${values.map((value) => `\`${value}\``).join(', ')}`;
}

/** Each literal of `x in {…}` is looked at alone: one that can never match is a slip also beside others that can. */
export function checkMembership(checker: Checker, core: MembershipCore): void {
  const before = checker.world.diagnostics.length;
  checkMember(checker, core);
  if (checker.world.diagnostics.length === before) checkPossible(checker, core);
}

function checkMember(checker: Checker, core: MembershipCore): void {
  const value = expected(checker.infer(core.value));
  if (core.key !== null) checker.infer(core.key);
  if (core.collection.kind === 'set' || core.collection.kind === 'array') {
    for (const element of core.collection.elements) {
      const type = checker.infer(element);
      if (isImpossible(core.value, value, element, type))
        reportAt(checker, impossible(element, type, value), element);
      else if (!checkParts(checker, core.value, element, false))
        checkWords(checker, element, type, core.value, value);
    }
    return;
  }
  const collection = expected(checker.infer(core.collection));
  const members = memberTypes(collection);
  if (members === null) {
    const message = `${describeType(collection)} has no members`;
    reportAt(checker, { code: 'not-a-collection', message, help: memberHelp(collection) }, core.collection);
  } else if (isImpossible(core.value, value, core.collection, members.value)) {
    const written = members.value.kind === 'string' && members.value.written === true;
    const [type, other] = written ? [members.value, value] : [value, members.value];
    reportAt(checker, impossible(core.value, type, other), core.value);
  } else {
    checkListed(checker, core.collection, { core: core.value, type: value }, 'value');
    checkWords(checker, core.value, value, core.collection, members.value);
  }
}
