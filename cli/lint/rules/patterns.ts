/** Patterns over texts: what they match, and whether a parsed fact is better. */
import { builtinCalls, constantText, unwrap } from '../calls.js';
import { factName, factOf, fieldAt } from '../frame.js';
import { isAnchored } from '../regex-text.js';
import { defineRule, type LintSet } from '../rule.js';

export const unanchoredRegex = defineRule({
  id: 'unanchored-regex',
  category: 'security',
  level: 'warning',
  doc: 'A regular expression in a condition begins with `^` and ends with `$`.',
  needsMeaning: true,
  check: (set, report) => {
    for (const { call } of builtinCalls(set, 'regex.match')) {
      const [argument] = call.arguments;
      const pattern = constantText(argument);
      if (pattern === null || isAnchored(pattern)) continue;
      report({
        source: call.source,
        span: argument!.span,
        message: 'the pattern matches anywhere in the text, even inside longer words',
        help: 'wrap it in `^(…)$`, or use `like`, which is anchored',
      });
    }
  },
});

/** The argument that holds the text, for functions that search one. */
const textArgument: Readonly<Record<string, number>> = {
  'regex.match': 1,
  'regex.find_n': 1,
  'regex.find_all_string_submatch_n': 1,
  'regex.split': 1,
  'regex.replace': 0,
  'glob.match': 2,
  like: 0,
  contains: 0,
  startswith: 0,
  endswith: 0,
  indexof: 0,
  indexof_n: 0,
  split: 0,
  'strings.any_prefix_match': 0,
  'strings.any_suffix_match': 0,
};

export const textOverFact = defineRule({
  id: 'text-over-fact',
  category: 'security',
  level: 'warning',
  doc: 'A rule uses the parsed facts, not the text of a command.',
  needsMeaning: true,
  check: (set, report) => {
    for (const { call, bindings } of builtinCalls(set, ...Object.keys(textArgument))) {
      const text = call.arguments[textArgument[call.name] ?? 0];
      const path = text === undefined ? null : factOf(unwrap(text), bindings);
      if (path === null || !isRaw(path, set)) continue;
      report({
        source: call.source,
        span: call.span,
        message: `\`${call.name}\` looks for words in \`${factName(path)}\`, which comments, quotes and escapes defeat`,
        help: 'use the parsed facts instead, such as `verb`, `tables`, `names` or `registry`',
      });
    }
  },
});

/** Facts that hold a text as somebody wrote it; the schema's description says so. */
function isRaw(path: readonly string[], { schema }: LintSet): boolean {
  if (factName(path) === 'sql.statements[].text') return true;
  return /\bas (it (was|is) written|the client wrote it)\b/i.test(fieldAt(path, schema)?.doc ?? '');
}

export const matchesEverything = defineRule({
  id: 'matches-everything',
  category: 'security',
  level: 'error',
  doc: 'A pattern excludes something.',
  needsMeaning: true,
  check: (set, report) => {
    const found = [
      ...builtinCalls(set, 'like').map(({ call }) => [call, call.arguments[1], /^\*+$/] as const),
      ...builtinCalls(set, 'glob.match').map(({ call }) => [call, call.arguments[0], /^\*{2,}$/] as const),
      ...builtinCalls(set, 'regex.match').map(
        ({ call }) => [call, call.arguments[0], /^(\(\?[a-z]+\))*\^?\(?(\.\*|\[\\s\\S\]\*|)\)?\$?$/] as const,
      ),
    ];
    for (const [call, argument, everything] of found) {
      const pattern = constantText(argument);
      if (pattern === null || !everything.test(pattern)) continue;
      report({
        source: call.source,
        span: argument!.span,
        message: `\`${pattern}\` matches every text`,
        help: 'write what is meant, or delete the condition',
      });
    }
  },
});
