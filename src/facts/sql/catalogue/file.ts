/** A catalogue from a `*.catalogue.yaml` file beside the rules, so that tests resolve names as the target does. */
import { z } from 'zod';
import { behaviourFields } from './behaviour-file.js';
import type { Catalogue } from './catalogue.js';

const name = z
  .string()
  .min(1)
  .max(63 * 4);
const columnNumber = z.number().int().min(1).max(32_767);

/** A column as its name, as `name: type`, or in full. */
const column = z.union([
  name,
  z.strictObject({
    name,
    number: columnNumber.optional(),
    type: z.string().optional(),
    generated: z.string().optional(),
  }),
]);

const relation = z.strictObject({
  schema: name.default('public'),
  name,
  oid: z.number().int().min(0).default(0),
  kind: z
    .enum(['table', 'view', 'materialized-view', 'foreign-table', 'sequence', 'composite-type'])
    .default('table'),
  columns: z.array(column).max(1_600).default([]),
  definition: z.string().optional(),
  inherits: z.array(z.strictObject({ schema: name.default('public'), name })).optional(),
  foreign: z
    .strictObject({
      wrapper: name,
      schema: name.default('public'),
      name,
      columns: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});

const catalogueFunction = z.strictObject({
  schema: name.default('public'),
  name,
  volatility: z.enum(['immutable', 'stable', 'volatile']).default('volatile'),
  language: z.string().default('sql'),
  kind: z.enum(['function', 'procedure', 'aggregate', 'window']).default('function'),
  arguments: z.strictObject({ least: z.number().int(), most: z.number().int().nullable() }).optional(),
  definition: z.string().optional(),
  native: z.strictObject({ extension: name, library: name, symbol: name }).optional(),
  calls: z.array(z.strictObject({ schema: name, name })).optional(),
});

const file = z.strictObject({
  searchPath: z.array(name).default(['public']),
  relations: z.array(relation).default([]),
  functions: z.array(catalogueFunction).default([]),
  user: name.optional(),
  operators: z.array(name).optional(),
  ...behaviourFields,
});

/** The document is no catalogue. The message names the key: `relations[3].columns: …`. */
export class CatalogueFileError extends Error {}

export interface CatalogueFile extends Catalogue {
  /** Who a new session is: setting that role changes nothing. */
  readonly user?: string;
}

export function parseCatalogue(json: unknown): CatalogueFile {
  const parsed = file.safeParse(json ?? {});
  if (!parsed.success) throw new CatalogueFileError(messageOf(parsed.error));
  const { searchPath, relations, functions, behaviours, casts, domains, compared, ...others } = parsed.data;
  const read = relations.map(({ columns, definition, inherits, foreign, ...rest }) => ({
    ...rest,
    columns: columns.map(toColumn),
    ...(definition === undefined ? {} : { definition }),
    ...(inherits === undefined ? {} : { inherits }),
    ...(foreign === undefined ? {} : { foreign: defined(foreign) }),
  }));
  const seen = new Set<string>();
  for (const { schema, name: relname } of read) {
    const key = `${schema}.${relname}`;
    if (seen.has(key)) throw new CatalogueFileError(`relations: \`${key}\` is listed twice`);
    seen.add(key);
  }
  return {
    searchPath,
    relations: read,
    functions: functions.map(defined),
    ...(behaviours === undefined ? {} : { behaviours: behaviours.map(defined) }),
    ...(casts === undefined ? {} : { casts: casts.map(defined) }),
    ...(domains === undefined ? {} : { domains: domains.map(defined) }),
    ...(compared === undefined ? {} : { compared: compared.map(defined) }),
    ...defined(others),
  };
}

/** Without the members that the file leaves out. */
function defined<T extends object>(written: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(written).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function toColumn(
  written: z.infer<typeof column>,
  index: number,
): Catalogue['relations'][number]['columns'][number] {
  if (typeof written === 'string') return { name: written, number: index + 1, type: 'text' };
  const { name: called, number, type, generated } = written;
  return {
    name: called,
    number: number ?? index + 1,
    type: type ?? 'text',
    ...(generated === undefined ? {} : { generated }),
  };
}

function messageOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).reduce<string>(
    (at, key) =>
      typeof key === 'number' ? `${at}[${key}]` : at === '' ? String(key) : `${at}.${String(key)}`,
    '',
  );
  return `${path === '' ? 'the catalogue' : path}: ${(issue?.message ?? 'does not fit').toLowerCase()}`;
}
