/** What a name means: a variable, an import, a rule of the package, a fact, a document, a function. */
import type { Call, PathStep, Reference, Variable } from '../../../grammar/ast.js';
import type { Span } from '../../../grammar/source.js';
import type { Builtin } from '../builtins/define/builtin.js';
import type { Core, DocumentNode, HelperGroup } from '../core.js';
import { childDocument, documentAt } from '../document.js';
import { didYouMean } from '../../values/nearest.js';
import { isObject } from '../../values/value.js';
import { findLocal, isPredeclared, namesFor, report, type ModuleScope, type Scope } from './scope.js';

/** The value of a name on its own or at the head of a reference. */
export function resolveName(name: string, span: Span, scope: Scope): Core {
  const { file } = scope;
  const source = file.source;
  const local = findLocal(scope, name);
  if (local !== null) {
    local.used = true;
    return { kind: 'local', name, slot: local.slot, span, source };
  }
  const document = findDocument(name, file);
  if (document !== null) return readDocument(document, span, scope);
  const imported = useImport(name, file);
  if (imported !== null) {
    const [, ...rest] = imported;
    return rest.reduce<Core>(
      (base, key) => stepInto(base, { kind: 'constant', value: key, span, source }, span, scope),
      { kind: 'input', span, source },
    );
  }
  if (Object.hasOwn(file.world.schema.roots, name)) return { kind: 'fact', root: name, span, source };
  if (name === 'input') return { kind: 'input', span, source };
  reportUnbound(name, span, scope);
  return meaningless(span, scope);
}

/** A placeholder for what could not be resolved: of any type, so that one mistake is reported once. Never compiled. */
export function meaningless(span: Span, scope: Scope): Core {
  return { kind: 'local', name: '', slot: -1, span, source: scope.file.source };
}

function reportUnbound(name: string, span: Span, scope: Scope): void {
  const { file, frame } = scope;
  report(file, unbound(name, scope), span);
  const said = file.world.diagnostics.at(-1);
  if (said !== undefined && !frame.unbound.has(name)) frame.unbound.set(name, said);
}

/** Words of other languages for keywords here. */
const otherWords: Readonly<Record<string, string>> = {
  true: 'true',
  false: 'false',
  yes: 'true',
  no: 'false',
  null: 'null',
  none: 'null',
  nil: 'null',
  undefined: 'null',
};

function unbound(name: string, scope: Scope) {
  const { world } = scope.file;
  const message = world.builtins.has(name)
    ? `\`${name}\` is a function and has no value of its own`
    : `\`${name}\` is not bound here`;
  const word = Object.hasOwn(otherWords, name.toLowerCase()) ? otherWords[name.toLowerCase()]! : null;
  if (word !== null)
    return { code: 'unbound', message: `\`${name}\` is not bound here`, help: `write \`${word}\`` };
  if (isTopDocument(world.documents, name))
    return {
      code: 'unbound',
      message: `\`data.${name}\` is not imported here`,
      help: `write \`import data.${name}\` below the package, or \`data.${name}\` here`,
    };
  const meant = world.builtins.has(name)
    ? { help: `call it: \`${name}(…)\`` }
    : didYouMean(
        name,
        namesFor(world, () => namesInForce(scope)),
      );
  return {
    code: 'unbound',
    message,
    help: meant.help ?? 'bind it on an earlier line with `:=` or `some … in`',
  };
}

/** A package, or what a data file holds. */
function isTopDocument({ data, children }: DocumentNode, name: string): boolean {
  const inFiles = isObject(data) && Object.hasOwn(data, name);
  return inFiles || children.get(name)?.virtual === true;
}

function namesInForce(scope: Scope): ReadonlySet<string> {
  const { world, packageDocument, imports } = scope.file;
  const names = new Set([
    ...Object.keys(world.schema.roots),
    ...packageDocument.children.keys(),
    ...imports.keys(),
  ]);
  for (let at: Scope | null = scope; at !== null; at = at.parent)
    for (const key of at.locals.keys()) names.add(key);
  return names;
}

/** The document that a name refers to through the package, an import of `data` or `data` itself. */
function findDocument(name: string, file: ModuleScope): DocumentNode | null {
  const imported = file.imports.get(name);
  if (imported?.path[0] === 'data') {
    imported.used = true;
    return documentAt(file.world.documents, imported.path.slice(1));
  }
  // A decision rule may have the name of a fact (`deny sql "…"`), which then still means the fact.
  const own = isFact(file, name) ? undefined : file.packageDocument.children.get(name);
  if (own?.virtual === true && isOwnRule(own, file)) return own;
  return name === 'data' ? file.world.documents : null;
}

