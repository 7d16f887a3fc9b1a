/** Facts of texts that were seen before, under the same settings and catalogue. Pure but for remembering. */
import { withMember } from '../engine/value.js';
import { deriveSql } from '../facts/sql/derive.js';
import type { SqlAnalysis, SqlContext } from '../facts/sql/analysis.js';
import type { Catalogue } from '../facts/sql/catalogue.js';
import { skeletonOf } from '../facts/sql/inert.js';
import { noChange, type SchemaChange } from '../facts/sql/schema-change.js';
import { LazyAnalysis } from './lazy-analysis.js';
import { RecentlyUsed } from './recently-used.js';
import { instantiate, templateOf, type TextTemplate } from './text-template.js';

/** In UTF-16 units, of all texts together: what is derived from a text takes some ten times its room. */
const TEXTS_LENGTH_MAX = 4 * 1024 * 1024;
const TEXT_LENGTH_MAX = 16 * 1024;
/** Longer texts are looked up as they are. */
const TEMPLATE_LENGTH_MAX = 2 * 1024;
/** What a remembered text costs beside its length. */
const ENTRY_LENGTH = 500;

/** Only EXECUTE looks at prepared statements; keywords cannot be written any other way. */
const READS_PREPARED = /execute/i;

/** Everything a text is read with. A member that is new and not thought of here does not compile. */
type Considered =
  | 'catalogue'
  | 'searchPath'
  | 'transaction'
  | 'changed'
  | 'own'
  | 'plainOnly'
  | 'cursors'
  | 'prepared'
  | 'parameters';
type Forgotten = Exclude<keyof SqlContext, Considered>;
type Settings = Omit<SqlContext, 'catalogue'>;

export class AnalysisCache {
  readonly #derive: typeof deriveSql;
  readonly #numbers = new WeakMap<Catalogue | SchemaChange, number>();
  readonly #paths = new WeakMap<readonly string[], string>();
  readonly #analyses = new RecentlyUsed<SqlAnalysis>(TEXTS_LENGTH_MAX, ENTRY_LENGTH);
  readonly #templates = new RecentlyUsed<TextTemplate>(TEXTS_LENGTH_MAX, ENTRY_LENGTH);
  #count = 0;

  constructor(derive = deriveSql) {
    this.#derive = derive;
  }

  analyse(text: string, context: Settings, catalogue: Catalogue | null): SqlAnalysis {
    if (!isPlain(text, context)) return this.#derive(text, { ...context, catalogue });
    // Bound values are too varied to be remembered, and take part in nothing but the fact that holds them.
    const analysis = this.#remembered(text, context, catalogue);
    const { parameters } = context;
    if (parameters === null) return analysis;
    return new LazyAnalysis(analysis, () => withMember(analysis.sql, 'parameters', parameters));
  }

  /** Without the values. */
  #remembered(text: string, context: Settings, catalogue: Catalogue | null): SqlAnalysis {
    const settings = this.#settingsOf(context, catalogue);
    const skeleton = text.length <= TEMPLATE_LENGTH_MAX ? skeletonOf(text) : null;
    if (skeleton === null) return this.#exact(text, context, catalogue, settings);
    const key = `${settings} ${skeleton.text}`;
    const template = this.#templates.get(key);
    const known = template === undefined ? null : instantiate(template, text, skeleton);
    if (known !== null) return known;
    const analysis = this.#exact(text, context, catalogue, settings);
    const made = templateOf(text, skeleton, analysis);
    if (made !== null) this.#templates.set(key, made);
    return analysis;
  }

  #exact(text: string, context: Settings, catalogue: Catalogue | null, settings: string): SqlAnalysis {
    const key = `${settings} ${text}`;
    const known = this.#analyses.get(key);
    if (known !== undefined) return known;
    const analysis = this.#derive(text, { ...context, catalogue, parameters: null });
    this.#analyses.set(key, analysis);
    return analysis;
  }

  /** Everything that the facts are derived from. A catalogue that was read again is another one. */
  #settingsOf(
    { searchPath, transaction, changed, own, plainOnly, cursors }: Settings,
    catalogue: Catalogue | null,
  ): string {
    const flags = `${this.#numberOf(catalogue)} ${transaction} ${this.#changeNumber(changed)} ${plainOnly === true} ${cursors === undefined}`;
    const made = own === undefined || own.length === 0 ? '' : JSON.stringify(own);
    return `${flags} ${made} ${this.#pathText(searchPath)}`;
  }

  /** A change is one object for as long as it is the same. */
  #changeNumber(change: SchemaChange | undefined): number {
    return change === undefined || change === noChange ? 0 : this.#numberOf(change);
  }

  /** A session has the same path for most of its life. */
  #pathText(path: readonly string[] | null): string {
    if (path === null) return 'null';
    let text = this.#paths.get(path);
    if (text === undefined) this.#paths.set(path, (text = JSON.stringify(path)));
    return text;
  }

  #numberOf(part: Catalogue | SchemaChange | null): number {
    if (part === null) return 0;
    const known = this.#numbers.get(part);
    if (known !== undefined) return known;
    this.#numbers.set(part, ++this.#count);
    return this.#count;
  }
}

/** Prepared texts and cursors are part of the meaning, and too varied to be worth remembering. */
function isPlain(text: string, { cursors, prepared }: Settings & Record<Forgotten, never>): boolean {
  const named = (prepared.size > 0 && READS_PREPARED.test(text)) || (cursors?.size ?? 0) > 0;
  return !named && text.length <= TEXT_LENGTH_MAX;
}
