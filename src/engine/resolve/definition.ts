/** Which rules there are: the heads of all files gathered by path, before any body is looked at. */
import type { DecisionRule, DefaultRule, HelperRule, PathStep } from '../../../grammar/ast.js';
import type { Span } from '../../../grammar/source.js';
import type { DecisionGroup, HelperGroup } from '../core.js';
import { documentAt, markVirtual } from '../document.js';
import { staticStep } from './name.js';
import { report, shadows, isPredeclared, type ModuleScope, type World } from './scope.js';

/** One written helper rule, and the group of its path. */
export interface HelperDefinition {
  readonly file: ModuleScope;
  readonly written: HelperRule | DefaultRule;
  readonly group: HelperGroup;
  /** What follows the group's path in the head: computed keys, or constant ones below a computed one. */
  readonly keys: readonly PathStep[];
}
export interface DecisionDefinition {
  readonly file: ModuleScope;
  readonly written: DecisionRule;
  readonly group: DecisionGroup;
}

interface Head {
  readonly file: ModuleScope;
  readonly written: HelperRule | DefaultRule;
  readonly kind: HelperGroup['kind'];
  readonly path: readonly string[];
  readonly keys: readonly PathStep[];
}

export function defineHelpers(files: readonly ModuleScope[]): HelperDefinition[] {
  const heads = files.flatMap((file) =>
    file.module.statements
      .filter((statement) => statement.kind === 'helper-rule' || statement.kind === 'default-rule')
      .map((written) => readHead(file, written)),
  );
  const objects = new Set(heads.filter((head) => head.kind === 'object').map((head) => keyOf(head.path)));
  const groups = new Map<string, HelperGroup>();
  return heads.map((head) => gather(absorb(head, objects), groups));
}

function readHead(file: ModuleScope, written: HelperRule | DefaultRule): Head {
  const steps = written.path.map(staticStep);
  const computed = steps.indexOf(null);
  const fixed = computed === -1 ? steps.length : computed;
  const path = [...file.package, written.name.name, ...(steps.slice(0, fixed) as string[])];
  const keys = written.path.slice(fixed);
  checkHeadName(file, written, keys);
  return { file, written, kind: kindOf(written, keys), path, keys };
}

function checkHeadName(
  file: ModuleScope,
  written: HelperRule | DefaultRule,
  keys: readonly PathStep[],
): void {
  const { name, span } = written.name;
  if (written.path.length === 0 && isPredeclared(file.world, name)) {
    report(file, shadows(name), span);
  }
  if (kindOf(written, []) === 'function' && keys.length > 0) {
    report(
      file,
      { code: 'function-key', message: 'a function has a fixed name', help: 'make the key an argument' },
      keys[0]!.span,
    );
  }
}

function kindOf(written: HelperRule | DefaultRule, keys: readonly PathStep[]): HelperGroup['kind'] {
  if (written.kind === 'default-rule') return written.parameters === null ? 'complete' : 'function';
  if (written.head.kind === 'function') return 'function';
  if (keys.length > 0) return 'object';
  return written.head.kind === 'contains' ? 'set' : 'complete';
}

/** `p.a := 1` beside `p[k] := v` is one entry of the object `p`. */
function absorb(head: Head, objects: ReadonlySet<string>): Head {
  if (head.kind === 'function') return head;
  for (let length = head.file.package.length + 1; length < head.path.length; length++) {
    const path = head.path.slice(0, length);
    if (!objects.has(keyOf(path))) continue;
    const inside = head.path.length - length;
    const keys = head.written.path.slice(head.written.path.length - head.keys.length - inside);
    return { ...head, kind: 'object', path, keys };
  }
  return head;
}

function keyOf(path: readonly string[]): string {
  return JSON.stringify(path);
}

function gather(head: Head, groups: Map<string, HelperGroup>): HelperDefinition {
  const { file, written, keys } = head;
  const arity = arityOf(written);
  let group = groups.get(keyOf(head.path));
  if (group === undefined) {
    group = createGroup(head, arity);
    groups.set(keyOf(head.path), group);
    placeGroup(file.world, group, file);
  } else if (group.kind !== head.kind || group.arity !== arity) {
    report(file, conflict(group), written.name.span);
    // It is resolved all the same, separately from the rule whose name it takes.
    group = createGroup(head, arity);
  }
  return { file, written, group, keys };
}

function arityOf(written: HelperRule | DefaultRule): number {
  if (written.kind === 'default-rule') return written.parameters?.length ?? 0;
  return written.head.kind === 'function' ? written.head.parameters.length : 0;
}

function createGroup(head: Head, arity: number): HelperGroup {
  return {
    kind: head.kind,
    path: head.path,
    name: head.path.join('.'),
    arity,
    clauses: [],
    default: null,
    uses: new Set(),
    span: head.written.name.span,
    source: head.file.source,
  };
}

