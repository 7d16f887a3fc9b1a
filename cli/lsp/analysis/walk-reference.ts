/** Names and the paths that begin with them. */
import type { Call, Expression, PathStep, Reference, Variable } from '../../../grammar/ast.js';
import type { Span } from '../../../grammar/source.js';
import { json } from '../../../src/values/schema.js';
import { typeOfData } from '../../../src/engine/check/types/value-type.js';
import { dataAt, isPackage, isRule } from './declarations.js';
import { dynamic, known, memberOf, stepTo, type Known } from './types.js';
import { findLocal, note, type Scope, type Walk } from './walk.js';

/** How far the steps of a path have led. */
export type At =
  | { readonly kind: 'value'; readonly value: Known }
  /** Below `data`, before any rule. */
  | { readonly kind: 'document'; readonly path: readonly string[] }
  | { readonly kind: 'input' };

const somewhere: At = { kind: 'value', value: dynamic };

export function walkVariable(walk: Walk, { name, span }: Variable, scope: Scope): Known {
  return valueOf(walk, headAt(walk, name, span, scope));
}

export function walkReference(walk: Walk, written: Reference, scope: Scope): Known {
  return valueOf(walk, leadTo(walk, written, scope));
}

/** The result of a path, even if it is not a value. */
export function leadTo(walk: Walk, written: Expression, scope: Scope): At {
  if (written.kind === 'variable') return headAt(walk, written.name, written.span, scope);
  if (written.kind !== 'reference') return { kind: 'value', value: walk.expression(written, scope) };
  const { base, steps } = written;
  const start: At =
    base.kind === 'variable'
      ? headAt(walk, base.name, base.span, scope)
      : { kind: 'value', value: walk.expression(base, scope) };
  return steps.reduce((at, step) => stepAt(walk, at, step, scope), start);
}

/** The value at a position; for data, with the type of its current values. */
export function valueOf({ names }: Walk, at: At): Known {
  if (at.kind === 'value') return at.value;
  if (at.kind === 'input') return dynamic;
  const value = dataAt(names.declarations.data, at.path);
  return value === undefined ? dynamic : known(typeOfData(value));
}

/** A rule, with the type that the checker inferred for its value; for a function, for its result. */
function ruleAt(walk: Walk, path: readonly string[], span: Span): At {
  const type = walk.names.types.get(path.join('.'))?.value ?? json;
  note(walk, span, { kind: 'rule', path }, type);
  return { kind: 'value', value: known(type) };
}

/** A variable, an import, a rule of the package, a fact: in the order in which the engine looks. */
function headAt(walk: Walk, name: string, span: Span, scope: Scope): At {
  const { schema, declarations } = walk.names;
  const local = findLocal(scope, name);
  if (local !== null) {
    note(walk, span, { kind: 'local', name, at: local.at }, local.value.type);
    return { kind: 'value', value: local.value };
  }
  const imported = walk.imports.get(name);
  if (imported !== undefined) {
    note(walk, span, { kind: 'import', name, ...imported }, null);
    return follow(walk, imported.path);
  }
  if (Object.hasOwn(schema.roots, name)) return factRoot(walk, name, span);
  const own = [...walk.module.package.path, name];
  if (isRule(declarations, own)) return ruleAt(walk, own, span);
  if (name === 'data') return { kind: 'document', path: [] };
  return name === 'input' ? { kind: 'input' } : somewhere;
}

/** The steps of an import are those of the path that it stands for, without a place here. */
function follow(walk: Walk, [root, ...rest]: readonly string[]): At {
  const unseen: Walk = { ...walk, found: [] };
  const start: At = root === 'data' ? { kind: 'document', path: [] } : { kind: 'input' };
  return rest.reduce<At>((at, name) => nameAt(unseen, at, name, { start: 0, end: 0 }), start);
}

function stepAt(walk: Walk, at: At, step: PathStep, scope: Scope): At {
  if (step.kind === 'field') return nameAt(walk, at, step.name, step.span);
  if (step.index.kind === 'string') return nameAt(walk, at, step.index.value, step.index.span);
  walk.expression(step.index, scope);
  return { kind: 'value', value: memberOf(valueOf(walk, at)).value };
}

function nameAt(walk: Walk, at: At, name: string, span: Span): At {
  switch (at.kind) {
    case 'document':
      return documentAt(walk, [...at.path, name], span);
    case 'input':
      return Object.hasOwn(walk.names.schema.roots, name) ? factRoot(walk, name, span) : somewhere;
    case 'value': {
      const step = stepTo(at.value, name);
      if (step === null)
        return { kind: 'value', value: at.value.type.kind === 'map' ? memberOf(at.value).value : dynamic };
      const { path } = step.value;
      if (path !== null) note(walk, span, { kind: 'fact', path, field: step.field }, step.value.type);
      return { kind: 'value', value: step.value };
    }
  }
}

function documentAt(walk: Walk, path: readonly string[], span: Span): At {
  const { declarations } = walk.names;
  if (isRule(declarations, path)) return ruleAt(walk, path, span);
  if (isPackage(declarations, path)) note(walk, span, { kind: 'package', path }, null);
  else if (dataAt(declarations.data, path) !== undefined) note(walk, span, { kind: 'data', path }, json);
  return { kind: 'document', path };
}

function factRoot(walk: Walk, name: string, span: Span): At {
  const field = walk.names.schema.roots[name]!;
  note(walk, span, { kind: 'fact', path: name, field }, field.type);
  return { kind: 'value', value: { type: field.type, path: name } };
}

/** A function is a builtin by its whole dotted name, unless its first word is a name of this file. */
export function walkCall(walk: Walk, written: Call, scope: Scope): Known {
  const result = walkCallee(walk, written.callee, scope);
  for (const argument of written.arguments) walk.expression(argument, scope);
  return result;
}

function walkCallee(walk: Walk, callee: Call['callee'], scope: Scope): Known {
  const name = calleeName(callee);
  const builtin = name === null ? undefined : walk.names.builtins.get(name);
  const taken = name !== null && findLocal(scope, name.split('.')[0]!) !== null;
  if (builtin === undefined || taken) {
    return walk.expression(callee, scope);
  }
  note(walk, callee.span, { kind: 'builtin', builtin }, builtin.result);
  return known(builtin.result);
}

function calleeName(callee: Call['callee']): string | null {
  if (callee.kind === 'variable') return callee.name;
  if (callee.base.kind !== 'variable') return null;
  const steps = callee.steps.map((step) => (step.kind === 'field' ? step.name : null));
  return steps.includes(null) ? null : [callee.base.name, ...steps].join('.');
}
