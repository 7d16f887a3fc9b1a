/**
 * What calling a function of an extension that ships with PostgreSQL does. A function counts as known if it is that function: a
 * member of the extension, in C, from the extension's library (or the server's own code) under the name that it has there.
 */
import type { CatalogueFunction } from '../catalogue/catalogue.js';
import { extensionFunctions } from '../generated/extension-functions.js';
import type { SpecialFunction } from './special-functions.js';

/** `keeps`: its arguments leave the query. */
export type KnownFunction = SpecialFunction & { readonly keeps: boolean };

const classOf = (effects: readonly string[], more: Partial<KnownFunction> = {}): KnownFunction => ({
  builtin: false,
  keeps: false,
  effects,
  ...more,
});

const hidden = { opaque: true, code: true, keeps: true } as const;

export const extensionClasses: Readonly<Record<string, KnownFunction>> = {
  /** Computes from its arguments, or makes something up; a trigger that sets a column of the row to neither. */
  pure: classOf(['read']),
  /** Tells numbers about the server, a relation or the session, and no value of a row. */
  counts: classOf(['read']),
  /** Shows values of rows, or texts of statements, that it is not given. */
  shows: classOf(['read'], { opaque: true }),
  /** Shows raw pages or log records: of any table, and past every mask. */
  pages: classOf(['admin', 'read'], hidden),
  /** Changes how the session compares or reads values. */
  session: classOf(['session'], { keeps: true }),
  /** Checks, warms or rebuilds what belongs to a relation. */
  maintains: classOf(['maintenance']),
  /** The server's operation. */
  administers: classOf(['admin'], { keeps: true }),
  /** Draws from a sequence, changes large objects. */
  draws: classOf(['write']),
  unlinks: classOf(['large_object', 'write']),
  /** Notifies all listeners of which rows were changed. */
  notifies: classOf(['notify'], { keeps: true }),
  /** Runs the query that is its first argument. */
  runs: classOf([], { ...hidden, text: { argument: 0, is: 'query' }, stable: true }),
  /** Runs what is put together from its arguments. */
  code: classOf([], { ...hidden, stable: true }),
  /** Changes rows of any table past every rule of the server. */
  surgery: classOf(['admin', 'write'], { ...hidden, stable: true }),
  file: classOf(['file'], hidden),
  network: classOf(['network'], hidden),
};

const known = new Map<string, KnownFunction | null>(
  extensionFunctions
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [place = '', symbols = ''] = line.split(': ');
      const [extension = '', library = '', name = ''] = place.split(' ');
      return symbols
        .split(' ')
        .map((symbol) => [keyOf(extension, library, symbol), extensionClasses[name] ?? null] as const);
    }),
);

function keyOf(extension: string, library: string, symbol: string): string {
  return `${extension} ${library} ${symbol}`;
}

const names = new Set([...known.keys()].map((key) => key.slice(0, key.indexOf(' '))));

/** Whether PostgreSQL itself brings an extension of that name along. */
export function isOwnExtension(name: string): boolean {
  return names.has(name);
}

/** Null for an extension that has not been reviewed. */
export function extensionFunction({ native }: CatalogueFunction): KnownFunction | null {
  if (native === undefined) return null;
  const library = native.library.replace(/^\$libdir\//, '');
  return known.get(keyOf(native.extension, library, native.symbol)) ?? null;
}
