/** A page of the linter's documentation, and its examples as rule sets. */
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { Source } from '../../grammar/source.js';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { parseModule } from '../../grammar/parser.js';
import type { Module } from '../../grammar/ast.js';
import { dataPath, mergeData, parseDataFile } from '../../src/engine/bundle/data-file.js';
import { toJson } from '../../src/values/value.js';
import { parseCatalogue } from '../../src/facts/sql/catalogue/file.js';
import { host } from '../../cli/input/rule-set.js';
import { defaultConfig } from '../../cli/lint/config.js';
import { parseLintConfig } from '../../cli/lint/config-file.js';
import type { LintContext, LintFinding } from '../../cli/lint/finding.js';
import { knownGroups } from '../../cli/lint/groups.js';
import { lint } from '../../cli/lint/linter.js';

export interface Page {
  readonly text: string;
  readonly title: string;
  readonly doc: string;
  /** Cells of the table: category, level, whether it is fixed. */
  readonly cells: readonly string[];
  readonly sections: ReadonlyMap<string, string>;
}

export function readPage(id: string): Page {
  const text = readFileSync(`docs/lint/${id}.md`, 'utf8');
  const [head = '', ...parts] = text.split(/^## (?=(?:What|Why|Wrong|Right|Configuration)$)/m);
  const [title = '', doc = ''] = head.split('\n\n');
  const row = head.trimEnd().split('\n').at(-1)!;
  const sections = parts.map((part) => {
    const newline = part.indexOf('\n');
    return [part.slice(0, newline), part.slice(newline)] as const;
  });
  const cells = row.split('|').map((cell) => cell.trim());
  return { text, title, doc, cells: cells.filter((cell) => cell !== ''), sections: new Map(sections) };
}

export interface Block {
  readonly name: string;
  readonly text: string;
}

/** Fenced blocks: ` ```rules orders_test.rules `; without a name, the file of the package. */
export function blocksOf(section: string): Block[] {
  return [...section.matchAll(/^```(rules|yaml) ?(\S*)\n([\s\S]*?)^```$/gm)].map(([, , name, text]) => {
    const [, own] = /^package (?:\w+\.)*(\w+)$/m.exec(text!) ?? [];
    return { name: name === '' ? `${own ?? 'example'}.rules` : name!, text: text! };
  });
}

export interface Example {
  readonly modules: readonly Module[];
  readonly context: LintContext;
}

/** The files of an example. It is a whole rule set where it shows tests. */
export function readExample(blocks: readonly Block[]): Example {
  const rules = blocks.filter(({ name }) => name.endsWith('.rules'));
  const config = blocks.find(({ name }) => name === '.sallyport/lint.yaml');
  const catalogues = blocks.filter(({ name }) => name.endsWith('.catalogue.yaml'));
  const gateway = blocks.find(({ name }) => name === 'sallyport.yaml');
  const others = blocks.filter(
    (one) => one !== config && one !== gateway && ![...rules, ...catalogues].includes(one),
  );
  const data = others.map(({ name, text }) => {
    const source = new Source(name, text);
    return { source, path: dataPath(name), value: parseDataFile(source).value! };
  });
  const parsed = config === undefined ? null : parseLintConfig(config.name, config.text);
  if (parsed?.config === null) throw new Error(parsed.diagnostics.map(renderDiagnostic).join('\n'));
  return {
    modules: rules.map(({ name, text }) => parse(name, text)),
    context: {
      config: parsed?.config ?? defaultConfig,
      data: mergeData(data, []),
      catalogues: catalogues.map(({ name, text }) =>
        parseCatalogue(toJson(parseDataFile(new Source(name, text)).value!)),
      ),
      dataFiles: data.map(({ source, path }) => ({ file: source.path, path })),
      groups: gateway === undefined ? null : knownGroups(templatesIn(gateway.text)),
      whole: rules.some(({ name }) => name.endsWith('_test.rules')),
    },
  };
}

/** The templates of a part of a configuration. */
function templatesIn(text: string): string[] {
  const { identity } = parseYaml(text) as { identity: { issuers: { groups: string[] }[] } };
  return identity.issuers.flatMap(({ groups }) => groups);
}

export function parse(name: string, text: string): Module {
  const { module, diagnostics } = parseModule(name, text);
  if (module === null || diagnostics.length > 0)
    throw new Error(diagnostics.map(renderDiagnostic).join('\n'));
  return module;
}

export function lintExample({ modules, context }: Example): readonly LintFinding[] {
  return lint(modules, context, host);
}
