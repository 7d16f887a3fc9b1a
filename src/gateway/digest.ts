/**
 * Facts as one text and its digest: JSON with sorted keys and no white space, so that equal facts have equal digests.
 *
 * A digest covers who, where and the meaning of the command. Texts and the time are left out: the record holds them
 * separately.
 */
import { hash } from 'node:crypto';
import {
  compare,
  isArray,
  isObject,
  toJson,
  ValueSet,
  type Value,
  type ValueObject,
} from '../values/value.js';
import type { SessionFacts } from '../facts/command.js';
import type { Meaning } from '../protocols/meaning.js';
import { withoutVarying } from '../values/varying.js';

type Digested = Pick<Meaning, 'key' | 'roots' | 'varying' | 'values'>;

/** Digests of session facts, by the object that holds them. */
const sessions = new WeakMap<SessionFacts, string>();
/** Digests of meanings, by their key. */
const meanings = new WeakMap<object, string>();
/** Digests of commands without bound values, by session facts and meaning. */
const valueless = new WeakMap<SessionFacts, WeakMap<object, string>>();

/** Hex SHA-256 of the digests of the session's facts and of the command's, and of the bound values, a line each. */
export function digestOf(session: SessionFacts, meaning: Digested): string {
  const { values } = meaning;
  if (values !== undefined && (!isArray(values) || values.length > 0)) return digestWith(session, meaning);
  let known = valueless.get(session);
  if (known === undefined) valueless.set(session, (known = new WeakMap()));
  let digest = known.get(meaning.key);
  if (digest === undefined) known.set(meaning.key, (digest = digestWith(session, meaning)));
  return digest;
}

function digestWith(session: SessionFacts, meaning: Digested): string {
  const { key, varying, values } = meaning;
  const who = remembered(sessions, session, () => canonical({ ...session }));
  const what = remembered(meanings, key, () => canonical(withoutVarying(meaning.roots, varying)));
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

export function canonical(value: Value): string {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof ValueSet) return `[${value.items.map(canonical).join(',')}]`;
  return isObject(value) ? objectText(value) : JSON.stringify(toJson(value));
}

function objectText(value: ValueObject): string {
  const keys = Object.keys(value).sort(compare);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key]!)}`).join(',')}}`;
}