function isFact({ world }: ModuleScope, name: string): boolean {
  return isPredeclared(world, name) && !world.builtins.has(name);
}

/** Rules of the package are reachable by name; a package below this one is not. */
function isOwnRule(document: DocumentNode, file: ModuleScope): boolean {
  return file.ownNames.has(document.path.at(-1)!);
}

function useImport(name: string, file: ModuleScope): readonly string[] | null {
  const imported = file.imports.get(name);
  if (imported === undefined) return null;
  imported.used = true;
  return imported.path;
}

function readDocument(document: DocumentNode, span: Span, scope: Scope): Core {
  const { source } = scope.file;
  if (document.rule === null) return { kind: 'document', document, span, source };
  return { kind: 'rule', rule: document.rule, span, source };
}

/** One step of a reference. Documents and facts are walked while resolving, everything else when it runs. */
export function stepInto(base: Core, key: Core, span: Span, scope: Scope): Core {
  const { source, world } = scope.file;
  const name = key.kind === 'constant' && typeof key.value === 'string' ? key.value : null;
  if (name !== null && base.kind === 'document')
    return readDocument(childDocument(base.document, name), span, scope);
  if (name !== null && base.kind === 'input' && !Object.hasOwn(world.schema.roots, 'input')) {
    if (Object.hasOwn(world.schema.roots, name)) return { kind: 'fact', root: name, span, source };
    const help = didYouMean(name, Object.keys(world.schema.roots));
    report(scope.file, { code: 'unknown-fact', message: `\`${name}\` is not a fact`, ...help }, key.span);
    return meaningless(span, scope);
  }
  return { kind: 'step', base, key, keySpan: key.span, span, source };
}

/** A document or a rule that is read for its value counts as used; a function has none. */
export function use(core: Core, scope: Scope): Core {
  if (core.kind === 'document') scope.uses.add(core.document);
  if (core.kind !== 'rule') return core;
  scope.uses.add(core.rule);
  if (core.rule.kind === 'function') {
    const message = `\`${core.rule.name}\` is a function and has no value of its own`;
    report(scope.file, { code: 'function-value', message, help: 'call it: `f(x)`' }, core.span);
  }
  return core;
}

/** The names of a path written with dots or constant brackets; null if a step is computed. */
export function staticPath(written: Reference | Variable): readonly string[] | null {
  if (written.kind === 'variable') return [written.name];
  if (written.base.kind !== 'variable') return null;
  const steps = written.steps.map(staticStep);
  return steps.includes(null) ? null : [written.base.name, ...(steps as string[])];
}

export function staticStep(step: PathStep): string | null {
  if (step.kind === 'field') return step.name;
  return step.index.kind === 'string' ? step.index.value : null;
}

/** The callee of a call. Null if there is no such function, which is reported. */
export function resolveCallee(callee: Call['callee'], scope: Scope): Builtin | HelperGroup | null {
  const path = staticPath(callee);
  const { file } = scope;
  if (path === null) {
    report(
      file,
      { code: 'unknown-function', message: 'only a function by its name can be called' },
      callee.span,
    );
    return null;
  }
  const found = findFunction(path, scope);
  if (found !== null) return found;
  const name = path.join('.');
  const isFact = Object.hasOwn(file.world.schema.roots, path[0]!);
  const names = namesFor(file.world, () => functionNames(path, scope));
  const help = isFact ? { help: 'facts are read by their fields: `target.name`' } : didYouMean(name, names);
  report(
    file,
    { code: 'unknown-function', message: `there is no function \`${name}\``, ...help },
    callee.span,
  );
  return null;
}

/** Functions that a call may have meant, as they would be written there. */
function functionNames(path: readonly string[], scope: Scope): string[] {
  const { file } = scope;
  const names = [...file.world.builtins.keys(), ...file.ownNames];
  const root = path.length === 1 ? null : findDocument(path[0]!, file);
  const siblings = root === null ? [] : documentAt(root, path.slice(1, -1)).children;
  for (const [key, { rule }] of siblings)
    if (rule?.kind === 'function') names.push([...path.slice(0, -1), key].join('.'));
  return names;
}

/** A function of the package, of an import, below `data`, or a builtin. */
export function findFunction(path: readonly string[], scope: Scope): Builtin | HelperGroup | null {
  const { file } = scope;
  const document = findLocal(scope, path[0]!) === null ? findDocument(path[0]!, file) : null;
  if (document !== null) {
    const { rule } = documentAt(document, path.slice(1));
    if (rule?.kind === 'function') return rule;
  }
  return file.world.builtins.get(path.join('.')) ?? null;
}
