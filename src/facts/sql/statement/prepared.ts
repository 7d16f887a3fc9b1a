/** EXECUTE and FETCH name a text given earlier: it is followed if it is known. */
import { addCode } from '../scope/entry.js';
import type { Lineage } from '../scope/lineage.js';
import type { How } from './nested.js';
import { parseSql } from '../parse/parser.js';
import type { QueryResult, Scope } from '../scope/scope.js';
import { spend } from '../scope/scope.js';
import type { Node } from '../parse/tree.js';
import { as } from '../parse/tree.js';

type Run = (scope: Scope, node: Node, how?: How) => QueryResult;
const followMax = 8;

/** `given` is the lineage of its arguments. */
export function followExecute(scope: Scope, name: string, given: readonly Lineage[], run: Run): QueryResult {
  const text = scope.derivation.context.prepared.get(name);
  const inside = { ...scope, derivation: { ...scope.derivation, given } };
  const { stored } = scope.entry.flow;
  // A statement that is not followed may store them.
  const followed = scope.entry.opaque === null;
  const result =
    text === undefined
      ? notFollowed(scope, `the prepared statement \`${name}\` is not known`)
      : follow(inside, `statement ${name}`, text, run);
  if (followed && scope.entry.opaque !== null)
    stored.push(...given.map(({ literals }) => literals).filter((one) => one !== null));
  return result;
}

export function followFetch(scope: Scope, name: string, run: Run): QueryResult {
  const text = scope.derivation.context.cursors?.get(name);
  // What a cursor reads was decided when it was declared: fetching does no more than that.
  if (text === undefined && isInside(scope))
    return notFollowed(scope, `the cursor \`${name}\` is not followed`);
  if (text === undefined) return { columns: null, reason: `the cursor \`${name}\` is not followed` };
  return follow(scope, `cursor ${name}`, text, run);
}

function follow(scope: Scope, key: string, text: string, run: Run): QueryResult {
  const { derivation } = scope;
  if (derivation.following.includes(key) || derivation.following.length >= followMax) {
    return notFollowed(scope, `the ${key} goes round in circles`);
  }
  spend(derivation, text.length / 4);
  const parsed = parseSql(text);
  const statement = parsed.kind === 'parsed' && parsed.tree.stmts?.length === 1 ? parsed.tree.stmts[0]?.stmt : undefined; // prettier-ignore
  if (statement === undefined) return notFollowed(scope, `the ${key} cannot be parsed`);
  const inner = as(statement, 'PrepareStmt')?.query ?? as(statement, 'DeclareCursorStmt')?.query ?? statement;
  const following = [...derivation.following, key];
  const inside = { ...scope, derivation: { ...derivation, following } };
  const result = run(inside, inner);
  derivation.parts.typesSetOff(inside, inner);
  return result;
}

/** In the body of a function or a block, which may keep what it fetches. */
function isInside({ entry, derivation }: Scope): boolean {
  if (derivation.calling.length > 0) return true;
  for (let at = entry.parent; at !== null; at = at.parent) if (at.verb === 'do') return true;
  return false;
}

function notFollowed(scope: Scope, reason: string): QueryResult {
  addCode(scope.entry, reason);
  return { columns: null, reason };
}
