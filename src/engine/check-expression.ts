/** The types of expressions: gradual, so that what comes from JSON is never wrong before it is there. */
import { never } from '../errors.js';
import { checkCall } from './check-call.js';
import { checkBinary, checkMembership } from './check-operator.js';
import { localType, reportAt, type Checker } from './checker.js';
import type { Core, CoreModifier, DocumentNode, ObjectCore, StepCore } from './core.js';
import { documentAt } from './document.js';
import { didYouMean } from './nearest.js';
import { json, type Field, type Type } from './schema.js';
import { describeType, disjoint, joinAll, memberTypes, typeOfConstant } from './type-algebra.js';

const boolean: Type = { kind: 'boolean' };

export function inferExpression(checker: Checker, core: Core): Type {
  switch (core.kind) {
    case 'constant':
      return typeOfConstant(core.value);
    case 'template':
      for (const part of core.parts) if (typeof part !== 'string') checker.infer(part);
      return { kind: 'string' };
    case 'array':
    case 'set':
      return { kind: core.kind, element: joinAll(core.elements.map((element) => checker.infer(element))) };
    case 'object':
      return inferObject(checker, core);
    case 'comprehension': {
      checker.body(core.body);
      if (core.key !== null) checkKey(checker, core.key);
      const value = checker.infer(core.value);
      return core.of === 'object' ? { kind: 'map', value } : { kind: core.of, element: value };
    }
    case 'local':
      return localType(checker, core.slot);
    case 'input':
      return (
        checker.world.schema.roots['input']?.type ?? { kind: 'object', fields: checker.world.schema.roots }
      );
    case 'fact':
      return checker.world.schema.roots[core.root]!.type;
    case 'rule':
      return core.rule.kind === 'set' ? { kind: 'set', element: json } : json;
    case 'document':
      checkDocument(checker, core);
      return json;
    case 'step':
      return inferStep(checker, core);
    case 'call':
      return checkCall(checker, core);
    case 'not':
      checker.condition(core.operand);
      return boolean;
    case 'negate':
      checkNumber(checker, core.operand);
      return { kind: 'number' };
    case 'has':
      checker.infer(core.operand);
      return boolean;
    case 'binary':
      return checkBinary(checker, core);
    case 'membership':
      checkMembership(checker, core);
      return boolean;
    case 'every':
      checkEvery(checker, core);
      return boolean;
    case 'exists':
      checker.body(core.body);
      return boolean;
    case 'with':
      for (const modifier of core.modifiers) checkModifier(checker, modifier);
      return checker.infer(core.operand);
    default:
      return never(core);
  }
}

/** What a test puts in the place of a fact must be able to be that fact. */
export function checkModifier(checker: Checker, modifier: CoreModifier): void {
  if (modifier.target === 'function') {
    if ('value' in modifier.value) checker.infer(modifier.value.value);
    return;
  }
  const type = checker.infer(modifier.value);
  if (modifier.target === 'data') return;
  const wanted = checker.infer(modifier.fact);
  if (!disjoint(type, wanted)) return;
  const message = `the fact is ${describeType(wanted)}, not ${describeType(type)}`;
  reportAt(checker, { code: 'fact-type', message }, modifier.value);
}

function checkNumber(checker: Checker, operand: Core): void {
  const type = checker.infer(operand);
  if (type.kind === 'number' || type.kind === 'json' || type.kind === 'union') return;
  reportAt(
    checker,
    { code: 'operand-type', message: `\`-\` takes a number, not ${describeType(type)}` },
    operand,
  );
}

function inferObject(checker: Checker, core: ObjectCore): Type {
  const fields: Record<string, Field> = {};
  let fixed = true;
  for (const { key, value } of core.entries) {
    const type = checker.infer(value);
    if (key.kind === 'constant' && typeof key.value === 'string') fields[key.value] = { type, doc: '' };
    else fixed = false;
    checkKey(checker, key);
  }
  const types = Object.values(fields).map((field) => field.type);
  return fixed
    ? { kind: 'object', fields }
    : { kind: 'map', value: types.length === core.entries.length ? joinAll(types) : json };
}

function checkKey(checker: Checker, key: Core): void {
  const type = checker.infer(key);
  if (type.kind === 'string' || type.kind === 'json' || type.kind === 'union') return;
  const help = 'write it between quotes, or make a text of it with `format_int` or `$"{…}"`';
  reportAt(
    checker,
    { code: 'object-key', message: `the keys of an object are strings, not ${describeType(type)}`, help },
    key,
  );
}

/** A name below a package that no rule and no data file has. */
function checkDocument(checker: Checker, core: Core & { kind: 'document' }): void {
  const { document } = core;
  if (document.virtual || document.data !== undefined || document.path.length === 0) return;
  const parent = documentAt(checker.world.documents, document.path.slice(0, -1));
  if (!holdsRules(parent)) return;
  const name = document.path.at(-1)!;
  const names = [...parent.children].filter(([, child]) => child.virtual).map(([key]) => key);
  const message = `\`${parent.path.join('.')}\` has no rule \`${name}\``;
  reportAt(checker, { code: 'unknown-rule', message, ...didYouMean(name, names) }, core);
}

function holdsRules(document: DocumentNode): boolean {
  return [...document.children.values()].some(({ rule, decisions }) => rule !== null || decisions.length > 0);
}

function inferStep(checker: Checker, core: StepCore): Type {
  const base = checker.infer(core.base);
  checker.infer(core.key);
  const name = core.key.kind === 'constant' && typeof core.key.value === 'string' ? core.key.value : null;
  if (name === null) return memberTypes(base)?.value ?? noFields(checker, core, base);
  if (base.kind === 'object' && Object.hasOwn(base.fields, name) && base.fields[name]!.optional !== true)
    checker.world.promised.add(core);
  const type = fieldType(base, name);
  if (type !== null) return type;
  const known = namesOf(base);
  if (known.length === 0 && base.kind !== 'object') return noFields(checker, core, base);
  const at = { span: core.keySpan, source: core.source };
  reportAt(
    checker,
    { code: 'unknown-field', message: `there is no \`${name}\` here`, ...didYouMean(name, known) },
    at,
  );
  return json;
}

function noFields(checker: Checker, core: StepCore, base: Type): Type {
  const at = { span: core.keySpan, source: core.source };
  reportAt(checker, { code: 'unknown-field', message: `${describeType(base)} has no fields` }, at);
  return json;
}

/** The type below a name; null where there can be nothing. */
function fieldType(type: Type, name: string): Type | null {
  switch (type.kind) {
    case 'json':
      return json;
    case 'map':
      return type.value;
    case 'object':
      return Object.hasOwn(type.fields, name) ? type.fields[name]!.type : null;
    case 'set':
      return type.element;
    case 'union': {
      const found = type.members.map((member) => fieldType(member, name)).filter((member) => member !== null);
      return found.length === 0 ? null : joinAll(found);
    }
    case 'null':
    case 'boolean':
    case 'number':
    case 'string':
    case 'array':
      return null;
  }
}

function namesOf(type: Type): readonly string[] {
  if (type.kind === 'union') return type.members.flatMap(namesOf);
  return type.kind === 'object' ? Object.keys(type.fields) : [];
}

function checkEvery(checker: Checker, core: Core & { kind: 'every' }): void {
  const members = memberTypes(checker.infer(core.collection)) ?? { key: json, value: json };
  if (core.key !== null) checker.bind(core.key, members.key);
  checker.bind(core.value, members.value);
  checker.body(core.body);
}
