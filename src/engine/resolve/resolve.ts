/** Modules → program: resolves every name, and reports those that cannot be resolved. */
import type { Module, TestBlock } from '../../../grammar/ast.js';
import { Source } from '../../../grammar/source.js';
import type { Diagnostic } from '../../../grammar/diagnostic.js';
import type { Builtin } from '../builtins/define/builtin.js';
import type { CoreModifier, CoreTest, CoreTestRow, DecisionGroup, HelperGroup, Program } from '../core.js';
import { findCycles, nameOf } from './cycle.js';
import { checkNesting, defineDecisions, defineHelpers } from './definition.js';
import { createDocuments, documentAt } from '../document.js';
import { resolveBody, resolveLiteral, resolvePattern } from './body.js';
import { resolveExpression, resolveModifier } from './expression.js';
import { resolveApplies, resolveDecision, resolveHelper } from './rule.js';
import type { PolicySource } from '../policy.js';
import type { FactSchema } from '../../values/schema.js';
import {
  closeScope,
  findLocal,
  isPredeclared,
  openScope,
  report,
  shadows,
  type ImportedName,
  type ModuleScope,
  type Resolver,
  type World,
} from './scope.js';
import { compare, type ValueObject } from '../../values/value.js';

export const resolver: Resolver = {
  expression: (written, scope) => resolveExpression(resolver, written, scope),
  body: (written, scope, origin) => resolveBody(resolver, written, scope, origin),
  literal: (written, scope, origin) => resolveLiteral(resolver, written, scope, origin),
  pattern: (written, scope) => resolvePattern(resolver, written, scope),
  modifier: (written, scope) => resolveModifier(resolver, written, scope),
};

export interface Resolved {
  readonly program: Program;
  readonly world: World;
  readonly files: readonly ModuleScope[];
  readonly diagnostics: Diagnostic[];
}

export function resolve(
  modules: readonly Module[],
  data: ValueObject,
  schema: FactSchema,
  builtins: readonly Builtin[],
  { columns = [], site }: Pick<PolicySource, 'columns' | 'site'> = {},
): Resolved {
  const diagnostics: Diagnostic[] = [];
  const world: World = {
    schema,
    builtins: new Map(builtins.map((builtin) => [builtin.name, builtin])),
    documents: createDocuments(data),
    diagnostics,
    promised: new Set(),
    tolerated: new Set(),
    rules: new Map(),
    instances: new Map(),
    columns,
    ...(site === undefined ? {} : { site }),
  };
  const files = openFiles([...modules].sort(byPath), world);
  const helpers = defineHelpers(files);
  const decisions = defineDecisions(files);
  checkNesting(helpers, world);
  const guards = new Map(files.map((file) => [file, resolveApplies(resolver, file)]));
  for (const definition of helpers) resolveHelper(resolver, definition);
  for (const definition of decisions)
    resolveDecision(resolver, definition, guards.get(definition.file) ?? null);
  const tests = files.flatMap(resolveTests);
  files.forEach(checkImports);
  const program: Program = {
    helpers: [...new Set([...guards.values(), ...helpers.map(({ group }) => group)])].filter(
      (group) => group !== null,
    ),
    decisions: sortDecisions(new Set(decisions.map(({ group }) => group))),
    documents: world.documents,
    tests,
  };
  refuseRecursion(program, diagnostics);
  return { program, world, files, diagnostics };
}

/** So that nothing depends on the order in which files are found. */
function byPath(a: Module, b: Module): number {
  return compare(a.source.path, b.source.path);
}

function sortDecisions(groups: Iterable<DecisionGroup>): DecisionGroup[] {
  return [...groups].sort((a, b) => compare(a.id, b.id) || compare(a.effect, b.effect));
}

function openFiles(modules: readonly Module[], world: World): ModuleScope[] {
  const names = new Map<string, Set<string>>();
  for (const module of modules) {
    const key = JSON.stringify(module.package.path);
    const own = names.get(key) ?? new Set();
    for (const name of ownNames(module)) own.add(name);
    names.set(key, own);
  }
  return modules.map((module) => openFile(module, world, names.get(JSON.stringify(module.package.path))!));
}

function* ownNames(module: Module): Generator<string> {
  for (const statement of module.statements) {
    if (statement.kind === 'helper-rule' || statement.kind === 'default-rule') yield statement.name.name;
    if (statement.kind === 'decision-rule') yield statement.name?.name ?? 'allow';
  }
}

