/**
 * What DDL may have changed and has not been read since, by bare names. Everything else is still as the catalogue has it, so that
 * commands about it need not wait.
 */
export interface SchemaChange {
  /** It is unknown what was changed: any name except those in `read` may stand for something else. */
  readonly everything: boolean;
  /** Made, dropped, renamed, moved: these names may stand for something else now. */
  readonly renamed: ReadonlySet<string>;
  /** They stand for what they stood for, which may have other columns or set off other things. */
  readonly altered: ReadonlySet<string>;
  /** Sequences came or went along with a table, under names that no text says. */
  readonly sequences: boolean;
  /** Names that were read again since. */
  readonly read: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

export const noChange: SchemaChange = {
  everything: false,
  renamed: none,
  altered: none,
  sequences: false,
  read: none,
};
export const anyChange: SchemaChange = { ...noChange, everything: true, sequences: true };

/** The name for objects without a name of their own here: casts, operators, checks of domains, event triggers. */
export const NAMELESS = '';

/** More names than this are not worth telling apart. */
const NAMES_MAX = 1000;
const SEQUENCE = /_seq\d*$/;

export function changeOf(parts: {
  readonly renamed?: Iterable<string>;
  readonly altered?: Iterable<string>;
  readonly sequences?: boolean;
}): SchemaChange {
  const { renamed = [], altered = [], sequences = false } = parts;
  const change = { ...noChange, renamed: new Set(renamed), altered: new Set(altered), sequences };
  return change.renamed.size + change.altered.size === 0 && !sequences ? noChange : bounded(change);
}

/** The second came after the first. The same object if it adds nothing, so that what is derived under it can be remembered. */
export function mergeChanges(one: SchemaChange, other: SchemaChange): SchemaChange {
  if (one === other || other === noChange) return one;
  if (one === noChange) return other;
  if (other.everything) return one.everything && one.read.size === 0 ? one : anyChange;
  const renamed = union(one.renamed, other.renamed);
  const altered = union(one.altered, other.altered);
  const sequences = one.sequences || other.sequences;
  const read = without(one.read, (name) => mayDiffer(other, name));
  const same = renamed === one.renamed && altered === one.altered && read === one.read;
  if (same && sequences === one.sequences) return one;
  return bounded({ everything: one.everything, renamed, altered, sequences, read });
}

/** Without what was read again. */
export function withRead(change: SchemaChange, names: ReadonlySet<string>): SchemaChange {
  if (change === noChange) return change;
  const renamed = without(change.renamed, (name) => names.has(name));
  const altered = without(change.altered, (name) => names.has(name));
  const { everything, sequences } = change;
  if (!everything && !sequences && renamed.size + altered.size === 0) return noChange;
  return { everything, renamed, altered, sequences, read: union(change.read, names) };
}

function union(one: ReadonlySet<string>, other: ReadonlySet<string>): ReadonlySet<string> {
  const added = [...other].filter((name) => !one.has(name));
  return added.length === 0 ? one : new Set([...one, ...added]);
}

function without(names: ReadonlySet<string>, leaves: (name: string) => boolean): ReadonlySet<string> {
  const kept = [...names].filter((name) => !leaves(name));
  return kept.length === names.size ? names : new Set(kept);
}

function bounded(change: SchemaChange): SchemaChange {
  return change.renamed.size + change.altered.size > NAMES_MAX ? anyChange : change;
}

/** Whether the name may stand for something else than the catalogue says. */
export function mayBeOther({ everything, renamed, sequences, read }: SchemaChange, name: string): boolean {
  return renamed.has(name) || ((everything || (sequences && SEQUENCE.test(name))) && !read.has(name));
}

/** Whether what the name stands for may be another, or may look or behave in another way than the catalogue says. */
export function mayDiffer(change: SchemaChange, name: string): boolean {
  return change !== noChange && (change.altered.has(name) || mayBeOther(change, name));
}

/** Every name that was changed, if they can be told. */
export function changedNames({ renamed, altered }: SchemaChange): readonly string[] {
  return [...new Set([...renamed, ...altered])];
}

/** As one process tells it to another. */
export interface ChangeMessage {
  readonly everything: boolean;
  readonly renamed: readonly string[];
  readonly altered: readonly string[];
}

export function toMessage({ everything, renamed, altered }: SchemaChange): ChangeMessage {
  return { everything, renamed: [...renamed], altered: [...altered] };
}

export function fromMessage({ everything, renamed, altered }: ChangeMessage): SchemaChange {
  return everything ? anyChange : changeOf({ renamed, altered, sequences: true });
}
