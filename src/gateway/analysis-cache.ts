/** Facts of texts that were seen before, under the same settings and catalogue. Pure but for remembering. */
import { objectOf } from '../engine/value.js';
import { deriveSql } from '../facts/sql/derive.js';
import type { SqlAnalysis, SqlContext } from '../facts/sql/analysis.js';
import type { Catalogue } from '../facts/sql/catalogue.js';

/** In UTF-16 units, of all texts together: what is derived from a text takes some ten times its room. */
const TEXTS_LENGTH_MAX = 4 * 1024 * 1024;
const TEXT_LENGTH_MAX = 16 * 1024;
/** What a remembered text costs beside its length. */
const ENTRY_LENGTH = 500;

/** Only EXECUTE looks at prepared statements; keywords cannot be written any other way. */
const READS_PREPARED = /execute/i;

/** Everything a text is read with. A member that is new and not thought of here does not compile. */
type Considered =
  'catalogue' | 'searchPath' | 'transaction' | 'stale' | 'cursors' | 'prepared' | 'parameters';
type Forgotten = Exclude<keyof SqlContext, Considered>;

export class AnalysisCache {
  readonly #derive: typeof deriveSql;
  readonly #catalogues = new WeakMap<Catalogue, number>();
  /** The entry that was not used for longest comes first. */
  readonly #entries = new Map<string, SqlAnalysis>();
  #catalogueCount = 0;
  #length = 0;

  constructor(derive = deriveSql) {
    this.#derive = derive;
  }

  analyse(text: string, context: SqlContext): SqlAnalysis {
    if (!isPlain(text, context)) return this.#derive(text, context);
    // Bound values are too varied to be remembered, and take part in nothing but the fact that holds them.
    const analysis = this.#remembered(text, { ...context, parameters: null });
    const { parameters } = context;
    if (parameters === null) return analysis;
    const facts = Object.entries(analysis.sql).filter(([name]) => name !== 'parameters');
    return { ...analysis, sql: objectOf([...facts, ['parameters', parameters]]) };
  }

  #remembered(text: string, context: SqlContext): SqlAnalysis {
    const key = this.#keyOf(text, context);
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const analysis = this.#derive(text, context);
    this.#entries.set(key, analysis);
    this.#length += key.length + ENTRY_LENGTH;
    for (const oldest of this.#entries.keys()) {
      if (this.#length <= TEXTS_LENGTH_MAX) break;
      this.#entries.delete(oldest);
      this.#length -= oldest.length + ENTRY_LENGTH;
    }
    return analysis;
  }

  /** Everything that the facts are derived from. A catalogue that was read again is another one. */
  #keyOf(text: string, { catalogue, searchPath, transaction, stale, cursors }: SqlContext): string {
    const settings = [
      this.#numberOf(catalogue),
      transaction,
      stale === true,
      cursors === undefined,
      searchPath,
    ];
    return `${JSON.stringify(settings)} ${text}`;
  }

  #numberOf(catalogue: Catalogue | null): number {
    if (catalogue === null) return 0;
    const known = this.#catalogues.get(catalogue);
    if (known !== undefined) return known;
    this.#catalogues.set(catalogue, ++this.#catalogueCount);
    return this.#catalogueCount;
  }
}

/** Prepared texts and cursors are part of the meaning, and too varied to be worth remembering. */
function isPlain(text: string, { cursors, prepared }: SqlContext & Record<Forgotten, never>): boolean {
  const named = (prepared.size > 0 && READS_PREPARED.test(text)) || (cursors?.size ?? 0) > 0;
  return !named && text.length <= TEXT_LENGTH_MAX;
}
