/** The masks of a decision with their selectors resolved: columns to match and detectors to run. */
import type { MaskInstruction, MaskMethod, MaskSelector } from '../../engine/decision.js';
import type { Catalogue, ColumnName } from '../../facts/sql/catalogue/catalogue.js';
import { never } from '../../errors.js';
import { parseColumnSelector, selectsColumn, type ColumnSelector } from '../column-selector.js';
import { isDetectorName, type DetectorName } from '../detectors.js';
import { relatedColumns } from './inheritance.js';

/** `customers.email` → `['pii']`. Keys are column selectors, as `mask … column` writes them. */
export type ColumnTags = ReadonlyMap<string, readonly string[]>;

export interface ColumnMask {
  readonly rule: string;
  readonly method: MaskMethod;
  readonly selectors: readonly ColumnSelector[];
}

export interface DetectorMask {
  readonly rule: string;
  readonly method: MaskMethod;
  readonly name: DetectorName;
}

export interface ResolvedMasks {
  readonly columns: readonly ColumnMask[];
  readonly detectors: readonly DetectorMask[];
  /** The first mask that SQL cannot carry out. */
  readonly obstacle: Obstacle | null;
}

export interface Obstacle {
  readonly rule: string;
  readonly reason: string;
}

export function resolveMasks(masks: readonly MaskInstruction[], tags: ColumnTags): ResolvedMasks {
  const columns: ColumnMask[] = [];
  const detectors: DetectorMask[] = [];
  let obstacle: Obstacle | null = null;
  for (const { rule, method, selectors } of masks) {
    for (const selector of selectors) {
      const read = readSelector(selector, tags);
      if (read.kind === 'columns') columns.push({ rule, method, selectors: read.selectors });
      else if (read.kind === 'detector') detectors.push({ rule, method, name: read.name });
      else obstacle ??= { rule, reason: read.reason };
    }
  }
  return { columns, detectors, obstacle };
}

type ReadSelector =
  | { readonly kind: 'columns'; readonly selectors: readonly ColumnSelector[] }
  | { readonly kind: 'detector'; readonly name: DetectorName }
  | { readonly kind: 'obstacle'; readonly reason: string };

function readSelector({ by, value }: MaskSelector, tags: ColumnTags): ReadSelector {
  switch (by) {
    case 'column': {
      const selector = parseColumnSelector(value);
      if (selector === null)
        return obstacleOf(`\`${value}\` is not \`table.column\` or \`schema.table.column\``);
      return { kind: 'columns', selectors: [selector] };
    }
    case 'tagged':
      return readTag(value, tags);
    case 'pattern':
      if (!isDetectorName(value)) return obstacleOf(`there is no detector \`${value}\``);
      return { kind: 'detector', name: value };
    case 'field':
    case 'header':
      return obstacleOf(`a \`${by}\` mask cannot be carried out on SQL`);
    default:
      return never(by);
  }
}

/** A tag that no column has is more likely a typo than intended, and a mask is never dropped silently. */
function readTag(tag: string, tags: ColumnTags): ReadSelector {
  const tagged = [...tags].filter(([, names]) => names.includes(tag)).map(([column]) => column);
  if (tagged.length === 0) return obstacleOf(`no column is tagged \`${tag}\``);
  const selectors = tagged.map(parseColumnSelector);
  const wrong = tagged[selectors.indexOf(null)];
  if (wrong !== undefined) return obstacleOf(`\`${wrong}\`, tagged \`${tag}\`, is no column`);
  return { kind: 'columns', selectors: selectors.filter((selector) => selector !== null) };
}

function obstacleOf(reason: string): ReadSelector {
  return { kind: 'obstacle', reason };
}

/** The masks of a column, including those of its partitions and parents. */
export function masksOf(
  columns: readonly ColumnMask[],
  column: ColumnName,
  catalogue: Catalogue | null,
): readonly ColumnMask[] {
  const related = relatedColumns(catalogue, column);
  return columns.filter((mask) =>
    mask.selectors.some((selector) => related.some((relative) => selectsColumn(selector, relative))),
  );
}

/** System relations that hold values of other tables' columns: planner statistics, large objects, others' statements. */
const valueHolders: ReadonlySet<string> = new Set([
  'pg_statistic',
  'pg_statistic_ext_data',
  'pg_stats',
  'pg_stats_ext',
  'pg_stats_ext_exprs',
  'pg_largeobject',
]);

/** Whether any column's values may be inside this one, whatever its own name. */
export function holdsOtherValues({ schema, table, column }: ColumnName): boolean {
  if (schema !== 'pg_catalog') return false;
  return valueHolders.has(table) || (table === 'pg_stat_activity' && (column === 'query' || column === '*'));
}
