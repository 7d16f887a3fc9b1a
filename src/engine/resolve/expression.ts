/** Expressions: every name bound to what it means. */
import type {
  Call,
  Comprehension,
  Expression,
  Membership,
  PathStep,
  Template,
  WithModifier,
} from '../../../grammar/ast.js';
import { never } from '../../errors.js';
import type { Core, CoreModifier, Replacement } from '../core.js';
import { fromDouble, parseNumber } from '../../values/number.js';
import { findFunction, meaningless, resolveCallee, resolveName, staticPath, stepInto, use } from './name.js';
import {
  childScope,
  closeScope,
  findLocal,
  newSlot,
  report,
  tolerate,
  type Resolver,
  type Scope,
} from './scope.js';
import type { Value } from '../../values/value.js';

export function resolveExpression(r: Resolver, written: Expression, scope: Scope): Core {
  const { span } = written;
  const source = scope.file.source;
  const constant = (value: Value): Core => ({ kind: 'constant', value, span, source });
  switch (written.kind) {
    case 'null':
      return constant(null);
    case 'boolean':
    case 'string':
      return constant(written.value);
    case 'number':
      return constant(parseNumber(written.text));
    case 'duration':
      return constant(fromDouble(written.nanoseconds) ?? 0);
    case 'template':
      return resolveTemplate(r, written, scope);
    case 'array':
    case 'set':
      return {
        kind: written.kind,
        elements: written.elements.map((e) => r.expression(e, scope)),
        span,
        source,
      };
    case 'object':
      return {
        kind: 'object',
        entries: written.entries.map(({ key, value }) => ({
          key: r.expression(key, scope),
          value: r.expression(value, scope),
        })),
        span,
        source,
      };
    case 'comprehension':
      return resolveComprehension(r, written, scope);
    case 'variable':
      return use(resolveName(written.name, span, scope), scope);
    case 'reference':
      return use(resolveSteps(r, written, scope), scope);
    case 'call':
      return resolveCall(r, written, scope);
    case 'unary':
      return {
        kind: written.operator === 'not' ? 'not' : 'negate',
        operand: r.expression(written.operand, scope),
        span,
        source,
      };
    case 'binary':
      return resolveBinary(r, written, scope);
    case 'membership':
      return resolveMembership(r, written, scope);
    case 'has':
      return {
        kind: 'has',
        operand: tolerate(scope.file.world, r.expression(written.path, scope)),
        span,
        source,
      };
    default:
      return never(written);
  }
}

function resolveBinary(r: Resolver, written: Expression & { kind: 'binary' }, scope: Scope): Core {
  const { span, operator } = written;
  const left = r.expression(written.left, scope);
  if (operator === '??') tolerate(scope.file.world, left);
  const right = r.expression(written.right, scope);
  return { kind: 'binary', operator, left, right, span, source: scope.file.source };
}

/** The base of a reference may be a document that is only traversed; its last step counts as used. */
function resolveSteps(r: Resolver, written: Expression & { kind: 'reference' }, scope: Scope): Core {
  const { base } = written;
  let core = base.kind === 'variable' ? resolveName(base.name, base.span, scope) : r.expression(base, scope);
  for (const step of written.steps) {
    const key = resolveKey(r, step, scope);
    const walks = core.kind === 'document' && key.kind === 'constant' && typeof key.value === 'string';
    const passed = walks ? core : use(core, scope);
    core = stepInto(passed, key, { start: written.span.start, end: step.span.end }, scope);
  }
  return core;
}

function resolveKey(r: Resolver, step: PathStep, scope: Scope): Core {
  if (step.kind === 'index') return r.expression(step.index, scope);
  return { kind: 'constant', value: step.name, span: step.span, source: scope.file.source };
}

function resolveTemplate(r: Resolver, written: Template, scope: Scope): Core {
  const parts = written.parts.map((part) =>
    part.kind === 'text' ? part.value : r.expression(part.expression, scope),
  );
  return { kind: 'template', parts, span: written.span, source: scope.file.source };
}

