/** The shape of facts. The engine is given a schema and imports no facts: `src/facts/schema` holds Sallyport's. */
export type Type =
  | { readonly kind: 'null' | 'boolean' }
  | { readonly kind: 'number'; readonly range?: Range }
  /** With `values`, an enumeration: comparing with anything else can never hold. */
  | {
      readonly kind: 'string';
      readonly values?: readonly string[];
      readonly names?: Named;
      readonly spelling?: Spelling;
      /** The values come from literals in rules; they do not enumerate a fact. */
      readonly written?: true;
      /** What a function is called with, where rules write it: its parameter may be called with other texts as well. */
      readonly given?: readonly string[];
    }
  /** With `places`, always so long, each place with a type of its own. */
  | { readonly kind: 'array'; readonly element: Type; readonly places?: readonly Type[] }
  | { readonly kind: 'set'; readonly element: Type }
  | ObjectType
  /** String keys that are not known in advance, with values of one type: labels. */
  | { readonly kind: 'map'; readonly value: Type; readonly keys?: Type }
  | { readonly kind: 'union'; readonly members: readonly Type[] }
  /** Dynamic: claims, request bodies, anything from JSON. `expected` is the type that its source declares. */
  | { readonly kind: 'json'; readonly expected?: Type };

/** The range of a number, both ends included. */
export interface Range {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

/** How the texts of a fact are written: each is its own `of`. */
export interface Spelling {
  /** As in "it is …": `in lower case`. */
  readonly words: string;
  /** Null for a text that none of them is, however it is written. */
  readonly of: (text: string) => string | null;
  /** The same of any part of them. */
  readonly piece?: (text: string) => string;
  /** And of how they begin. */
  readonly start?: (text: string) => string;
}

/** What a string names, if a catalogue or the configuration lists the valid names. */
export type Named = NamedInCatalogue | 'target' | 'group' | 'issuer' | 'database' | 'label' | 'label-value';
export type NamedInCatalogue = 'schema' | 'table' | 'column';

export interface ObjectType {
  readonly kind: 'object';
  readonly fields: Readonly<Record<string, Field>>;
  /** Its keys are data too: the fields are the known keys, but iteration can give any string. */
  readonly dictionary?: boolean;
}

export interface Field {
  readonly type: Type;
  /** One line for `docs/facts.md`, hover and completion. */
  readonly doc: string;
  /** May be absent. */
  readonly optional?: boolean;
  /** Optional although the rules and data files always give it: only a test that replaces them can leave it out. */
  readonly everywhere?: boolean;
}

/** The roots (`identity`, `target`, `sql` …), each also reachable as `input.<root>`. */
export interface FactSchema {
  readonly roots: Readonly<Record<string, RootField>>;
  /** Names that `mask … pattern` may use, each with one line of doc; any name if omitted. */
  readonly detectors?: Readonly<Record<string, string>>;
}

export interface RootField extends Field {
  /** Values of its facts, each with its meaning, for the documentation. */
  readonly glossary?: { readonly text: string; readonly words: Readonly<Record<string, string>> };
  /** The values of `target.type` under which this root is present; always present if omitted. */
  readonly targets?: readonly string[];
}

export const text: Type = { kind: 'string' };
export const number: Type = { kind: 'number' };
export const boolean: Type = { kind: 'boolean' };
export const numberIn = (least: number, most: number): Type => ({
  kind: 'number',
  range: { least, most, whole: true },
});
/** How many there are of something, and places that are counted from 0. */
export const count: Type = numberIn(0, Infinity);
export const port: Type = numberIn(0, 65_535);
export const spelled = (spelling: Spelling): Type => ({ kind: 'string', spelling });
const letters = (words: string, of: (text: string) => string): Type => spelled({ words, of, piece: of });
export const lowerText: Type = letters('in lower case', (text) => text.toLowerCase());
export const upperText: Type = letters('in capitals', (text) => text.toUpperCase());
export const json: Type = { kind: 'json' };
export const named = (names: Named): Type => ({ kind: 'string', names });
export const oneOf = (...values: readonly string[]): Type => ({ kind: 'string', values });
export const arrayOf = (element: Type): Type => ({ kind: 'array', element });
export const placesOf = (...places: readonly Type[]): Type => ({
  kind: 'array',
  element: { kind: 'number' },
  places,
});
export const setOf = (element: Type): Type => ({ kind: 'set', element });
export const mapOf = (value: Type, keys?: Type): Type => ({
  kind: 'map',
  value,
  ...(keys === undefined ? {} : { keys }),
});
export const object = (fields: Readonly<Record<string, Field>>): ObjectType => ({ kind: 'object', fields });
export const field = (type: Type, doc: string): Field => ({ type, doc });
export const optional = (type: Type, doc: string): Field => ({ type, doc, optional: true });
