/** Headers of requests that change whose they are or how they are read. */
import { objectOf, Unknown, ValueSet, type Maybe, type Value } from '../../values/value.js';
import type { HttpHeader } from '../http/request.js';

export function headerValues(headers: readonly HttpHeader[], name: string): readonly string[] {
  return headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value.trim());
}

/** The one value, '' where there is none, null where two contradict each other. */
export function headerValue(headers: readonly HttpHeader[], name: string): string | null {
  const values = headerValues(headers, name);
  return values.length > 1 ? null : (values[0] ?? '');
}

/** Absent where the request speaks for itself. Groups, uid and extra need a user: without one the server refuses. */
export function impersonationFacts(headers: readonly HttpHeader[]): Maybe {
  const relevant = headers.filter(([name]) => name.toLowerCase().startsWith('impersonate-'));
  if (relevant.length === 0) return undefined;
  const user = headerValue(headers, 'impersonate-user');
  const uid = headerValue(headers, 'impersonate-uid');
  const extra = relevant
    .map(([name]) => name.toLowerCase())
    .filter((name) => name.startsWith('impersonate-extra-'));
  const one = (value: string | null): Value => value ?? new Unknown('the header stands twice');
  return objectOf([
    ['user', one(user)],
    ['groups', ValueSet.of(headerValues(headers, 'impersonate-group'))],
    ...(uid === '' ? [] : [['uid', one(uid)] as const]),
    ['extra', ValueSet.of(extra.map((name) => name.slice('impersonate-extra-'.length)))],
  ]);
}
