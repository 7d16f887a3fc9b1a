/**
 * The `options` of a start-up packet: a command line for the server process. Split into words as by pg_split_opts (postinit.c)
 * and read as by process_postgres_switches (postgres.c) with getopt, so that no setting that the server would apply is
 * overlooked.
 */

export interface OptionSetting {
  /** With `-` replaced by `_`, as in ParseLongOption (guc.c). */
  readonly name: string;
  readonly value: string;
  /** The words that form it, `[from, to)` of the text, if they form nothing else; null inside a cluster of switches. */
  readonly span: readonly [from: number, to: number] | null;
}

export interface StartupOptions {
  /** In the order in which the server applies them. */
  readonly settings: readonly OptionSetting[];
  /** False if the server may read the text in another way, or reports it as an error. */
  readonly understood: boolean;
}

/** Switches with and without an argument: the string that process_postgres_switches passes to getopt. */
const WITH_ARGUMENT = new Set('BCcDdfhkNprStvW-');
const ALONE = 'bEeFijlnOPsT';
/** Those of them that are significant settings. */
const SWITCHES: Readonly<Record<string, string>> = {
  O: 'allow_system_table_mods',
  P: 'ignore_system_indexes',
};
const PLAIN = new RegExp(`^-[${ALONE}]+$`);

interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

export function readStartupOptions(options: string): StartupOptions {
  const words = wordsOf(options);
  const settings: OptionSetting[] = [];
  // In a single-byte locale the server might see white space in bytes beyond ASCII.
  let understood = /^[\x00-\x7f]*$/.test(options);
  for (let index = 0; index < words.length; index++) {
    const first = words[index]!;
    settings.push(...switchesOf(first.text));
    const found = switchWithArgument(first.text);
    if (found === null) {
      understood &&= PLAIN.test(first.text);
      continue;
    }
    const { letter, attached, clustered } = found;
    const last = attached === '' ? words[++index] : first;
    if (last === undefined) understood = false;
    if (last === undefined || (letter !== 'c' && letter !== '-')) continue;
    const setting = attached === '' ? last.text : attached;
    const equals = setting.indexOf('=');
    if (equals < 0) understood = false;
    else {
      const name = setting.slice(0, equals).replaceAll('-', '_');
      const span = clustered ? null : ([first.from, last.to] as const);
      settings.push({ name, value: setting.slice(equals + 1), span });
    }
  }
  return { settings, understood };
}

/** The switches before the first that takes an argument. */
function switchesOf(word: string): OptionSetting[] {
  const alone = new RegExp(`^-([${ALONE}]+)`).exec(word)?.[1] ?? '';
  const names = Object.keys(SWITCHES).filter((letter) => alone.includes(letter));
  return names.map((letter) => ({ name: SWITCHES[letter]!, value: 'on', span: null }));
}

/** White space as defined by isspace() in the C locale; a backslash takes the next character literally. */
function wordsOf(options: string): readonly Word[] {
  return [...options.matchAll(/(?:\\[\s\S]|[^\\ \t\n\v\f\r])+/g)].map(({ 0: written, index }) => ({
    text: written.replaceAll(/\\([\s\S])/g, '$1'),
    from: index,
    to: index + written.length,
  }));
}

/** The first switch of a word that takes an argument: `-c`, or what follows in `-Ec`. Null if there is none. */
function switchWithArgument(
  word: string,
): { readonly letter: string; readonly attached: string; readonly clustered: boolean } | null {
  if (!word.startsWith('-') || word === '--') return null;
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    if (WITH_ARGUMENT.has(letter)) return { letter, attached: word.slice(at + 1), clustered: at > 1 };
    if (!ALONE.includes(letter)) return null;
  }
  return null;
}
