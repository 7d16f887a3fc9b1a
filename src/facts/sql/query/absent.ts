/**
 * Relations that a statement cannot do without and that are not there. The server looks them up before it runs anything of the
 * statement, and says 42P01 (undefined_table) where one is missing: tools ask so whether a table of theirs exists.
 */
import type { SqlContext } from '../scope/analysis.js';
import type { QualifiedName } from '../catalogue/catalogue.js';
import type { Entry } from '../scope/entry.js';
import { isChanged } from '../scope/scope.js';
import type { Derivation } from '../scope/scope.js';

/** Parse analysis looks up what these name, and has the same words for a schema that is not there. */
const ANALYSED: ReadonlySet<string> = new Set([
  'select',
  'insert',
  'update',
  'delete',
  'merge',
  'explain',
  'declare',
]);
/** Of a schema that is not there these say something else. */
const OPENED: ReadonlySet<string> = new Set(['copy', 'truncate', 'lock']);

/** What is in the server's own schemas differs from version to version, and of some nothing is read. */
const UNREAD_SCHEMA = /^(pg_|information_schema$)/;

interface Sought extends QualifiedName {
  readonly qualified?: boolean;
  readonly ofDatabase?: boolean;
  readonly uncertain?: boolean;
}

export function noteAbsent(
  derivation: Derivation,
  entry: Entry,
  { schema, name, qualified, ofDatabase, uncertain }: Sought,
): void {
  const { absent, calling, views, settingOff, following } = derivation;
  // Of another database the server says something else.
  if (absent === null || uncertain === true || ofDatabase === true) return;
  if (isChanged(derivation, name, 'name')) return;
  // What is looked for inside of something else may be looked for later, or never.
  if (calling.length + views.length + settingOff.length + following.length > 0) return;
  if (UNREAD_SCHEMA.test(qualified === true ? schema : name)) return;
  const { verb } = outermost(entry);
  if (!ANALYSED.has(verb) && (qualified === true || !OPENED.has(verb))) return;
  if (absent.some((one) => one.schema === schema && one.name === name)) return;
  absent.push({ schema, name, written: qualified === true ? `${schema}.${name}` : name });
}

function outermost(entry: Entry): Entry {
  let at = entry;
  while (at.parent !== null) at = at.parent;
  return at;
}

export function isAssumed({ assumed }: SqlContext, { schema, name }: QualifiedName): boolean {
  return assumed?.some((one) => one.schema === schema && one.name === name) === true;
}
