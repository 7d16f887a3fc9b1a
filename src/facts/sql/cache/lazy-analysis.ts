/** An analysis that means the same as another. Its facts are derived when they are first read. */
import type { ValueObject } from '../../../values/value.js';
import type { AnalysedStatement, SqlAnalysis } from '../scope/analysis.js';

const none: ReadonlySet<number> = new Set();

export class LazyAnalysis implements SqlAnalysis {
  readonly statements: readonly AnalysedStatement[];
  /** Offsets are of the other one's text. */
  readonly inert = none;
  readonly error: string | null;
  declare readonly errorAt?: number;
  declare readonly excess?: true;
  readonly missing: boolean;
  readonly names: ReadonlySet<string>;
  readonly unread: readonly string[];
  readonly absent: NonNullable<SqlAnalysis['absent']>;
  readonly #factsOf: () => ValueObject;
  #sql: ValueObject | null = null;

  constructor(meaning: SqlAnalysis, factsOf: () => ValueObject) {
    this.statements = meaning.statements;
    this.error = meaning.error;
    this.missing = meaning.missing;
    this.names = meaning.names;
    this.unread = meaning.unread;
    this.absent = meaning.absent ?? [];
    if (meaning.errorAt !== undefined) this.errorAt = meaning.errorAt;
    if (meaning.excess === true) this.excess = true;
    this.#factsOf = factsOf;
  }

  get sql(): ValueObject {
    return (this.#sql ??= this.#factsOf());
  }
}
