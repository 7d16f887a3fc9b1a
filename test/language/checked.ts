/** What `policy check` says of files that stand in a text: rules, data and catalogues, as `loadBundle` reads them. */
import { parse } from 'yaml';
import type { Diagnostic } from '../../grammar/diagnostic.js';
import type { Module } from '../../grammar/ast.js';
import { parseModule } from '../../grammar/parser.js';
import { Source } from '../../grammar/source.js';
import { anySite, siteOf } from '../../cli/lint/site.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { dataPath, mergeData, parseDataFile, type DataFile } from '../../src/engine/bundle/data-file.js';
import type { TargetColumns } from '../../src/engine/policy.js';
import { factBuiltins } from '../../src/protocols/list.js';
import { parseCatalogue } from '../../src/facts/sql/catalogue/file.js';
import { factSchema } from '../../src/facts/schema/index.js';
import { parseConfig } from '../../src/gateway/config/config.js';

export interface File {
  readonly path: string;
  readonly text: string;
}

/** The first file is named `first`; each further one stands below a line `== its/path ==`. */
export function splitFiles(text: string, first: string): readonly File[] {
  const [head = '', ...rest] = text.split(/^== (.+) ==\n/m);
  const files: File[] = [{ path: first, text: head }];
  for (let i = 0; i < rest.length; i += 2) files.push({ path: rest[i]!, text: rest[i + 1]! });
  return files;
}

export function checkFiles(files: readonly File[]): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const modules: Module[] = [];
  const data: DataFile[] = [];
  const columns: TargetColumns[] = [];
  let site = anySite;
  for (const { path, text } of files) {
    if (path.endsWith('.rules')) {
      const parsed = parseModule(path, text);
      diagnostics.push(...parsed.diagnostics);
      if (parsed.module !== null) modules.push(parsed.module);
    } else if (path === 'sallyport.yaml') {
      const parsed = parseConfig(path, text);
      diagnostics.push(...parsed.diagnostics);
      if (parsed.config !== null) site = siteOf(parsed.config);
    } else if (/\.catalogue\.yaml$/.test(path)) columns.push(columnsOf(path, text));
    else {
      const source = new Source(path, text);
      const parsed = parseDataFile(source);
      diagnostics.push(...parsed.diagnostics);
      if (parsed.value !== undefined) data.push({ source, path: dataPath(path), value: parsed.value });
    }
  }
  const merged = mergeData(data, diagnostics);
  if (diagnostics.length > 0) return diagnostics;
  const source = { modules, data: merged, revision: 'golden', columns, site };
  return compilePolicy(source, { schema: factSchema, builtins: factBuiltins }).diagnostics;
}

function columnsOf(path: string, text: string): TargetColumns {
  const { relations } = parseCatalogue(parse(text));
  return {
    target: path.replace(/\.catalogue\.yaml$/, ''),
    columns: relations.flatMap(({ schema, name, columns }) =>
      columns.map((column) => ({ schema, table: name, column: column.name })),
    ),
  };
}
