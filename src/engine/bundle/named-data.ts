/** Which places below `data` rules name, as they are written. What no rule names no rule can read. */
import type { Expression, Module, PathStep, Statement } from '../../../grammar/ast.js';
import { never } from '../../errors.js';
import { nearest } from '../../values/nearest.js';

type Path = readonly string[];

/** Masks by tag read the tags of columns here without naming it. */
const tagsPath: Path = ['catalogue'];

export class DataNames {
  /** Places that are named as a whole, and those above them. */
  readonly #named = new Set<string>();
  readonly #above = new Set<string>();
  readonly #heads = new Set<string>();
  readonly #packages: ReadonlySet<string>;

  /** `more` are places that something else than the rules reads. */
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

  /** Whether some rule reads what stands there, something in it, or all around it. */
  has(path: Path): boolean {
    if (this.#above.has(keyOf(path))) return true;
    return path.some((_, length) => this.#named.has(keyOf(path.slice(0, length))));
  }

  /**
   * The places at the top that a name was probably meant for: `blocked` where the rules say `data.blokced`, and there is
   * none of that name. They are read so that the checker can say so.
   */
  meant(there: readonly Path[]): ReadonlySet<string> {
    const heads = new Set(there.flatMap((path) => path.slice(0, 1)));
    const missing = [...this.#heads].filter((head) => !heads.has(head) && !this.#packages.has(head));
    return new Set(missing.flatMap((head) => nearest(head, heads) ?? []));
  }
}

/** The places that an expression names which stands in no file. */
export function dataNamedBy(expression: Expression): readonly Path[] {
  const found: Path[] = [];
  visit(expression, (name, steps) => {
    if (name === 'data') found.push(steps);
  });
  return found;
}

/** No step of a path holds a line break that is not escaped. */
function keyOf(path: Path): string {
  return path.map((step) => JSON.stringify(step)).join('.');
}

/** The rules of packages: `data.ci.orders.drop` is one, and no data. */
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
  // An import that nothing uses is an error of its own, which may be about a name that is not there.
  for (const [name, path] of aliases) if (name !== 'data' && !used.has(name)) found.push(path);
  return statements.some(isTagged) ? [...found, tagsPath] : found;
}

function isTagged(statement: Statement): boolean {
  if (statement.kind !== 'decision-rule' || statement.effect !== 'mask') return false;
  return statement.selectors.some(({ by }) => by === 'tagged');
}

/** The tree is plain data, so that names are found wherever they stand. Its depth is bounded by the parser. */
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

/** The steps up to the first that is computed. */
function leading(steps: readonly PathStep[]): Path {
  const path: string[] = [];
  for (const step of steps) {
    if (step.kind === 'field') path.push(step.name);
    else if (step.index.kind === 'string') path.push(step.index.value);
    else break;
  }
  return path;
}