function conflict(group: HelperGroup) {
  const where = `${group.source.path}:${group.source.position(group.span.start).line}`;
  return {
    code: 'conflicting-rules',
    message: `\`${group.name}\` is defined in another way at ${where}`,
    help: 'a name is one thing: a value, a set, an object, or a function of so many arguments',
  };
}

function placeGroup(world: World, group: HelperGroup, file: ModuleScope): void {
  markVirtual(world.documents, group.path);
  documentAt(world.documents, group.path).rule = group;
  checkPath(world, group.path, group.span, file);
}

/** Rules and data do not claim the same path, and nothing may be below a rule. */
function checkPath(world: World, path: readonly string[], span: Span, file: ModuleScope): void {
  for (let length = 1; length <= path.length; length++) {
    const node = documentAt(world.documents, path.slice(0, length));
    const blocked = length === path.length ? node.data !== undefined : isLeaf(node.data);
    if (!blocked) continue;
    const message = `the data files have a value at \`${path.slice(0, length).join('.')}\``;
    report(file, { code: 'rule-data-conflict', message, help: 'rename the rule or the data file' }, span);
    return;
  }
}

function isLeaf(data: unknown): boolean {
  return data !== undefined && (typeof data !== 'object' || data === null || Array.isArray(data));
}

/** Rules with something of their own below them: `p := 1` beside `p.q := 2`, or beside a package `p`. */
export function checkNesting(definitions: readonly HelperDefinition[], world: World): void {
  for (const { file, group } of new Map(definitions.map((d) => [d.group, d])).values()) {
    const node = documentAt(world.documents, group.path);
    const below = [...node.children.values()].find((child) => child.virtual);
    if (below === undefined) continue;
    const message = `\`${group.name}\` has a value of its own, and \`${below.path.join('.')}\` stands below it`;
    report(file, { code: 'conflicting-rules', message, help: 'rename one of them' }, group.span);
  }
}

export function defineDecisions(files: readonly ModuleScope[]): DecisionDefinition[] {
  const groups = new Map<string, DecisionGroup>();
  return files.flatMap((file) =>
    file.module.statements
      .filter((statement) => statement.kind === 'decision-rule')
      .map((written) => gatherDecision(file, written, groups)),
  );
}

function gatherDecision(
  file: ModuleScope,
  written: DecisionRule,
  groups: Map<string, DecisionGroup>,
): DecisionDefinition {
  const name = written.name?.name ?? 'allow';
  const path = [...file.package, name];
  const key = `${written.effect} ${keyOf(path)}`;
  let group = groups.get(key);
  if (group === undefined) {
    group = createDecision(file, written, path);
    groups.set(key, group);
    markVirtual(file.world.documents, path);
    const node = documentAt(file.world.documents, path);
    node.decisions.push(group);
    if (node.rule !== null) report(file, conflict(node.rule), group.span);
    checkPath(file.world, path, group.span, file);
  } else {
    checkClauses(file, written, group);
  }
  return { file, written, group };
}

function createDecision(file: ModuleScope, written: DecisionRule, path: readonly string[]): DecisionGroup {
  return {
    kind: 'decision',
    id: path.join('.'),
    path,
    effect: written.effect,
    shadow: written.shadow,
    written,
    clauses: [],
    uses: new Set(),
    span: written.name?.span ?? {
      start: written.span.start,
      end: written.span.start + written.effect.length,
    },
    source: file.source,
  };
}

/** Another body of the same rule must repeat all clauses except the body. */
function checkClauses(file: ModuleScope, written: DecisionRule, group: DecisionGroup): void {
  const there = group.source.text;
  if (clausesOf(written, file.source.text) === clausesOf(group.written, there)) return;
  const line = group.source.position(group.span.start).line;
  const message = `\`${group.id}\` is written with other clauses at ${group.source.path}:${line}`;
  const help =
    'bodies of one rule share its clauses; give this one another name, or make the clauses the same';
  report(file, { code: 'different-clauses', message, help }, written.name?.span ?? written.span);
}

function clausesOf(written: DecisionRule, text: string): string {
  const cut = (node: { readonly span: Span } | null) =>
    node === null ? '' : text.slice(node.span.start, node.span.end).replace(/\s+/g, ' ');
  const common = [written.shadow];
  switch (written.effect) {
    case 'allow':
    case 'deny':
      return JSON.stringify([...common, cut(written.reason)]);
    case 'review':
      return JSON.stringify([
        ...common,
        cut(written.reason),
        cut(written.by),
        written.quorum?.text,
        written.within?.nanoseconds,
      ]);
    case 'mask':
      return JSON.stringify([
        ...common,
        written.selectors.map(({ by, value }) => [by, value]),
        written.method.name,
        cut(written.method.argument),
      ]);
    case 'limit':
      return JSON.stringify([...common, written.unit, written.amount.text]);
  }
}
