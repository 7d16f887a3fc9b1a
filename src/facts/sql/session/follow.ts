/** Applies the changes of each statement of a text for the statements after it. */
import type { OwnRelation, SessionChange, SessionUser, SqlContext } from '../scope/analysis.js';
import type { CatalogueFunction } from '../catalogue/catalogue.js';
import type { Entry } from '../scope/entry.js';
import { withCreated } from './own-relations.js';
import { anyChange, mayBeOther, mayDiffer, mergeChanges, noChange } from '../catalogue/schema-change.js';
import type { SchemaChange } from '../catalogue/schema-change.js';
import { parseSearchPath } from './changes.js';

/** Who the session is. */
const BECOMES: ReadonlySet<string> = new Set(['role', 'session_authorization', '*']);

/** As many names as a change of the schema keeps apart: beyond them it may have changed everything. */
const OWN_MOST = 1000;

/** With maps of names that `followChanges` may change. */
export function ownNames(context: SqlContext): SqlContext {
  const { prepared, cursors } = context;
  return {
    ...context,
    prepared: new Map(prepared),
    ...(cursors === undefined ? {} : { cursors: new Map(cursors) }),
  };
}

/**
 * `initial` is the search path before the first statement of the text. The maps of `context` (of `ownNames`) are changed in place: a copy for
 * each of many statements would be quadratic. `spend` is told what has to be copied all the same.
 */
export function followChanges(
  context: SqlContext,
  entry: Entry,
  initial: readonly string[] | null,
  spend: (steps: number) => void = () => undefined,
): SqlContext {
  const prepared = context.prepared as Map<string, string>;
  const cursors = context.cursors as Map<string, string> | undefined;
  let { searchPath } = context;
  let changed = context.changed ?? noChange;
  let { own, user, functions = [], shapes = [] } = context;
  for (const change of entry.flow.session) {
    switch (change.kind) {
      case 'set':
        if (change.unchanged !== true) searchPath = pathAfter(searchPath, change.name, change.value, user);
        if (change.unchanged !== true && BECOMES.has(change.name)) user = undefined;
        // `set_config` may stand in a branch that is not taken, or in one of several orders.
        if (entry.verb !== 'set' && change.name === 'search_path') searchPath = null;
        break;
      case 'prepare':
      case 'declare-cursor':
        (change.kind === 'prepare' ? prepared : cursors)?.set(change.name, change.text);
        break;
      case 'deallocate':
      case 'close-cursor':
        forget(change.kind === 'deallocate' ? prepared : cursors, change.name);
        break;
      case 'ddl':
        spend((sizeOf(changed) + (own?.length ?? 0) + shapes.length + functions.length) / 16);
        changed = mergeChanges(changed, change.changes);
        // A schema may have come or gone.
        if (change.path === true) [searchPath, user] = [null, undefined];
        own = withCreated(own ?? [], change.creates).slice(-OWN_MOST);
        shapes = shapesAfter(shapes, change);
        // What a cursor reads through a function was fixed when it was declared, and may differ from what the function reads now.
        if (change.functions !== undefined) cursors?.clear();
        functions = functionsAfter(functions, change);
        break;
      case 'transaction': {
        if (!mayRestore(change.verb)) break;
        const open = context.transaction !== 'idle';
        if (open || searchPath !== initial) searchPath = null;
        if (open) user = undefined;
        functions = shapes = [];
        break;
      }
    }
  }
  if (runsUnknownCode(entry)) {
    searchPath = null;
    changed = anyChange;
    user = undefined;
    functions = shapes = [];
  }
  // A cursor keeps what its names meant when it was declared: under another path its text reads otherwise.
  if (searchPath !== context.searchPath) cursors?.clear();
  return {
    ...context,
    user,
    functions,
    shapes,
    searchPath,
    ...(changed === noChange ? {} : { changed }),
    prepared,
    ...(own === undefined ? {} : { own }),
    ...(cursors === undefined ? {} : { cursors }),
  };
}

const sizeOf = ({ renamed, altered }: SchemaChange): number => renamed.size + altered.size;

function shapesAfter(before: readonly OwnRelation[], { changes, shapes }: Ddl): readonly OwnRelation[] {
  const left = before.filter(({ name }) => !mayDiffer(changes, name));
  return withCreated(left, shapes).slice(-OWN_MOST);
}

/** Null: all of them. */
function forget(texts: Map<string, string> | undefined, name: string | null): void {
  if (name === null) texts?.clear();
  else texts?.delete(name);
}

/** Code that only the server knows can change settings and the schema. */
const runsUnknownCode = ({ effects, opaque }: Entry): boolean => effects.has('code') || opaque !== null;

type Ddl = SessionChange & { readonly kind: 'ddl' };

function functionsAfter(
  before: readonly CatalogueFunction[],
  { changes, functions = [] }: Ddl,
): readonly CatalogueFunction[] {
  return [...before.filter(({ name }) => !mayBeOther(changes, name)), ...functions];
}

/** The end of a transaction, or of a part of it, can take back a SET that was made in it. */
const mayRestore = (verb: string): boolean => verb !== 'begin' && verb !== 'savepoint' && verb !== 'release';

/** Other changes on which the path depends: another role, for `$user` and privileges; every setting at once. */
const pathSettings: ReadonlySet<string> = new Set(['*', 'role', 'session_authorization']);

/** A role may have a search path of its own, and every setting at once includes the path. */
export function pathAfter(
  path: readonly string[] | null,
  name: string,
  value: string | null,
  user: SessionUser | undefined,
): readonly string[] | null {
  if (name !== 'search_path') return pathSettings.has(name) ? null : path;
  const schemas = value === null ? null : parseSearchPath(value);
  if (schemas?.includes('$user') !== true) return schemas;
  // The text does not tell what `$user` stands for. The server omits schemas that do not exist, and duplicates.
  if (user === undefined) return null;
  const own = user.schema ? [user.current] : [];
  return [...new Set(schemas.flatMap((schema) => (schema === '$user' ? own : [schema])))];
}
