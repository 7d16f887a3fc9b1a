/** What the files of a rule set declare: packages, their rules, and the places of data. */
import type { DecisionRule, Effect, Module, Pattern, Statement } from '../../../grammar/ast.js';
import type { Source, Span } from '../../../grammar/source.js';
import { isObject, property, type Maybe, type ValueObject } from '../../../src/values/value.js';

export interface Declaration {
  readonly source: Source;
  /** Package and name. */
  readonly path: readonly string[];
  readonly kind: Effect | 'helper' | 'function';
  readonly shadow: boolean;
  readonly name: Span;
  readonly whole: Span;
  readonly doc: string | null;
  /** For functions: the parameters as written. */
  readonly parameters: readonly string[];
  /** The source text before the body. */
  readonly head: string;
}

export interface Declarations {
  /** By path joined with dots; a rule may have several bodies, in several files. */
  readonly rules: ReadonlyMap<string, readonly Declaration[]>;
  readonly packages: ReadonlyMap<string, readonly Module[]>;
  readonly data: ValueObject;
}

export function declare(modules: readonly Module[], data: ValueObject): Declarations {
  const rules = new Map<string, Declaration[]>();
  const packages = new Map<string, Module[]>();
  for (const module of modules) {
    add(packages, module.package.path.join('.'), module);
    for (const declaration of declarationsOf(module)) add(rules, declaration.path.join('.'), declaration);
  }
  return { rules, packages, data };
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

export function declarationsOf(module: Module): readonly Declaration[] {
  return module.statements.flatMap((statement) => toDeclaration(module, statement) ?? []);
}

function toDeclaration(module: Module, statement: Statement): Declaration | null {
  const { source } = module;
  const path = (name: string): readonly string[] => [...module.package.path, name];
  const common = { source, whole: statement.span, doc: statement.doc, shadow: false, parameters: [] };
  switch (statement.kind) {
    case 'decision-rule': {
      const { name, effect, shadow } = statement;
      const span = name?.span ?? effectSpan(source, statement);
      const head = headText(source, statement.span, statement.body?.span ?? statement.unless?.span);
      return { ...common, path: path(name?.name ?? 'allow'), kind: effect, shadow, name: span, head };
    }
    case 'helper-rule': {
      const isFunction = statement.head.kind === 'function';
      const parameters = statement.head.kind === 'function' ? statement.head.parameters : [];
      return {
        ...common,
        path: path(statement.name.name),
        kind: isFunction ? 'function' : 'helper',
        name: statement.name.span,
        parameters: parameters.map((pattern) => patternText(source, pattern)),
        head: headText(source, statement.span, statement.body?.span),
      };
    }
    case 'default-rule': {
      const { name, parameters } = statement;
      const kind = parameters === null ? 'helper' : 'function';
      const head = headText(source, statement.span, undefined);
      return { ...common, path: path(name.name), kind, name: name.span, head };
    }
    case 'applies':
    case 'test-block':
    case 'shared-given':
      return null;
  }
}

/** An `allow` without a name is located at its keyword. */
function effectSpan({ text }: Source, { span, effect }: DecisionRule): Span {
  const at = text.indexOf(effect, span.start);
  const start = at === -1 || at >= span.end ? span.start : at;
  return { start, end: Math.min(start + effect.length, span.end) };
}

function patternText({ text }: Source, { span }: Pattern): string {
  return text.slice(span.start, span.end);
}

const headLengthMax = 200;

function headText({ text }: Source, whole: Span, body: Span | undefined): string {
  const written = text.slice(whole.start, body?.start ?? whole.end);
  const head = written
    .replace(/\s+/g, ' ')
    .replace(/ (if|unless) ?$/, '')
    .trim();
  return head.length > headLengthMax ? `${head.slice(0, headLengthMax)}…` : head;
}

export function isRule({ rules }: Declarations, path: readonly string[]): boolean {
  return rules.has(path.join('.'));
}

export function isPackage({ packages }: Declarations, path: readonly string[]): boolean {
  return packages.has(path.join('.'));
}

/** What can follow a path below `data`: the next steps to packages and rules, and the keys of data. */
export function keysBelow(
  { rules, packages, data }: Declarations,
  path: readonly string[],
): readonly string[] {
  const prefix = path.length === 0 ? '' : `${path.join('.')}.`;
  const declared = [...packages.keys(), ...rules.keys()].filter((name) => name.startsWith(prefix));
  const next = declared.map((name) => name.slice(prefix.length).split('.')[0]!);
  const value = dataAt(data, path);
  return [...new Set([...next, ...(isObject(value) ? Object.keys(value) : [])])]
    .filter((key) => key !== '')
    .sort();
}

export function dataAt(data: ValueObject, path: readonly string[]): Maybe {
  return path.reduce<Maybe>((value, key) => (isObject(value) ? property(value, key) : undefined), data);
}
