/** Where a pipeline gets the token that says who it is. */

export interface TokenRequest {
  /** Null: none was asked for, and a source that can choose asks for `sallyport`. */
  readonly audience: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface TokenSource {
  /** For messages: `GitHub Actions`. */
  readonly name: string;
  /** Throws UsageError with what is missing and what to do about it. Nothing of a token is ever in a message. */
  read(): Promise<string>;
  /** Variables of the environment that hold a token, or what a token can be had for. */
  readonly variables: readonly string[];
  /** A person has to act for each token. */
  readonly interactive?: boolean;
}

export const DEFAULT_AUDIENCE = 'sallyport';
