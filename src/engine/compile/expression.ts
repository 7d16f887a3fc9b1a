/** Expressions → closures. */
import { never } from '../../errors.js';
import { Entries, Members } from '../../values/answer.js';
import { compileCall } from './call.js';
import { compileBinary } from './operator.js';
import { compileWith } from './with.js';
import type { Compiler, Evaluate } from './compiler.js';
import type {
  ComprehensionCore,
  Core,
  EveryCore,
  ExistsCore,
  MembershipCore,
  ObjectCore,
  StepCore,
} from '../core.js';
import { isReplaced, lacksData, missingData } from '../document.js';
import { attribute, factPath, missing, readRoot } from '../fact-path.js';
import { entriesOf, findUnknown, holds, isEntry, isMember, not, step } from '../../values/kleene.js';
import { negate } from '../../values/number.js';
import { renderInTemplate } from '../../values/render.js';
import type { RootField } from '../../values/schema.js';
import {
  isObject,
  isScalar,
  property,
  propertyReader,
  Unknown,
  ValueSet,
  type Maybe,
  type Value,
} from '../../values/value.js';
import { noFields, noMembers } from '../../values/wrong-type.js';

export function compileExpression(c: Compiler, core: Core): Evaluate {
  switch (core.kind) {
    case 'constant': {
      const { value } = core;
      return () => value;
    }
    case 'template':
      return compileTemplate(
        core.parts.map((part) => (typeof part === 'string' ? part : c.expression(part))),
      );
    case 'array':
    case 'set':
      return compileElements(c, core);
    case 'object':
      return compileObject(c, core);
    case 'comprehension':
      return compileComprehension(c, core);
    case 'local': {
      const { slot } = core;
      return (frame) => frame.slots[slot] as Maybe;
    }
    case 'input':
      return Object.hasOwn(c.schema.roots, 'input')
        ? ({ context }) => property(context.facts, 'input')
        : ({ context }) => context.facts;
    case 'fact':
      return compileFact(core.root, c.schema.roots[core.root]!);
    case 'rule': {
      const { rule } = core;
      return ({ context }) => c.readHelper(rule, context);
    }
    case 'document': {
      return compileDocument(c, core);
    }
    case 'step':
      return compileStep(c, core);
    case 'call':
      return compileCall(c, core);
    case 'not': {
      const operand = c.expression(core.operand);
      return (frame) => not(holds(operand(frame)));
    }
    case 'negate':
      return compileNegate(c.expression(core.operand));
    case 'has': {
      const operand = c.expression(core.operand);
      return (frame) => {
        const value = operand(frame);
        return value instanceof Unknown ? value : value !== undefined;
      };
    }
    case 'binary':
      return compileBinary(core.operator, c.expression(core.left), c.expression(core.right));
    case 'membership':
      return compileMembership(c, core);
    case 'every':
      return compileEvery(c, core);
    case 'exists':
      return compileExists(c, core);
    case 'with':
      return compileWith(c, core);
    default:
      return never(core);
  }
}

/** Data that no file gives is unknown, unless the rule tolerates that or a test replaces it. */
function compileDocument(c: Compiler, core: Core & { kind: 'document' }): Evaluate {
  const { document } = core;
  if (!lacksData(document) || c.tolerated.has(core))
    return ({ context }) => c.readDocument(document, context);
  const missing = missingData(document);
  return ({ context }) =>
    c.readDocument(document, context) ?? (isReplaced(document, context) ? undefined : missing);
}

/** The fast path for facts that are present and known; `readRoot` handles the rest. */
function compileFact(root: string, field: RootField): Evaluate {
  const read = propertyReader(root);
  return ({ context }) => {
    const value = read(context.facts);
    return value === undefined || value instanceof Unknown ? readRoot(context.facts, root, field) : value;
  };
}

function compileNegate(operand: Evaluate): Evaluate {
  return (frame) => {
    const value = operand(frame);
    if (value === undefined || value instanceof Unknown) return value;
    return typeof value === 'number' || typeof value === 'bigint'
      ? negate(value)
      : new Unknown('`-` takes numbers');
  };
}

/**
 * An absent value has a text of its own, as in Rego, so that a template never vanishes. A value with unknown parts
 * makes the text unknown too.
 */
function compileTemplate(parts: readonly (string | Evaluate)[]): Evaluate {
  return (frame) => {
    let text = '';
    for (const part of parts) {
      const value = typeof part === 'string' ? part : part(frame);
      const unknown = value === undefined ? null : findUnknown(value);
      if (unknown !== null) return unknown;
      text += typeof part === 'string' ? part : renderInTemplate(value);
    }
    return text;
  };
}

/**
 * Absent if an element is absent, and unknown if an element is unknown, because it may be absent, and then there would
 * be no array. (An element that exists and is unknown in part leaves the array itself certain.)
 */
function compileElements(c: Compiler, core: Core & { kind: 'array' | 'set' }): Evaluate {
  const build = core.kind === 'set' ? (values: Value[]) => ValueSet.of(values) : (values: Value[]) => values;
  if (core.elements.every((element) => element.kind === 'constant')) {
    const value = build(core.elements.map((element) => element.value));
    return () => value;
  }
  const elements = core.elements.map((element) => c.expression(element));
  return (frame) => {
    const values: Value[] = [];
    let unknown: Unknown | null = null;
    for (const element of elements) {
      const value = element(frame);
      if (value === undefined) return undefined;
      if (value instanceof Unknown) unknown ??= value;
      values.push(value);
    }
    return unknown ?? build(values);
  };
}

