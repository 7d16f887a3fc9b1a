/**
 * Facts as one text and its digest: JSON with sorted keys and no white space, so that equal facts have equal digests.
 *
 * A digest covers who, where and what the SQL means. Texts and the time are left out: the record holds them beside it.
 */
import { hash } from 'node:crypto';
import {
  compare,
  isArray,
  isObject,
  objectOf,
  property,
  toJson,
  ValueSet,
  type Maybe,
  type Value,
  type ValueObject,
} from '../values/value.js';
import type { SessionFacts } from '../facts/command.js';
import type { SqlAnalysis } from '../facts/sql/scope/analysis.js';

/** Of facts that stay the same from command to command, by the object that holds them. */
const sessions = new WeakMap<SessionFacts, string>();
/** By the statements of an analysis, which texts with the same meaning share. */
const meanings = new WeakMap<SqlAnalysis['statements'], string>();
/** Of commands without bound values, by both. */
const valueless = new WeakMap<SessionFacts, WeakMap<SqlAnalysis['statements'], string>>();

/**
 * Hex SHA-256 of the digests of the session's facts and of the SQL's, and of the bound values, a line each. Who knows the
 * values passes them: the facts themselves need not be made for a meaning that was seen before.
 */
export function digestOf(
  session: SessionFacts,
  analysis: SqlAnalysis,
  values: Maybe = property(analysis.sql, 'parameters'),
): string {
  if (!isArray(values) || values.length > 0) return digestWith(session, analysis, values);
  let known = valueless.get(session);
  if (known === undefined) valueless.set(session, (known = new WeakMap()));
  let digest = known.get(analysis.statements);
  if (digest === undefined) known.set(analysis.statements, (digest = digestWith(session, analysis, values)));
  return digest;
}

function digestWith(session: SessionFacts, analysis: SqlAnalysis, values: Maybe): string {
  const who = remembered(sessions, session, () => canonical({ ...session }));
  const what = remembered(meanings, analysis.statements, () => canonical(meaningOf(analysis.sql)));
  return sha256(`${who}\n${what}\n${values === undefined ? '' : canonical(values)}`);
}

function remembered<K extends object>(known: WeakMap<K, string>, key: K, textOf: () => string): string {
  let digest = known.get(key);
  if (digest === undefined) known.set(key, (digest = sha256(textOf())));
  return digest;
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Without what differs between texts that mean the same. */
function meaningOf(sql: ValueObject): ValueObject {
  const rest = without(sql, 'parameters');
  const { statements } = rest;
  if (!isArray(statements)) return rest;
  return { ...rest, statements: statements.map((one) => (isObject(one) ? without(one, 'text') : one)) };
}

function without(object: ValueObject, key: string): ValueObject {
  return objectOf(Object.entries(object).filter(([name]) => name !== key));
}

export function canonical(value: Value): string {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof ValueSet) return `[${value.items.map(canonical).join(',')}]`;
  return isObject(value) ? objectText(value) : JSON.stringify(toJson(value));
}

function objectText(value: ValueObject): string {
  const keys = Object.keys(value).sort(compare);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join(',')}}`;
}
