/** Capabilities and security options in the one form in which rules compare them. */
import { Unknown, isArray, type Maybe, type Value } from '../../values/value.js';
import { factOf } from './detail.js';
import { membersOf } from './struct.js';

/** The engine takes them in any case, with or without `CAP_`. */
export function capabilityFacts(value: Maybe, field: string): Value[] {
  return membersOf(value, factOf(field)).map((one) =>
    typeof one === 'string' ? one.toUpperCase().replace(/^CAP_/, '') : unknownMember(one, field),
  );
}

function unknownMember(value: Value, field: string): Unknown {
  return new Unknown(value instanceof Unknown ? value.reason : 'a member is no text', factOf(field));
}

export function textMembers(value: Maybe, field: string): Value[] {
  return membersOf(value, factOf(field)).map((one) =>
    typeof one === 'string' ? one : unknownMember(one, field),
  );
}

const field = 'security_options';

export function securityOptions(value: Maybe, maskedPaths: Maybe, readOnlyPaths: Maybe): Value[] {
  const options = membersOf(value, factOf(field)).map((one) =>
    typeof one === 'string' ? normalizeOption(one) : unknownMember(one, field),
  );
  return [...options, ...systemPaths(maskedPaths), ...systemPaths(readOnlyPaths)];
}

/** `key:value` is an older form of `key=value`; `disable` alone is about labels. */
function normalizeOption(option: string): string {
  if (option === 'disable') return 'label=disable';
  const separator = option.includes('=') ? '=' : ':';
  const at = option.indexOf(separator);
  const key = at === -1 ? option : option.slice(0, at);
  const value = at === -1 ? '' : option.slice(at + 1);
  if (key === 'no-new-privileges' && /^(|1|t|true)$/i.test(value)) return key;
  if (key === 'seccomp' && value !== 'unconfined' && value !== 'builtin') return 'seccomp=profile';
  return at === -1 ? option : `${key}=${value}`;
}

/** `--security-opt systempaths=unconfined` is said so to the engine: nothing of /proc and /sys is hidden or read-only. */
function systemPaths(paths: Maybe): Value[] {
  if (paths === undefined || paths === null) return [];
  if (isArray(paths) && paths.length === 0) return ['systempaths=unconfined'];
  return [new Unknown('the paths that are hidden are not those of the engine', factOf(field))];
}
