/** The selectors of masks: columns in a catalogue, tags in use, existing detectors. */
import type { Selector } from '../../../grammar/ast.js';
import { typeAt } from './knowledge/learn.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import type { Core, DecisionClause } from '../core.js';
import { didYouMean } from '../../values/nearest.js';
import type { TargetColumns } from '../policy.js';
import type { Finding } from '../resolve/scope.js';
import { isArray, isObject, property, ValueSet, type Maybe } from '../../values/value.js';

/** After the body, so that what it asks of the target says which catalogues count. */
export function checkSelectors(checker: Checker, clause: DecisionClause): void {
  if (clause.written.effect !== 'mask') return;
  for (const selector of clause.written.selectors) {
    const finding = wrongIn(checker, clause, selector);
    if (finding !== null) reportAt(checker, finding, { span: selector.span, source: clause.source });
  }
}

function wrongIn(checker: Checker, clause: DecisionClause, { by, value }: Selector): Finding | null {
  switch (by) {
    case 'column':
      return wrongColumn(checker, clause, value);
    case 'tagged':
      return wrongTag(checker, value);
    case 'pattern':
      return wrongDetector(checker, value);
    case 'field':
    case 'header':
      return null;
  }
}

function wrongDetector({ world: { schema } }: Checker, name: string): Finding | null {
  if (schema.detectors === undefined || Object.hasOwn(schema.detectors, name)) return null;
  const help = didYouMean(name, Object.keys(schema.detectors));
  return { code: 'unknown-detector', message: `there is no detector \`${name}\``, ...help };
}

/** A mask over tags that no file has would mask nothing. */
function wrongTag({ world: { documents } }: Checker, tag: string): Finding | null {
  const catalogue = isObject(documents.data) ? property(documents.data, 'catalogue') : undefined;
  if (catalogue === undefined) {
    const help = 'say which columns carry which tags in `catalogue.yaml`: `customers.email: [pii]`';
    return { code: 'unknown-data', message: `no data file is \`data.catalogue\`, which has the tags`, help };
  }
  if (!isObject(catalogue)) return null;
  const tags = new Set(Object.values(catalogue).flatMap(namesOf));
  if (tags.has(tag)) return null;
  const near = didYouMean(tag, tags);
  const help = near.help ?? '`data.catalogue` says which column carries which tags';
  return { code: 'unknown-tag', message: `no column is tagged \`${tag}\``, help };
}

function namesOf(tags: Maybe): readonly string[] {
  if (typeof tags === 'string') return [tags];
  const members = tags instanceof ValueSet ? tags.items : isArray(tags) ? tags : [];
  return members.filter((member) => typeof member === 'string');
}

function wrongColumn(checker: Checker, clause: DecisionClause, value: string): Finding | null {
  const parts = value.split('.');
  const right = parts.every((part) => part === '*' || /^[^*]+$/.test(part));
  if (!right || parts.length < 2 || parts.length > 3) {
    const help = 'write `table.column` or `schema.table.column`; `*` stands for a whole part';
    return { code: 'bad-selector', message: `\`${value}\` does not name a column`, help };
  }
  const catalogues = cataloguesFor(checker, clause);
  return catalogues.length === 0
    ? null
    : missingColumn(parts, catalogues, catalogues !== checker.world.columns);
}

/** The catalogues of the targets that the rule applies to; none if one of them is not available. */
export function cataloguesFor(
  checker: Checker,
  { span, source }: Pick<DecisionClause, 'span' | 'source'>,
): readonly TargetColumns[] {
  const { columns } = checker.world;
  const target: Core = { kind: 'fact', root: 'target', span, source };
  const key: Core = { kind: 'constant', value: 'name', span, source };
  const name = typeAt(checker, { kind: 'step', base: target, key, keySpan: span, span, source });
  if (name.kind !== 'string' || name.values === undefined) return columns;
  const wanted = name.values.map((one) => columns.find(({ target }) => target === one));
  return wanted.includes(undefined) ? [] : wanted.filter((one) => one !== undefined);
}

function missingColumn(
  parts: readonly string[],
  catalogues: readonly TargetColumns[],
  named: boolean,
): Finding | null {
  const [schema, table, column] = (parts.length === 2 ? ['*', ...parts] : parts) as [string, string, string];
  const all = catalogues.flatMap(({ columns }) => columns);
  const tables = all.filter((one) => selects(schema, one.schema) && selects(table, one.table));
  const where = catalogues.length === 1 ? `the catalogue of \`${catalogues[0]!.target}\`` : 'the catalogues';
  if (tables.length === 0) {
    const names = new Set(all.map((one) => (parts.length === 2 ? one.table : `${one.schema}.${one.table}`)));
    const name = parts.slice(0, -1).join('.');
    const elsewhere = 'name the target it is for: `if target.name == "…"`';
    const later = 'where the table is new, pull the catalogue again: `policy catalogue pull`';
    const help = didYouMean(name, names).help ?? (named ? later : elsewhere);
    return { code: 'unknown-column', message: `there is no table \`${name}\` in ${where}`, help };
  }
  if (tables.some((one) => selects(column, one.column))) return null;
  const near = didYouMean(column, new Set(tables.map((one) => one.column)));
  const message = `\`${parts.slice(0, -1).join('.')}\` has no column \`${column}\` in ${where}`;
  return { code: 'unknown-column', message, ...near };
}

/** Case is ignored, as it is when the mask is applied. */
function selects(part: string, name: string): boolean {
  return part === '*' || name === '*' || part.toLowerCase() === name.toLowerCase();
}
