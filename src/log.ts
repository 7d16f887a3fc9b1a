/** What the gateway says to its operators: JSON lines, each with a code that stays the same when the words do not. */

/** From the most said to nothing. */
export const LOG_LEVELS = ['info', 'warn', 'error', 'off'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Every line has one of these; docs/troubleshooting.md says what each means and what to do. */
export const LOG_CODES = [
  'listening',
  'stopping',
  'stopped',
  'config-reloaded',
  'config-rejected',
  'config-needs-restart',
  'config-problem',
  'session-opened',
  'session-closed',
  'session-failed',
  'session-interrupted',
  'command-denied',
  'login-refused',
  'login-locked-out',
  'connection-failed',
  'disk-reserve',
  'rules-in-force',
  'rules-rejected',
  'rules-good-again',
  'bundle-not-kept',
  'catalogue-unreadable',
  'keys-unavailable',
  'credential-renewed',
  'certificate-renewed',
  'certificate-rejected',
  'worker-ended',
  'worker-failed',
] as const;

export interface LogFields {
  readonly code: (typeof LOG_CODES)[number];
  readonly [field: string]: unknown;
}

/** The part of a logger that the gateway uses; pino's shape. Tokens and credentials are never handed to it. */
export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Says nothing if the level is `off`. */
export function logAt(log: Log, level: LogLevel, fields: LogFields, message: string): void {
  if (level !== 'off') log[level](fields, message);
}