function compileObject(c: Compiler, core: ObjectCore): Evaluate {
  const entries = core.entries.map(({ key, value }) => ({
    key: c.expression(key),
    value: c.expression(value),
  }));
  return (frame) => {
    const object = new Entries('one key of an object has two values');
    let unknown: Unknown | null = null;
    for (const entry of entries) {
      const key = entry.key(frame);
      const value = key === undefined ? undefined : entry.value(frame);
      if (key === undefined || value === undefined) return undefined;
      if (value instanceof Unknown) unknown ??= value;
      object.add([key], value, null, false);
    }
    return unknown ?? object.result();
  };
}

function compileComprehension(c: Compiler, core: ComprehensionCore): Evaluate {
  const value = c.expression(core.value);
  const key = core.key && c.expression(core.key);
  const { slot } = core;
  const body = c.body(core.body, (frame, doubt) => {
    const k = key?.(frame);
    const v = value(frame);
    if (v === undefined || (key !== null && k === undefined)) return false;
    const gathered = frame.slots[slot];
    if (gathered instanceof Members) gathered.add(v, doubt);
    else (gathered as Entries).add([k!], v, doubt, false);
    return false;
  });
  return (frame) => {
    const gathered =
      core.of === 'object' ? new Entries('one key of an object has two values') : new Members();
    frame.slots[slot] = gathered;
    body(frame, null);
    if (gathered instanceof Entries) return gathered.result();
    return core.of === 'set' ? gathered.toSet() : gathered.items;
  };
}

/** A fact that the schema promises and that is missing is unknown, not absent. */
function compileStep(c: Compiler, core: StepCore): Evaluate {
  const base = c.expression(core.base);
  const fact = factPath(core, c.schema);
  if (fact !== null) {
    const promised = fact.field !== null && fact.field.optional !== true ? missing(fact.path) : undefined;
    const name = fact.path.at(-1)!;
    const read = propertyReader(name);
    return (frame) => {
      const object = base(frame);
      if (object === undefined || object instanceof Unknown) return object;
      if (!isObject(object)) return noFields(object, name);
      const value = attribute(read(object), fact.path);
      return value === undefined ? promised : value;
    };
  }
  const promised = c.promised.has(core) ? missing([nameOf(core)]) : undefined;
  const { key } = core;
  return key.kind === 'constant' && typeof key.value === 'string'
    ? compileField(base, key.value, promised)
    : compileAnyStep(base, c.expression(key), promised);
}

function compileField(base: Evaluate, key: string, promised: Unknown | undefined): Evaluate {
  const read = propertyReader(key);
  return (frame) => {
    const object = base(frame);
    if (object === undefined) return undefined;
    const value = isObject(object) ? read(object) : step(object, key);
    return value === undefined ? promised : value;
  };
}

function compileAnyStep(base: Evaluate, key: Evaluate, promised: Unknown | undefined): Evaluate {
  return (frame) => {
    const object = base(frame);
    if (object === undefined) return undefined;
    const at = key(frame);
    if (at === undefined) return undefined;
    const value = step(object, at);
    return value === undefined ? promised : value;
  };
}

function nameOf({ source, span }: StepCore): string {
  return source.text.slice(span.start, span.end);
}

/** An unknown value may be absent, and then membership is absent too, even in a value without members. */
function compileMembership(c: Compiler, core: MembershipCore): Evaluate {
  const key = core.key && c.expression(core.key);
  const value = c.expression(core.value);
  const collection = c.expression(core.collection);
  return (frame) => {
    const k = key?.(frame);
    const v = value(frame);
    const members = collection(frame);
    if (v === undefined || members === undefined || (key !== null && k === undefined)) return undefined;
    if (k instanceof Unknown) return k;
    if (v instanceof Unknown) return v;
    return k === undefined ? isMember(v, members) : isEntry(k, v, members);
  };
}

/** False if a certain member fails, whatever else is unknown. */
function compileEvery(c: Compiler, core: EveryCore): Evaluate {
  const collection = c.expression(core.collection);
  const key = core.key && c.pattern(core.key);
  const value = c.pattern(core.value);
  const { slot } = core;
  const body = compileSearch(c, core);
  return (frame) => {
    const members = collection(frame);
    if (members === undefined || members instanceof Unknown) return members;
    if (isScalar(members)) return noMembers(members);
    let truth: boolean | Unknown = true;
    for (const [k, v] of entriesOf(members)) {
      frame.context.budget.spend(1);
      if (v instanceof Unknown) {
        truth = v;
        continue;
      }
      const fitsKey = key === null ? true : key(frame, k);
      const fits = fitsKey === false ? false : value(frame, v);
      if (fits === false) return false;
      frame.slots[slot] = null;
      const doubt = fitsKey instanceof Unknown ? fitsKey : fits instanceof Unknown ? fits : null;
      if (body(frame, doubt)) continue;
      const found = frame.slots[slot] as Unknown | null;
      if (found === null) return false;
      truth = found;
    }
    return truth;
  };
}

function compileExists(c: Compiler, core: ExistsCore): Evaluate {
  const { slot } = core;
  const body = compileSearch(c, core);
  return (frame) => {
    frame.slots[slot] = null;
    if (body(frame, null)) return true;
    return (frame.slots[slot] as Unknown | null) ?? false;
  };
}

/** Ends at the first certain solution, and keeps the first doubt on the way. */
function compileSearch(c: Compiler, { body, slot }: ExistsCore | EveryCore) {
  return c.body(body, (frame, doubt) => {
    if (doubt === null) return true;
    frame.slots[slot] ??= doubt;
    return false;
  });
}
