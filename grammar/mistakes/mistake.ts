/** Describes the point at which the parser stopped. */
import type { IToken, TokenType } from 'chevrotain';
import type { Problem } from '../problem.js';

/** Where the parser stopped, and what it expected: a token's name, `choice`, `more` or `end`. */
export interface Mistake {
  readonly rule: string;
  readonly expected: string;
  readonly found: IToken | null;
  readonly before: IToken | undefined;
  /** The tokens of the statement. */
  readonly statement: readonly IToken[];
  /** `found` in backticks, or `the end of the file`. */
  readonly shown: string;
}

/** Explains one kind of mistake, and returns null for all others. */
export type Explanation = (mistake: Mistake) => Problem | null;

export function shorten(text: string): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length > 30 ? `${line.slice(0, 30)}…` : line;
}

/** Whether a token is of one of these types, or belongs to one of these categories. */
export function is(token: IToken | null | undefined, ...types: TokenType[]): boolean {
  if (!token) return false;
  return types.some(
    (type) =>
      token.tokenType === type || (type.categoryMatches ?? []).includes(token.tokenType.tokenTypeIdx ?? -1),
  );
}

export function sameLine({ found, before }: Mistake): boolean {
  return found !== null && before !== undefined && found.startLine === before.endLine;
}
