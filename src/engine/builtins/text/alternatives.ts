/** The alternatives of a pattern: `^(a|b)$` is `^(a)$` and `^(b)$`. */

/** A pattern that is left with one alternative in one place, and the text of that alternative. */
export interface Alternative {
  readonly pattern: string;
  readonly text: string;
}

interface Signs {
  readonly open: string;
  readonly close: string;
  readonly or: string;
}

const signs: Readonly<Record<'regex' | 'glob', Signs>> = {
  regex: { open: '(', close: ')', or: '|' },
  glob: { open: '{', close: '}', or: ',' },
};

/** A group, or the whole: where it begins and ends, and where its signs of `or` stand. */
interface Group {
  readonly start: number;
  readonly ors: number[];
}

/** None where the pattern has but one way through, or changes its flags on the way. */
export function alternativesOf(pattern: string, kind: 'regex' | 'glob'): readonly Alternative[] {
  // Flags at the start are those of every alternative.
  const [flags = ''] = kind === 'regex' ? (/^\(\?[a-zA-Z-]+\)/.exec(pattern) ?? []) : [];
  const rest = pattern.slice(flags.length);
  if (kind === 'regex' && /\(\?[a-zA-Z-]+\)|\\Q/.test(rest)) return [];
  return groupsOf(rest, signs[kind], kind).flatMap(({ start, ors, end }) => {
    const ends = [...ors, end];
    return ends.map((to, i) => {
      const text = rest.slice(i === 0 ? start : ends[i - 1]! + 1, to);
      return { text, pattern: flags + rest.slice(0, start) + text + rest.slice(end) };
    });
  });
}

function groupsOf(pattern: string, { open, close, or }: Signs, kind: 'regex' | 'glob') {
  const found: (Group & { readonly end: number })[] = [];
  // Outside of a group of a glob a comma is a comma.
  const around: Group[] = [{ start: 0, ors: [] }];
  const end = (group: Group | undefined, at: number): void => {
    if (group !== undefined && group.ors.length > 0) found.push({ ...group, end: at });
  };
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') at++;
    else if (character === '[') at = endOfClass(pattern, at);
    else if (character === open) around.push({ start: startOfGroup(pattern, at, kind), ors: [] });
    else if (character === close && around.length > 1) end(around.pop(), at);
    else if (character === or && (kind === 'regex' || around.length > 1)) around.at(-1)!.ors.push(at);
  }
  end(around.pop(), pattern.length);
  return found;
}

/** Behind `(?:`, `(?i:` and `(?P<name>`. */
function startOfGroup(pattern: string, at: number, kind: 'regex' | 'glob'): number {
  const [head = ''] = kind === 'regex' ? (/^\(\?(?:[a-zA-Z-]*:|P?<\w+>)/.exec(pattern.slice(at)) ?? []) : [];
  return at + Math.max(1, head.length);
}

/** A `]` right at the start is one of the class. */
function endOfClass(pattern: string, at: number): number {
  let end = at + 1;
  if (pattern[end] === '^' || pattern[end] === '!') end++;
  if (pattern[end] === ']') end++;
  while (end < pattern.length && pattern[end] !== ']') {
    if (pattern[end] === '\\') end++;
    // `[[:alpha:]]`
    if (pattern.startsWith('[:', end)) end = Math.max(end, pattern.indexOf(':]', end) + 1);
    end++;
  }
  return end;
}
