/** Facts of texts that were seen before, under the same settings. Pure but for remembering. */
import { deriveSql } from '../facts/sql/derive.js';
import type { SqlAnalysis, SqlContext } from '../facts/sql/analysis.js';
import type { Catalogue } from '../facts/sql/catalogue.js';

const ENTRIES_MAX = 5000;
const TEXT_LENGTH_MAX = 16 * 1024;

export class AnalysisCache {
  /** By catalogue: a fresh one makes every older entry unreachable. */
  #catalogue: Catalogue | null = null;
  #entries = new Map<string, SqlAnalysis>();

  analyse(text: string, context: SqlContext): SqlAnalysis {
    // Bound values and prepared texts are part of the meaning; they are too varied to be worth remembering.
    const plain = context.parameters === null && context.prepared.size === 0;
    if (!plain || text.length > TEXT_LENGTH_MAX) return deriveSql(text, context);
    if (context.catalogue !== this.#catalogue) {
      this.#catalogue = context.catalogue;
      this.#entries = new Map();
    }
    const key = `${context.transaction}\0${context.searchPath?.join(',') ?? '?'}\0${text}`;
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const analysis = deriveSql(text, context);
    if (this.#entries.size >= ENTRIES_MAX) this.#entries.delete(this.#entries.keys().next().value!);
    this.#entries.set(key, analysis);
    return analysis;
  }
}
