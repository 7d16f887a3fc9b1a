/** Facts of texts that were seen before, under the same settings and catalogue. Pure but for remembering. */
import { withMember } from '../../../values/value.js';
import { deriveSql } from '../derive.js';
import type { SqlAnalysis, SqlContext } from '../scope/analysis.js';
import { isSameFor, memberOf, type Member } from '../catalogue/family.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { skeletonOf } from '../query/inert.js';
import { mayDiffer, noChange, type SchemaChange } from '../catalogue/schema-change.js';
import { LazyAnalysis } from './lazy-analysis.js';
import { RecentlyUsed } from './recently-used.js';
import { roomOf } from './heap-room.js';
import { instantiate, templateOf, type TextTemplate } from './text-template.js';

/** Total size in bytes of all texts and everything derived from them, in each of the two maps. */
const ROOM_MAX = 32 * 1024 * 1024;
const TEXT_LENGTH_MAX = 16 * 1024;
/** Longer texts are looked up as they are. */
const TEMPLATE_LENGTH_MAX = 2 * 1024;

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
  | 'user'
  | 'assumed'
  | 'functions'
  | 'shapes'
  | 'cursors'
  | 'prepared'
  | 'parameters'
  | 'parameterTypes';
type Forgotten = Exclude<keyof SqlContext, Considered>;
type Settings = Omit<SqlContext, 'catalogue'>;

export class AnalysisCache {
  readonly #derive: typeof deriveSql;
  readonly #paths = new WeakMap<readonly string[], string>();
  readonly #analyses: RecentlyUsed<Known<SqlAnalysis>>;
  readonly #templates: RecentlyUsed<Known<TextTemplate>>;

  constructor(derive = deriveSql, roomMax = ROOM_MAX) {
    this.#derive = derive;
    this.#analyses = new RecentlyUsed<Known<SqlAnalysis>>(roomMax, roomOfKnown);
    this.#templates = new RecentlyUsed<Known<TextTemplate>>(roomMax, roomOfKnown);
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
    const now = {
      member: catalogue === null ? null : memberOf(catalogue),
      changed: context.changed ?? noChange,
    };
    const settings = this.#settingsOf(context, now.member);
    const skeleton = text.length <= TEMPLATE_LENGTH_MAX ? skeletonOf(text) : null;
    if (skeleton === null) return this.#exact(text, context, catalogue, settings, now);
    const key = `${settings} ${skeleton.text}`;
    const template = holding(this.#templates.get(key), now);
    const known = template === null ? null : instantiate(template, text, skeleton);
    if (known !== null) return known;
    const analysis = this.#exact(text, context, catalogue, settings, now);
    const made = templateOf(text, skeleton, analysis);
    if (made !== null && holds(analysis, now))
      this.#templates.set(key, { value: made, analysis, member: now.member });
    return analysis;
  }

  #exact(
    text: string,
    context: Settings,
    catalogue: Catalogue | null,
    settings: string,
    now: Circumstances,
  ): SqlAnalysis {
    const key = `${settings} ${text}`;
    const known = holding(this.#analyses.get(key), now);
    if (known !== null) return known;
    const analysis = this.#derive(text, { ...context, catalogue, parameters: null });
    if (holds(analysis, now)) this.#analyses.set(key, { value: analysis, analysis, member: now.member });
    return analysis;
  }

  /** Everything that the facts are derived from, but what the catalogue has of the names that they look up. */
  #settingsOf(settings: Settings, member: Member | null): string {
    const { searchPath, transaction, plainOnly, cursors, user, assumed } = settings;
    const flags = `${member?.family.id ?? 0} ${transaction} ${plainOnly === true} ${cursors === undefined}`;
    const who = user === undefined ? '' : JSON.stringify(user);
    const taken = assumed === undefined ? '' : JSON.stringify(assumed);
    return `${flags} ${who} ${taken} ${this.#pathText(searchPath)}`;
  }

  /** A session has the same path for most of its life. */
  #pathText(path: readonly string[] | null): string {
    if (path === null) return 'null';
    let text = this.#paths.get(path);
    if (text === undefined) this.#paths.set(path, (text = JSON.stringify(path)));
    return text;
  }
}

/** The current catalogue, and what has changed since it was read. */
interface Circumstances {
  readonly member: Member | null;
  readonly changed: SchemaChange;
}

interface Known<T> {
  readonly value: T;
  readonly analysis: SqlAnalysis;
  /** The catalogue under which it was last seen to hold. */
  member: Member | null;
}

const rooms = new WeakMap<SqlAnalysis, number>();

function roomOfKnown(key: string, { analysis }: Known<unknown>): number {
  let room = rooms.get(analysis);
  if (room === undefined) rooms.set(analysis, (room = roomOf(analysis, ROOM_MAX)));
  return key.length + room;
}

/** Null if it rests on what was changed, or read again. */
function holding<T>(known: Known<T> | undefined, now: Circumstances): T | null {
  if (known === undefined) return null;
  const { value, analysis, member } = known;
  if (!holds(analysis, now)) return null;
  if (member !== null && now.member !== null && !isSameFor(analysis.names, member, now.member)) return null;
  known.member = now.member;
  return value;
}

/** Whether the changes include an object that the session itself created. */
function holds({ names }: SqlAnalysis, { changed }: Circumstances): boolean {
  if (changed === noChange) return true;
  for (const name of names) if (mayDiffer(changed, name)) return false;
  return true;
}

/** Prepared texts and cursors are part of the meaning, and too varied to be worth remembering. */
function isPlain(
  text: string,
  { cursors, prepared, parameterTypes }: Settings & Record<Forgotten, never>,
): boolean {
  const named = (prepared.size > 0 && READS_PREPARED.test(text)) || (cursors?.size ?? 0) > 0;
  return !named && (parameterTypes?.length ?? 0) === 0 && text.length <= TEXT_LENGTH_MAX;
}