function resolveComprehension(r: Resolver, written: Comprehension, scope: Scope): Core {
  const inner = childScope(scope);
  const body = r.body(written.body, inner);
  const key = written.key && r.expression(written.key, inner);
  const value = r.expression(written.value, inner);
  closeScope(inner);
  const { span } = written;
  return {
    kind: 'comprehension',
    of: written.of,
    key,
    value,
    body,
    slot: newSlot(scope),
    span,
    source: scope.file.source,
  };
}

function resolveMembership(r: Resolver, written: Membership, scope: Scope): Core {
  const source = scope.file.source;
  const { span } = written;
  const membership: Core = {
    kind: 'membership',
    key: written.key && r.expression(written.key, scope),
    value: r.expression(written.value, scope),
    collection: r.expression(written.collection, scope),
    span,
    source,
  };
  return written.negated ? { kind: 'not', operand: membership, span, source } : membership;
}

function resolveCall(r: Resolver, written: Call, scope: Scope): Core {
  const { span } = written;
  const source = scope.file.source;
  const callee = resolveCallee(written.callee, scope);
  const args = written.arguments.map((argument) => r.expression(argument, scope));
  if (callee === null) return meaningless(span, scope);
  if ('clauses' in callee) scope.uses.add(callee);
  const name = staticPath(written.callee)!.join('.');
  return { kind: 'call', name, callee, arguments: args, span, source };
}

const badWith = {
  code: 'bad-with',
  message: '`with` replaces a fact, a document or a function',
  help: 'name it by its path: `with target.labels.env as "dev"`',
};

/** `with PATH as VALUE`: a fact, a document, or a function. */
export function resolveModifier(r: Resolver, written: WithModifier, scope: Scope): CoreModifier | null {
  const { file } = scope;
  const place = { span: written.span, source: file.source };
  if (!scope.withAllowed) {
    const help =
      'give the value to a function as an argument; `with` stands in test blocks, `test_` rules and `*_test.rules` files';
    report(file, { code: 'with-outside-test', message: '`with` stands in tests only', help }, written.span);
  }
  const path = staticPath(written.target);
  if (path === null || findLocal(scope, path[0]!) !== null) {
    report(file, badWith, written.target.span);
    return null;
  }
  const callee = findFunction(path, scope);
  if (callee !== null) {
    const value = resolveReplacement(r, written.value, scope);
    return { target: 'function', callee, value, ...place };
  }
  const value = r.expression(written.value, scope);
  const core = path
    .slice(1)
    .reduce<Core>(
      (base, key) => stepInto(base, { kind: 'constant', value: key, ...place }, written.target.span, scope),
      resolveName(path[0]!, written.target.span, scope),
    );
  return replaced(core, value, place, scope);
}

function replaced(
  core: Core,
  value: Core,
  place: { readonly span: Core['span']; readonly source: Core['source'] },
  scope: Scope,
): CoreModifier | null {
  const path: string[] = [];
  let base = core;
  while (base.kind === 'step' && base.key.kind === 'constant' && typeof base.key.value === 'string') {
    path.unshift(base.key.value);
    base = base.base;
  }
  if (base.kind === 'document')
    return { target: 'data', path: [...base.document.path, ...path], value, ...place };
  if (base.kind === 'rule') return { target: 'data', path: [...base.rule.path, ...path], value, ...place };
  if (base.kind === 'fact')
    return { target: 'fact', path: [base.root, ...path], fact: core, value, ...place };
  if (base.kind === 'input') return { target: 'fact', path, fact: core, value, ...place };
  report(scope.file, badWith, place.span);
  return null;
}

function resolveReplacement(r: Resolver, written: Expression, scope: Scope): Replacement {
  const path = written.kind === 'variable' || written.kind === 'reference' ? staticPath(written) : null;
  const found = path !== null && findLocal(scope, path[0]!) === null ? findFunction(path, scope) : null;
  if (found === null) return { value: r.expression(written, scope) };
  if ('clauses' in found) scope.uses.add(found);
  return { function: found };
}
