/**
 * Converts parts of `sallyport.yaml` to the gateway's settings. `at` makes a path absolute: in the file they are
 * relative to it.
 */
import type { z } from 'zod';
import type { SessionRules } from './lifetime.js';
import type { sessions } from './pieces.js';
import type { SecretReference } from './secrets.js';

type SessionsData = z.infer<typeof sessions>;

export function toSessions(data: SessionsData): SessionRules {
  const { expiry, max_seconds, grace_seconds, notice_seconds } = data;
  return {
    expiry,
    maxSeconds: max_seconds,
    graceSeconds: grace_seconds,
    noticeSeconds: notice_seconds,
  };
}

export function toPem(
  value: string | SecretReference | undefined,
  at: (path: string) => string,
): SecretReference | null {
  return toSecret(typeof value === 'string' ? { file: value } : value, at);
}

export function toSecret(
  reference: SecretReference | undefined,
  at: (path: string) => string,
): SecretReference | null {
  if (reference === undefined) return null;
  if ('file' in reference) return { file: at(reference.file) };
  if (!('exec' in reference)) return reference;
  const [program = '', ...args] = reference.exec;
  // A bare name is looked up in PATH.
  return { exec: [program.includes('/') ? at(program) : program, ...args] };
}
