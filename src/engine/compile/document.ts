/** Documents: a path below `data` as a value, combined from data files and rules. */
import { replaceAt } from '../../values/answer.js';
import type { Compiler } from './compiler.js';
import type { Context } from '../context.js';
import type { DocumentNode } from '../core.js';
import { countedDecisions, isTriedOut } from '../document.js';
import { step } from '../../values/kleene.js';
import { compare, isObject, type Maybe, type Unknown, type Value } from '../../values/value.js';

export function readDocument(c: Compiler, document: DocumentNode, context: Context): Maybe {
  if (context.overrides.length > 0) return overridden(c, document, context);
  return document.virtual ? readVirtual(c, document, context) : document.data;
}

/** Under `with data.x as v` applies the replaced parts in the order of the modifiers. */
function overridden(c: Compiler, document: DocumentNode, context: Context): Maybe {
  const { path } = document;
  const touching = context.overrides.filter(
    (override) => isPrefix(override.path, path) || isPrefix(path, override.path),
  );
  let from = touching.findLastIndex((override) => override.path.length <= path.length);
  let value: Maybe;
  if (from === -1) value = document.virtual ? readVirtual(c, document, context) : document.data;
  else value = path.slice(touching[from]!.path.length).reduce<Maybe>(stepInto, touching[from]!.value);
  while (++from < touching.length) {
    const override = touching[from]!;
    value = replaceAt(value, override.path.slice(path.length), override.value);
  }
  return value;
}

function stepInto(base: Maybe, key: string): Maybe {
  return base === undefined ? undefined : step(base, key);
}

function isPrefix(prefix: readonly string[], path: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((key, i) => key === path[i]);
}

function readVirtual(c: Compiler, document: DocumentNode, context: Context): Maybe {
  if (document.rule !== null) {
    return document.rule.kind === 'function' ? undefined : c.readHelper(document.rule, context);
  }
  if (document.decisions.length > 0) return readDecisions(c, document, context);
  if (context.documents.has(document)) return context.documents.get(document);
  const value = readPackage(c, document, context);
  context.documents.set(document, value);
  return value;
}

/** True if one of the rules of this name fired. */
function readDecisions(c: Compiler, document: DocumentNode, context: Context): Maybe {
  let unknown: Unknown | undefined;
  for (const group of countedDecisions(document)) {
    const outcome = c.readDecision(group, context);
    if (outcome.fired) return true;
    unknown ??= outcome.unknown ?? undefined;
  }
  return unknown;
}

function readPackage(c: Compiler, document: DocumentNode, context: Context): Value {
  const object = Object.create(null) as Record<string, Value>;
  if (isObject(document.data)) Object.assign(object, document.data);
  for (const key of [...document.children.keys()].sort(compare)) {
    const child = document.children.get(key)!;
    if (!child.virtual || isTriedOut(child)) continue;
    const value = readDocument(c, child, context);
    if (value !== undefined) object[key] = value;
  }
  return object;
}

/** The value at a path below `data`, even if no document exists for it. */
export function readDataPath(
  c: Compiler,
  root: DocumentNode,
  path: readonly string[],
  context: Context,
): Maybe {
  let document = root;
  for (let i = 0; i < path.length; i++) {
    const child = document.children.get(path[i]!);
    if (child === undefined || document.rule !== null) {
      return path.slice(i).reduce<Maybe>(stepInto, readDocument(c, document, context));
    }
    document = child;
  }
  return readDocument(c, document, context);
}
