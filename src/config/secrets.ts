/** Secrets by reference: read where they are needed, again when they change, and never part of an error. */
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { causeOf, GatewayError } from '../errors.js';

export type SecretReference =
  { readonly env: string } | { readonly file: string } | { readonly exec: readonly string[] };

/** Returns the current secret. Throws GatewayError `secret-unreadable`, which names the place but nothing of the secret. */
export interface SecretReader {
  (): Promise<string>;
  /** Reads the secret again, however new it is, because the last one no longer works. Omitted if every read is fresh. */
  readonly renew?: () => Promise<string>;
}

const EXEC_TIMEOUT_MS = 10_000;
/** How long a command's output is cached; a change cannot be detected. */
const EXEC_AGE_MAX_MS = 60_000;
/** The pause between two runs after failed logins: logins may fail for other reasons, and in large numbers. */
const EXEC_PAUSE_MS = 1000;
const SECRET_BYTES_MAX = 64 * 1024;

const execute = promisify(execFile);

export function secretReader(reference: SecretReference, clock: () => Date): SecretReader {
  if ('env' in reference) return environmentReader(reference.env);
  if ('file' in reference) return fileReader(reference.file);
  return execReader(reference.exec, clock);
}

function environmentReader(name: string): SecretReader {
  return () => {
    const value = process.env[name];
    return value === undefined
      ? Promise.reject(unreadable(`the environment variable \`${name}\` is not set`))
      : Promise.resolve(value);
  };
}

/** Read again when the file was written or replaced. The last line break is removed. */
export function fileReader(path: string): SecretReader {
  let known: { readonly value: string; readonly version: string } | null = null;
  return async () => {
    try {
      const { ino, ctimeMs, mtimeMs, size } = await stat(path);
      const version = `${ino} ${ctimeMs} ${mtimeMs} ${size}`;
      if (size > SECRET_BYTES_MAX) throw new RangeError(`it is larger than ${SECRET_BYTES_MAX} bytes`);
      if (known?.version !== version)
        known = { value: withoutLineBreak(await readFile(path, 'utf8')), version };
      return known.value;
    } catch (error) {
      throw unreadable(`the file \`${path}\` cannot be read: ${systemReason(error)}`, error);
    }
  };
}

/** One run at a time, shared by all callers. The command's output is never put into errors: it may quote the secret. */
function execReader(command: readonly string[], clock: () => Date): SecretReader {
  let known: { readonly value: string; readonly at: number } | null = null;
  let running: Promise<string> | null = null;
  const run = async (): Promise<string> => {
    const [program, ...args] = command;
    try {
      const options = { encoding: 'utf8', timeout: EXEC_TIMEOUT_MS, maxBuffer: SECRET_BYTES_MAX } as const;
      const { stdout } = await execute(program!, args, options);
      known = { value: withoutLineBreak(stdout), at: clock().getTime() };
      return known.value;
    } catch (error) {
      throw unreadable(`the command \`${program}\` did not return a secret: ${endOf(error)}`);
    } finally {
      running = null;
    }
  };
  let renewedAt = -Infinity;
  const read = (): Promise<string> => {
    const fresh = known !== null && clock().getTime() - known.at < EXEC_AGE_MAX_MS;
    return fresh ? Promise.resolve(known!.value) : (running ??= run());
  };
  const renew = (): Promise<string> => {
    const now = clock().getTime();
    if (now - renewedAt < EXEC_PAUSE_MS) return read();
    renewedAt = now;
    return (running ??= run());
  };
  return Object.assign(read, { renew });
}

/** How a command ended, without the error's message, which contains the whole command line. */
function endOf(error: unknown): string {
  const { code, signal, killed } = error as {
    readonly code?: string | number | null;
    readonly signal?: string | null;
    readonly killed?: boolean;
  };
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `it printed more than ${SECRET_BYTES_MAX} bytes`;
  if (killed === true) return `it was stopped after ${EXEC_TIMEOUT_MS / 1000} seconds`;
  if (typeof code === 'number') return `it exited with code ${code}`;
  return typeof code === 'string' ? `it cannot be run: ${code}` : `it was killed by ${signal ?? 'a signal'}`;
}

/** `ENOENT: no such file or directory`, without the call and the path. */
function systemReason(error: unknown): string {
  return causeOf(error).replace(/, \w+(?: '.*')?$/s, '');
}

function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function unreadable(message: string, cause?: unknown): GatewayError {
  return new GatewayError('secret-unreadable', message, cause === undefined ? {} : { cause });
}
