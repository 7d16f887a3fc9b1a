/**
 * The gateway could not do its work: a file it cannot read, a target it cannot reach, a record it cannot write.
 * Never a refusal (that is a Decision) and never a wrong rule text (that is a Diagnostic).
 */
export class GatewayError extends Error {
  /** Stable, kebab-case: `record-failed`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'GatewayError';
    this.code = code;
  }
}

/** Ends a `switch` over a union: a kind that is not listed is a compile error here and an assertion at run time. */
export function never(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
