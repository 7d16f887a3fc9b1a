/** What `policy` exits with, and the one error that a command throws on purpose. */

/** Yes, everything is as it should be. */
export const YES = 0;
/** A finding: a failed test, a broken chain, a decision that opens. */
export const FINDING = 1;
/** Wrong usage, or input that cannot be read. */
export const UNUSABLE = 2;

export type ExitCode = typeof YES | typeof FINDING | typeof UNUSABLE;

/** The command line or the input is at fault: one sentence, lower case, and what to do about it if that is known. */
export class UsageError extends Error {
  readonly help: string | null;

  constructor(message: string, help: string | null = null) {
    super(message);
    this.name = 'UsageError';
    this.help = help;
  }
}
