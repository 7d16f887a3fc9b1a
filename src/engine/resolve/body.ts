/** Bodies: literals in the order in which they are written, each binding names for those after it. */
import type { Body, ConditionLiteral, Expression, Literal, Pattern } from '../../../grammar/ast.js';
import type { Span } from '../../../grammar/source.js';
import { never } from '../../errors.js';
import type { Core, CoreBody, CoreLiteral, CoreModifier, CorePattern, Origin } from '../core.js';
import { resolveCallee } from './name.js';
import { childScope, closeScope, declare, findLocal, newSlot, type Resolver, type Scope } from './scope.js';

export function resolveBody(r: Resolver, written: Body, scope: Scope, origin: Origin = 'body'): CoreBody {
  return { literals: written.literals.map((literal) => r.literal(literal, scope, origin)) };
}

export function resolveLiteral(r: Resolver, written: Literal, scope: Scope, origin: Origin): CoreLiteral {
  const place = { origin, span: written.span, source: scope.file.source };
  const modifiers = written.modifiers
    .map((modifier) => r.modifier(modifier, scope))
    .filter((modifier) => modifier !== null);
  const modified = (core: Core) => withModifiers(core, modifiers);
  switch (written.kind) {
    case 'condition': {
      const output = outputCall(written, scope);
      if (output !== null) {
        const value = modified(r.expression(output.call, scope));
        return { kind: 'assign', pattern: r.pattern(output.pattern, scope), value, ...place };
      }
      return { kind: 'condition', expression: modified(r.expression(written.expression, scope)), ...place };
    }
    case 'assign': {
      const value = modified(r.expression(written.value, scope));
      return { kind: 'assign', pattern: r.pattern(written.pattern, scope), value, ...place };
    }
    case 'some': {
      const collection = modified(r.expression(written.collection, scope));
      const key = written.key && r.pattern(written.key, scope);
      return { kind: 'some', key, value: r.pattern(written.value, scope), collection, ...place };
    }
    case 'every':
      return { kind: 'condition', expression: modified(resolveEvery(r, written, scope)), ...place };
    case 'not-body': {
      const inner = childScope(scope);
      const operand = existsOf(r.body(written.body, inner), written.span, inner);
      closeScope(inner);
      return { kind: 'condition', expression: modified({ ...operand, kind: 'not', operand }), ...place };
    }
    default:
      return never(written);
  }
}

export function existsOf(body: CoreBody, span: Span, scope: Scope): Core {
  return { kind: 'exists', body, slot: newSlot(scope), span, source: scope.file.source };
}

function withModifiers(operand: Core, modifiers: readonly CoreModifier[]): Core {
  if (modifiers.length === 0) return operand;
  return { kind: 'with', modifiers, operand, span: operand.span, source: operand.source };
}

function resolveEvery(r: Resolver, written: Literal & { kind: 'every' }, scope: Scope): Core {
  const collection = r.expression(written.collection, scope);
  const inner = childScope(scope);
  const key = written.key && r.pattern(written.key, inner);
  const value = r.pattern(written.value, inner);
  const body = r.body(written.body, inner);
  closeScope(inner);
  const { span } = written;
  return {
    kind: 'every',
    key,
    value,
    collection,
    body,
    slot: newSlot(scope),
    span,
    source: scope.file.source,
  };
}

/**
 * Rego's calls with one argument more than the function has: `split(s, "/", parts)` binds or compares the result.
 */
function outputCall(written: ConditionLiteral, scope: Scope) {
  const { expression } = written;
  if (expression.kind !== 'call' || expression.arguments.length === 0) return null;
  const callee = resolveCallee(expression.callee, {
    ...scope,
    file: { ...scope.file, world: { ...scope.file.world, diagnostics: [] } },
  });
  if (callee === null || expression.arguments.length !== arityOf(callee) + 1) return null;
  return {
    call: { ...expression, arguments: expression.arguments.slice(0, -1) },
    pattern: asPattern(expression.arguments.at(-1)!, scope),
  };
}

function arityOf(callee: NonNullable<ReturnType<typeof resolveCallee>>): number {
  if ('clauses' in callee) return callee.arity;
  return callee.parameters.at(-1)?.variadic === true ? Infinity : callee.parameters.length;
}

/** An expression that receives a result: unbound names are bound, everything else must be equal. */
function asPattern(written: Expression, scope: Scope): Pattern {
  if (written.kind === 'variable' && isFree(written.name, scope))
    return { kind: 'variable-pattern', name: written.name, span: written.span };
  if (written.kind === 'array') {
    const elements = written.elements.map((element) => asPattern(element, scope));
    return { kind: 'array-pattern', elements, span: written.span };
  }
  return { kind: 'constant-pattern', value: written, span: written.span };
}

function isFree(name: string, scope: Scope): boolean {
  const { file } = scope;
  return findLocal(scope, name) === null && !file.ownNames.has(name) && !file.imports.has(name);
}

export function resolvePattern(r: Resolver, written: Pattern, scope: Scope): CorePattern {
  const place = { span: written.span, source: scope.file.source };
  switch (written.kind) {
    case 'variable-pattern': {
      const local = declare(scope, written.name, written.span);
      return { kind: 'variable', name: local.name, slot: local.slot, ...place };
    }
    case 'wildcard-pattern':
      return { kind: 'wildcard', ...place };
    case 'array-pattern':
      return { kind: 'array', elements: written.elements.map((e) => r.pattern(e, scope)), ...place };
    case 'object-pattern':
      return {
        kind: 'object',
        entries: written.entries.map(({ key, value }) => ({
          key: key.value,
          value: r.pattern(value, scope),
        })),
        ...place,
      };
    case 'constant-pattern':
      return { kind: 'constant', value: r.expression(written.value, scope), ...place };
    default:
      return never(written);
  }
}
