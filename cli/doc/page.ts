/** A rule set as one page of Markdown. */
import type { AppliesClause, DecisionRule, Effect, Module } from '../../grammar/ast.js';
import type { FactSchema } from '../../src/values/schema.js';
import type { Occurrence } from '../lsp/analysis/entity.js';
import { typeText } from '../lsp/analysis/types.js';
import type { Example } from './examples.js';
import { anchor, code, codeBlock, list, prose, table } from './markdown.js';
import { capital, ruleHeading, ruleSection, type DocumentedRule } from './rule-section.js';
import { bodyItems } from './words.js';

export interface RulePage {
  readonly title: string;
  readonly modules: readonly Module[];
  readonly examples: ReadonlyMap<string, readonly Example[]>;
  /** The names in a file, to know which facts are read. */
  readonly occurrences: (module: Module) => readonly Occurrence[];
  readonly schema: FactSchema;
}

/** What refuses comes first: it is what a reviewer looks for. */
const order: readonly Effect[] = ['deny', 'review', 'allow', 'mask', 'limit'];

export function rulePage(page: RulePage): string {
  const packages = groupByPackage(page.modules);
  const parts = [
    `# ${page.title}`,
    overview(packages),
    ...[...packages].flatMap(([name, modules]) => packageSection(name, modules, page)),
    ...facts(page),
  ];
  return `${parts.join('\n\n')}\n`;
}

function groupByPackage(modules: readonly Module[]): ReadonlyMap<string, readonly Module[]> {
  const packages = new Map<string, Module[]>();
  for (const module of modules) {
    const name = module.package.path.join('.');
    packages.set(name, [...(packages.get(name) ?? []), module]);
  }
  return new Map([...packages].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function overview(packages: ReadonlyMap<string, readonly Module[]>): string {
  const rows = [...packages].map(([name, modules]) => {
    const rules = documented(name, modules);
    const counts = order.map(
      (effect) => rules.filter(({ bodies }) => bodies[0]!.rule.effect === effect).length,
    );
    return [
      `[${code(name)}](#${anchor(`package ${name}`)})`,
      ...counts.map((count) => (count === 0 ? '' : String(count))),
    ];
  });
  return table(['package', ...order], rows);
}

function packageSection(name: string, modules: readonly Module[], page: RulePage): readonly string[] {
  const rules = documented(name, modules);
  return [
    `## package ${code(name)}`,
    ...modules.flatMap(guard),
    ...(rules.length === 0
      ? []
      : [
          'Its rules',
          list(rules.map((rule) => ({ text: `[${ruleHeading(rule)}](#${anchor(ruleHeading(rule))})` }))),
        ]),
    ...rules.map((rule) =>
      ruleSection(rule, page.examples.get(`${rule.bodies[0]!.rule.effect} ${rule.id}`) ?? []),
    ),
    ...helpers(name, modules),
  ];
}

/** By effect and name; bodies of one rule together, in the order of the files. */
function documented(name: string, modules: readonly Module[]): readonly DocumentedRule[] {
  const rules = new Map<string, DocumentedRule>();
  for (const module of modules) {
    for (const rule of module.statements.filter((one) => one.kind === 'decision-rule')) {
      const id = `${name}.${rule.name?.name ?? 'allow'}`;
      const key = `${String(rank(rule))} ${id}`;
      const bodies = [...(rules.get(key)?.bodies ?? []), { rule, module }];
      rules.set(key, { id, bodies });
    }
  }
  return [...rules].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, rule]) => rule);
}

/** Shadow rules come last. */
function rank({ effect, shadow }: DecisionRule): number {
  return order.indexOf(effect) + (shadow ? order.length : 0);
}

function guard(module: Module): readonly string[] {
  const clauses = module.statements.filter((one): one is AppliesClause => one.kind === 'applies');
  return clauses.flatMap(({ body, unless, doc }) => [
    ...(doc === null ? [] : [prose(doc)]),
    `The rules of ${code(module.source.path)} apply when`,
    list(bodyItems(body, module.source)),
    ...(unless === null ? [] : ['Unless', list(bodyItems(unless, module.source))]),
  ]);
}

/** Helper rules as they are written: all bodies of one together. */
function helpers(name: string, modules: readonly Module[]): readonly string[] {
  const texts = new Map<string, string[]>();
  for (const { source, statements } of modules) {
    for (const one of statements.filter(
      (each) => each.kind === 'helper-rule' || each.kind === 'default-rule',
    )) {
      const text = source.text.slice(one.span.start, one.span.end).trim();
      texts.set(one.name.name, [
        ...(texts.get(one.name.name) ?? []),
        ...(one.doc === null ? [] : [prose(one.doc)]),
        codeBlock(text),
      ]);
    }
  }
  if (texts.size === 0) return [];
  const sorted = [...texts].sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    `### what ${code(name)} is made of`,
    ...sorted.flatMap(([own, parts]) => [`#### ${code(`${name}.${own}`)}`, ...parts]),
  ];
}

/** The facts that the rules read, so that nobody has to look them up. */
function facts({ modules, occurrences }: RulePage): readonly string[] {
  const read = new Map<string, readonly string[]>();
  for (const { entity } of modules.flatMap(occurrences)) {
    if (entity.kind !== 'fact' || !entity.path.includes('.')) continue;
    const { field, path } = entity;
    const absent = field.optional === true ? ' May be absent.' : '';
    read.set(path, [code(path), code(typeText(field.type)), `${prose(field.doc)}${absent}`]);
  }
  const rows = [...read].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  return rows.length === 0
    ? []
    : [`## ${capital('facts')} that these rules read`, table(['fact', 'type', 'what it is'], rows)];
}
