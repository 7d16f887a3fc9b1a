/**
 * Facts that tell whether anything was read that differs between commands with the same meaning: the texts, the bound
 * values, the time. A decision that read none of it holds for all of them.
 */
import { isArray, isObject, property, withMember, type Value, type ValueObject } from '../values/value.js';

export interface Watched {
  readonly facts: ValueObject;
  /** Whether one of the members that vary was read since. */
  readonly read: () => boolean;
}

/** `facts` as `commandFacts` gives them. */
export function watch(facts: ValueObject): Watched {
  let read = false;
  const guarded = (object: ValueObject, varying: readonly string[]): ValueObject =>
    copyOf(object, varying, () => (read = true));
  const sql = property(facts, 'sql') as ValueObject;
  const command = property(facts, 'command') as ValueObject;
  const parts = {
    sql: guarded(withMember(sql, 'statements', statementsOf(sql, guarded)), ['parameters']),
    command: guarded(command, ['text']),
  };
  return { facts: guarded({ ...facts, ...parts }, ['now']), read: () => read };
}

function statementsOf(
  sql: ValueObject,
  guarded: (one: ValueObject, varying: string[]) => ValueObject,
): Value {
  const statements = property(sql, 'statements')!;
  return isArray(statements)
    ? statements.map((one) => (isObject(one) ? guarded(one, ['text']) : one))
    : statements;
}

function copyOf(object: ValueObject, varying: readonly string[], told: () => void): ValueObject {
  const copy = Object.assign(Object.create(null) as Record<string, Value>, object);
  for (const key of varying) {
    const value = property(object, key);
    if (value === undefined) continue;
    const get = (): Value => {
      told();
      return value;
    };
    Object.defineProperty(copy, key, { enumerable: true, get });
  }
  return copy;
}
