/** What the statements of one text change for those after them in the same text. */
import type { SessionUser, SqlContext } from './analysis.js';
import type { Entry } from './entry.js';
import { withCreated } from './own-relations.js';
import { anyChange, mayBeOther, mayDiffer, mergeChanges, noChange } from './schema-change.js';
import { parseSearchPath } from './session-changes.js';

/** Who the session is. */
const BECOMES: ReadonlySet<string> = new Set(['role', 'session_authorization', '*']);

/** `initial` is the search path before the first statement of the text. */
export function followChanges(
  context: SqlContext,
  entry: Entry,
  initial: readonly string[] | null,
): SqlContext {
  const prepared = new Map(context.prepared);
  const cursors = context.cursors === undefined ? undefined : new Map(context.cursors);
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
        prepared.set(change.name, change.text);
        break;
      case 'deallocate':
        if (change.name === null) prepared.clear();
        else prepared.delete(change.name);
        break;
      case 'declare-cursor':
        cursors?.set(change.name, change.text);
        break;
      case 'close-cursor':
        if (change.name === null) cursors?.clear();
        else cursors?.delete(change.name);
        break;
      case 'ddl':
        changed = mergeChanges(changed, change.changes);
        // A schema may have come or gone.
        if (change.path === true) [searchPath, user] = [null, undefined];
        own = withCreated(own ?? [], change.creates);
        shapes = withCreated(shapes.filter(({ name }) => !mayDiffer(change.changes, name)), change.shapes); // prettier-ignore
        functions = functions.filter(({ name }) => !mayBeOther(change.changes, name));
        functions = [...functions, ...(change.functions ?? [])];
        break;
      case 'transaction':
        if (!mayRestore(change.verb)) break;
        if (context.transaction !== 'idle' || searchPath !== initial) searchPath = null;
        if (context.transaction !== 'idle') user = undefined;
        functions = shapes = [];
        break;
    }
  }
  // Code that only the server knows can change settings and the schema.
  if (entry.effects.has('code') || entry.opaque !== null) {
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

/** The end of a transaction, or of a part of it, can take back a SET that was made in it. */
const mayRestore = (verb: string): boolean => verb !== 'begin' && verb !== 'savepoint' && verb !== 'release';

/** What else the path depends on: another role, for `$user` and what may be used; every setting at once. */
const pathSettings: ReadonlySet<string> = new Set(['*', 'role', 'session_authorization']);

/** A role may have a search path of its own, and every setting at once is the path too. */
function pathAfter(
  path: readonly string[] | null,
  name: string,
  value: string | null,
  user: SessionUser | undefined,
): readonly string[] | null {
  if (name !== 'search_path') return pathSettings.has(name) ? null : path;
  const schemas = value === null ? null : parseSearchPath(value);
  if (schemas?.includes('$user') !== true) return schemas;
  // What `$user` stands for the text does not tell. The server leaves out a schema that is not there, and what comes twice.
  if (user === undefined) return null;
  const own = user.schema ? [user.current] : [];
  return [...new Set(schemas.flatMap((schema) => (schema === '$user' ? own : [schema])))];
}
