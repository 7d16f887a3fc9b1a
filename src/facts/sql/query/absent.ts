/**
 * Relations that a statement needs and that do not exist. The server looks them up before it runs any part of the statement, and
 * reports 42P01 (undefined_table) if one is missing: tools ask in this way whether a table of theirs exists.
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
/** These report another error for a schema that does not exist. */
const OPENED: ReadonlySet<string> = new Set(['copy', 'truncate', 'lock']);

/** The contents of the server's own schemas differ from version to version, and some of them are not read. */
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
  // For another database the server reports another error.
  if (absent === null || uncertain === true || ofDatabase === true) return;
  if (isChanged(derivation, name, 'name')) return;
  // A relation inside a nested part may be looked up later, or never.
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
