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

/** Of the system or of a library, far down: what a chain of causes says at its end. Node's `fetch failed` says nothing. */
const CAUSES_MAX = 8;

/**
 * What went wrong, for operators: each message of the chain of causes once, with the code of the system (`ECONNREFUSED`) or of
 * OpenSSL if the message does not have it. Never for clients: it may name hosts and files.
 */
export function causeOf(error: unknown): string {
  const parts: string[] = [];
  let at: unknown = error;
  for (let depth = 0; depth < CAUSES_MAX && typeof at === 'object' && at !== null; depth++) {
    const { message, code, status, errors, cause } = at as Readonly<Record<string, unknown>>;
    const text = typeof message === 'string' ? message : '';
    const told =
      typeof code === 'string' && !(at instanceof GatewayError) && !text.includes(code) ? code : '';
    const answered = typeof status === 'number' ? `HTTP status ${status}` : '';
    const part = [text === 'fetch failed' ? '' : text, answered, told].filter((one) => one !== '').join(': ');
    if (part !== '' && !parts.some((one) => one.includes(part))) parts.push(part);
    // A name with several addresses fails with an error for each.
    at = Array.isArray(errors) && cause === undefined ? (errors as readonly unknown[])[0] : cause;
  }
  return parts.length === 0 ? 'unknown error' : parts.join(': ');
}
