/**
 * What CASCADE cannot reach: nothing depends on an object that does not exist, and nothing ever depends on some kinds of objects.
 */
import type { RangeVar } from 'libpg-query';
import { namedFunctions } from '../code/functions.js';
import { asRangeVar, nameParts, relationWords } from './object-names.js';
import { resolveRelation } from '../query/relations.js';
import { isChanged } from '../scope/scope.js';
import type { Derivation } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';

type Fields = Readonly<Record<string, unknown>>;

/** Nothing is built on one of these. */
const LEAVES: ReadonlySet<string> = new Set(['trigger', 'policy', 'rule']);
const FUNCTIONS: ReadonlySet<string> = new Set(['function', 'procedure', 'routine', 'aggregate']);

/** Whether all that a DROP, or an ALTER, names is known not to be there: it is then decided by its names alone. */
export function reachesNothing(derivation: Derivation, body: Fields, object: string): boolean {
  if (LEAVES.has(object)) return true;
  const { index, context } = derivation;
  if (index === null || context.searchPath === null) return false;
  const relation = body['relation'] as RangeVar | undefined;
  if (relation !== undefined) return isAbsent(derivation, relation);
  const named = ((body['objects'] ?? []) as readonly Node[]).map(nameParts);
  return named.length > 0 && named.every((parts) => isMissing(derivation, object, parts));
}

function isMissing(derivation: Derivation, object: string, parts: readonly string[]): boolean {
  if (relationWords.has(object)) return isAbsent(derivation, asRangeVar(parts));
  const [name = '', schema = null] = parts.toReversed();
  if (!FUNCTIONS.has(object) || isChanged(derivation, name, 'name')) return false;
  const known = namedFunctions(derivation, schema, name).length > 0;
  return noted(derivation, !known && schema?.startsWith('pg_temp') !== true);
}

function isAbsent(derivation: Derivation, written: RangeVar): boolean {
  const found = resolveRelation(derivation, written, 'name');
  if (isChanged(derivation, written.relname ?? '', 'name')) return false;
  const there = found.some(({ relation, own }) => relation !== null || own !== undefined);
  return noted(derivation, !there && written.schemaname?.startsWith('pg_temp') !== true);
}

/** An object that did not exist may have been created since the catalogue was read. */
function noted({ missing }: Derivation, absent: boolean): boolean {
  missing.found ||= absent;
  return absent;
}
