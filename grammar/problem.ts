/** A diagnostic without its place: what is wrong, and what to write instead. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

export function problem(code: string, message: string, help: string): Problem {
  return { code, message, help };
}