/** The scope of an expression that is evaluated in a package, with all imports of its files. */
export function packageScope(
  resolved: Resolved,
  path: readonly string[],
  diagnostics: Diagnostic[],
): ModuleScope {
  const world = { ...resolved.world, diagnostics };
  const files = resolved.files.filter((file) => compare(file.package, path) === 0);
  const [first] = files;
  const source = first?.source ?? new Source('expression', '');
  const nowhere = { start: 0, end: 0 };
  const module: Module = first?.module ?? {
    kind: 'module',
    source,
    package: { kind: 'package-name', path, span: nowhere },
    imports: [],
    statements: [],
    comments: [],
    span: nowhere,
  };
  return {
    world,
    module,
    source,
    package: path,
    packageDocument: documentAt(world.documents, path),
    imports: new Map(files.flatMap((file) => [...file.imports])),
    ownNames: first?.ownNames ?? new Set(),
    tests: true,
  };
}

function openFile(module: Module, world: World, own: ReadonlySet<string>): ModuleScope {
  const path = module.package.path;
  const imports = new Map<string, ImportedName>();
  const file: ModuleScope = {
    world,
    module,
    source: module.source,
    package: path,
    packageDocument: documentAt(world.documents, path),
    imports,
    ownNames: own,
    tests: module.source.path.endsWith('_test.rules'),
  };
  for (const written of module.imports) {
    const name = written.alias?.name ?? written.path.at(-1)!;
    if (imports.has(name) || own.has(name)) {
      const help = 'give it another name: `import data.x as y`';
      report(file, { code: 'import-conflict', message: `\`${name}\` is taken already`, help }, written.span);
    }
    if (isPredeclared(world, name)) report(file, shadows(name), written.span);
    imports.set(name, { path: written.path, span: written.span, used: name === '_' });
  }
  return file;
}

function checkImports(file: ModuleScope): void {
  for (const [name, { used, span }] of file.imports) {
    if (!used)
      report(
        file,
        {
          code: 'unused-import',
          message: `\`${name}\` is imported and never used`,
          help: 'leave the import out',
        },
        span,
      );
  }
}

function refuseRecursion(program: Program, diagnostics: Diagnostic[]): void {
  for (const cycle of findCycles([...program.helpers, ...program.decisions])) {
    const [first] = cycle as [HelperGroup | DecisionGroup, ...unknown[]];
    const names = [...cycle, first].map((rule) => `\`${nameOf(rule)}\``);
    diagnostics.push({
      code: 'recursion',
      severity: 'error',
      message: `rules cannot be recursive: ${names.join(' reads ')}`,
      span: first.span,
      source: first.source,
      help: 'evaluation always ends because no rule reads itself; `graph.reachable` follows links in data',
    });
  }
}

function resolveTests(file: ModuleScope): CoreTest[] {
  return file.module.statements
    .filter((statement) => statement.kind === 'test-block')
    .map((block) => resolveTest(file, block));
}

function resolveTest(file: ModuleScope, written: TestBlock): CoreTest {
  const scope = openScope(file, new Set(), true);
  const { source } = file;
  const present = (modifier: CoreModifier | null) => modifier !== null;
  const table = written.table === null ? null : resolver.literal(written.table, scope, 'body');
  // The key identifies the case in reports.
  if (table?.kind === 'some' && table.key?.kind === 'variable') findLocal(scope, table.key.name)!.used = true;
  // Those of the file come first, so that a block may override them.
  const shared = file.module.statements.flatMap((one) => (one.kind === 'shared-given' ? [one.given] : []));
  const givens = [...shared, ...written.givens]
    .map((given) => resolver.modifier({ ...given, kind: 'with' }, scope))
    .filter(present);
  const rows = written.rows.map((row): CoreTestRow => {
    if (row.kind === 'condition-row')
      return {
        kind: 'condition',
        literal: resolver.literal(row.literal, scope, 'body'),
        span: row.span,
        source,
      };
    const modifiers = row.modifiers.map((modifier) => resolver.modifier(modifier, scope)).filter(present);
    return {
      kind: 'command',
      written: row,
      command: resolver.expression(row.command, scope),
      modifiers,
      span: row.span,
      source,
    };
  });
  closeScope(scope);
  return {
    written,
    package: file.package,
    table: table?.kind === 'some' ? table : null,
    givens,
    rows,
    slots: scope.frame.slots,
    span: written.span,
    source,
  };
}
