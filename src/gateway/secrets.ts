/** Secrets by reference: read where they are needed, again when they change, and never part of an error. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { GatewayError } from '../errors.js';

export type SecretReference =
  { readonly env: string } | { readonly file: string } | { readonly exec: readonly string[] };

const EXEC_TIMEOUT_MS = 10_000;
const EXEC_CACHE_MS = 60_000;
const SECRET_BYTES_MAX = 64 * 1024;

/** A function that gives the secret as it is now. Throws GatewayError `secret-unreadable`, which names only the place. */
export function secretReader(reference: SecretReference, clock: () => Date): () => string {
  if ('env' in reference) return () => fromEnvironment(reference.env);
  if ('file' in reference) return fileReader(reference.file);
  return execReader(reference.exec, clock);
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw unreadable(`the environment variable \`${name}\` is not set`);
  return value;
}

function fileReader(path: string): () => string {
  let known: { readonly value: string; readonly mtime: number; readonly size: number } | null = null;
  return () => {
    try {
      const { mtimeMs: mtime, size } = statSync(path);
      if (size > SECRET_BYTES_MAX) throw new Error('too large');
      if (known?.mtime !== mtime || known.size !== size)
        known = { value: trimEnd(readFileSync(path, 'utf8')), mtime, size };
      return known.value;
    } catch {
      throw unreadable(`the secret file \`${path}\` cannot be read`);
    }
  };
}

function execReader(command: readonly string[], clock: () => Date): () => string {
  let known: { readonly value: string; readonly at: number } | null = null;
  return () => {
    const now = clock().getTime();
    if (known !== null && now - known.at < EXEC_CACHE_MS) return known.value;
    const [program, ...args] = command;
    try {
      const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
      const output = execFileSync(program!, args, {
        encoding: 'utf8',
        timeout: EXEC_TIMEOUT_MS,
        maxBuffer: SECRET_BYTES_MAX,
        stdio,
      });
      known = { value: trimEnd(output), at: now };
      return known.value;
    } catch {
      throw unreadable(`the secret command \`${program}\` failed`);
    }
  };
}

function trimEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function unreadable(message: string): GatewayError {
  return new GatewayError('secret-unreadable', message);
}
