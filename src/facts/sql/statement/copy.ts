/** COPY: the direction, the other end, and the columns. */
import type { CopyStmt } from 'libpg-query';
import { writeSetsOff } from '../code/behaviour.js';
import type { CopyClause } from '../scope/analysis.js';
import {
  addEffect,
  addMovedUnknown,
  addRead,
  addTable,
  addUnknownColumns,
  markUnknown,
} from '../scope/entry.js';
import { addMovedResult } from '../scope/gather.js';
import { filter } from '../query/from.js';
import type { NamedLineage } from '../scope/lineage.js';
import { itemColumn } from '../query/names.js';
import { ofUnknown } from '../scope/lineage.js';
import { readUnlisted } from '../query/output.js';
import { targetItem } from '../query/relations.js';
import type { QueryResult, Scope } from '../scope/scope.js';
import { namespaceOf, withNamespace } from '../scope/scope.js';
import { recordCatalogue } from '../session/changes.js';
import type { Node } from '../parse/tree.js';
import { kindOf, listItems, options, optionText, optionTruth, texts } from '../parse/tree.js';

const nothingComes: QueryResult = { columns: [], reason: '' };

export function analyseCopy(scope: Scope, copy: CopyStmt, run: (node: Node) => QueryResult): QueryResult {
  const { entry } = scope;
  const clause = copyClause(copy);
  entry.copy = clause;
  if (clause.format === 'other') markUnknown(entry, 'a format of COPY that is not known');
  if (clause.with === 'file') addEffect(entry, 'file');
  if (clause.with === 'program') addEffect(entry, 'program');
  if (clause.direction === 'in') {
    copyIn(scope, copy);
    // The contents of a file on the server are unknown: it may hold the database itself.
    if (clause.with !== 'client') addMovedUnknown(entry);
    return nothingComes;
  }
  addEffect(entry, 'read');
  const result = copy.query === undefined ? copyTable(scope, copy) : run(copy.query);
  if (clause.with === 'client') return result;
  addMovedResult(entry, result);
  return nothingComes;
}

function copyIn(scope: Scope, copy: CopyStmt): void {
  const { entry } = scope;
  addEffect(entry, 'write');
  const target = targetItem(scope, copy.relation ?? {});
  const named = texts(copy.attlist);
  const columns = named.length > 0 ? named : target.item.columns?.map((column) => column.name);
  for (const table of target.tables) {
    entry.objects.push({ schema: table.schema, name: table.name });
    addTable(entry, table, 'write');
    recordCatalogue(entry, table);
    writeSetsOff(scope, table, 'insert');
    for (const column of columns ?? []) addTable(entry, table, 'write', column);
    if (columns === undefined) addUnknownColumns(entry, table, 'write', 'COPY does not name its columns');
  }
  filter(withNamespace(scope, namespaceOf(target.item)), copy.whereClause);
}

function copyTable(scope: Scope, copy: CopyStmt): QueryResult {
  const { item, tables } = targetItem(scope, copy.relation ?? {});
  for (const table of tables) {
    scope.entry.objects.push({ schema: table.schema, name: table.name });
    addTable(scope.entry, table, 'read');
  }
  const named = texts(copy.attlist);
  if (named.length === 0 && item.columns === null) {
    readUnlisted(scope, item, 'read');
    return { columns: null, reason: 'the columns of the copied table are not known' };
  }
  const missing = ofUnknown('a copied column cannot be found');
  const columns: readonly NamedLineage[] =
    named.length === 0
      ? (item.columns ?? []).filter((_, i) => tables[0]?.relation?.columns[i]?.generated === undefined)
      : named.map((name) => ({ name, lineage: itemColumn(scope, item, name) ?? missing }));
  for (const column of columns) addRead(scope.entry, column.lineage);
  return { columns, reason: '' };
}

function copyClause(copy: CopyStmt): CopyClause {
  const found = new Map(options(copy.options).map((option) => [option.defname ?? '', option]));
  const value = (name: string): string | null => {
    const option = found.get(name);
    return option === undefined ? null : optionText(option);
  };
  const written = value('format');
  const known = written === 'csv' || written === 'binary' || written === 'text';
  const format = written === null ? 'text' : known ? written : 'other';
  const header = found.get('header');
  const source = copy.is_program === true ? 'program' : copy.filename === undefined ? 'client' : 'file';
  const quote = value('quote');
  const escape = value('escape');
  const nullText = value('null');
  const encoding = value('encoding');
  const forced = found.get('force_quote')?.arg;
  return {
    direction: copy.is_from === true ? 'in' : 'out',
    with: source,
    format,
    delimiter: value('delimiter') ?? (format === 'csv' ? ',' : '\t'),
    header: header !== undefined && (optionTruth(header) ?? true),
    ...(quote === null ? {} : { quote }),
    ...(escape === null ? {} : { escape }),
    ...(nullText === null ? {} : { nullText }),
    ...(forced === undefined
      ? {}
      : { forceQuote: kindOf(forced) === 'A_Star' ? 'all' : texts(listItems(forced)) }),
    ...(encoding === null ? {} : { encoding }),
  };
}
