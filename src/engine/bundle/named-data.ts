/** Finds the paths below `data` that rules name. Rules cannot read a path that none of them names. */
import type { Expression, Module, PathStep, Statement } from '../../../grammar/ast.js';
import { never } from '../../errors.js';
import { nearest } from '../../values/nearest.js';

type Path = readonly string[];

/** Masks by tag read the column tags from here without naming the path. */
const tagsPath: Path = ['catalogue'];

export class DataNames {
  /** Paths named as a whole, and their parents. */
  readonly #named = new Set<string>();
  readonly #above = new Set<string>();
  readonly #heads = new Set<string>();
  readonly #packages: ReadonlySet<string>;

  /** `more` lists paths that are read by something other than the rules. */
  constructor(modules: readonly Module[], more: readonly Path[] = []) {
    const rules = new RuleNames(modules);
    this.#packages = new Set(modules.flatMap(({ package: { path } }) => path.slice(0, 1)));
    for (const path of [...modules.flatMap(pathsIn), ...more]) {
      if (rules.has(path)) continue;
      this.#named.add(keyOf(path));
      for (let length = 0; length <= path.length; length++) this.#above.add(keyOf(path.slice(0, length)));
      if (path.length > 0) this.#heads.add(path[0]!);
    }
  }

  /** Whether a rule reads this path, a path below it or a path above it. */
  has(path: Path): boolean {
    if (this.#above.has(keyOf(path))) return true;
    return path.some((_, length) => this.#named.has(keyOf(path.slice(0, length))));
  }

  /**
   * The top-level paths that a name was probably meant for: `blocked` if the rules say `data.blokced`, which does not
   * exist. They are loaded so that the checker can suggest them.
   */
  meant(there: readonly Path[]): ReadonlySet<string> {
    const heads = new Set(there.flatMap((path) => path.slice(0, 1)));
    const missing = [...this.#heads].filter((head) => !heads.has(head) && !this.#packages.has(head));
    return new Set(missing.flatMap((head) => nearest(head, heads) ?? []));
  }
}

/** The paths named by an expression that is not part of a file. */
export function dataNamedBy(expression: Expression): readonly Path[] {
  const found: Path[] = [];
  visit(expression, (name, steps) => {
    if (name === 'data') found.push(steps);
  });
  return found;
}

/** No step of a path contains an unescaped line break. */
function keyOf(path: Path): string {
  return path.map((step) => JSON.stringify(step)).join('.');
}

/** The rules of packages: `data.ci.orders.drop` is a rule, not data. */
class RuleNames {
  readonly #packages = new Map<string, Set<string>>();

  constructor(modules: readonly Module[]) {
    for (const { package: name, statements } of modules) {
      const key = keyOf(name.path);
      const names = this.#packages.get(key) ?? new Set();
      this.#packages.set(key, names);
      for (const statement of statements) {
        const rule = nameOf(statement);
        if (rule !== null) names.add(rule);
      }
    }
  }

  has(path: Path): boolean {
    return path.some((step, length) => this.#packages.get(keyOf(path.slice(0, length)))?.has(step) === true);
  }
}

function nameOf(statement: Statement): string | null {
  switch (statement.kind) {
    case 'decision-rule':
      return statement.name?.name ?? statement.effect;
    case 'helper-rule':
    case 'default-rule':
      return statement.name.name;
    case 'applies':
    case 'test-block':
    case 'shared-given':
      return null;
    default:
      return never(statement);
  }
}

function pathsIn({ imports, statements }: Module): Path[] {
  const found: Path[] = [];
  const aliases = new Map<string, Path>([['data', []]]);
  for (const { path, alias } of imports) {
    if (path[0] !== 'data') continue;
    aliases.set(alias?.name ?? path.at(-1)!, path.slice(1));
  }
  const used = new Set<string>();
  const note = (name: string, steps: Path): void => {
    const path = aliases.get(name);
    if (path === undefined) return;
    used.add(name);
    found.push([...path, ...steps]);
  };
  for (const statement of statements) visit(statement, note);
  // An unused import is an error of its own, possibly because of a wrong name.
  for (const [name, path] of aliases) if (name !== 'data' && !used.has(name)) found.push(path);
  return statements.some(isTagged) ? [...found, tagsPath] : found;
}

function isTagged(statement: Statement): boolean {
  if (statement.kind !== 'decision-rule' || statement.effect !== 'mask') return false;
  return statement.selectors.some(({ by }) => by === 'tagged');
}

/** The tree is plain data, so names are found anywhere in it. The parser has bounded its depth. */
function visit(value: unknown, note: (name: string, steps: Path) => void): void {
  if (Array.isArray(value)) {
    for (const member of value) visit(member, note);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as { readonly kind?: string; readonly name?: unknown; readonly base?: unknown };
  if (node.kind === 'variable') note(node.name as string, []);
  const base = node.base as { readonly kind: string; readonly name: string } | undefined;
  if (node.kind === 'reference' && base?.kind === 'variable') {
    const { steps } = value as { readonly steps: readonly PathStep[] };
    note(base.name, leading(steps));
    visit(steps, note);
    return;
  }
  for (const [key, member] of Object.entries(value)) if (key !== 'span') visit(member, note);
}

/** The steps before the first computed one. */
function leading(steps: readonly PathStep[]): Path {
  const path: string[] = [];
  for (const step of steps) {
    if (step.kind === 'field') path.push(step.name);
    else if (step.index.kind === 'string') path.push(step.index.value);
    else break;
  }
  return path;
}
