/** Confusable letters. */
import { defineRule } from '../rule.js';
import { around } from '../walk.js';

const scripts = ['Latin', 'Cyrillic', 'Greek', 'Armenian', 'Cherokee', 'Coptic', 'Lisu', 'Georgian'] as const;
const letters = scripts.map((name) => [name, new RegExp(`\\p{Script=${name}}`, 'u')] as const);

/** Cyrillic, Greek and Armenian letters that look like Latin ones, with those. */
const lookalikes = new Map(
  [
    ...'аa еe оo рp сc уy хx іi јj ѕs ԁd ԛq ԝw һh ҽe ցg հh ոn օo սu αa οo νv ρp υu κk ιi'.matchAll(
      /(\S)(\S)/gu,
    ),
  ].map(([, odd, plain]) => [odd!, plain!] as const),
);

export const mixedScripts = defineRule({
  id: 'mixed-scripts',
  category: 'security',
  level: 'error',
  doc: 'Literals contain no look-alike letters.',
  check: (set, report) => {
    for (const module of set.modules) {
      for (const placed of set.nodes(module)) {
        const { node } = placed;
        if (node.kind !== 'string' && node.kind !== 'selector') continue;
        // People read a reason; nothing is compared with it.
        const rule = around(placed, 'decision-rule');
        if (rule !== null && 'reason' in rule && rule.reason === node) continue;
        if (around(placed, 'test-block')?.title === node) continue;
        const problem = problemOf(node.value);
        if (problem !== null) report({ source: module.source, span: node.span, ...problem });
      }
    }
  },
});

function problemOf(text: string): { readonly message: string; readonly help: string } | null {
  for (const word of text.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? []) {
    const mixed = mixedIn(word);
    if (mixed !== null) return mixed;
    const looks = Array.from(word.toLowerCase(), (letter) => lookalikes.get(letter) ?? null);
    if (looks.length > 1 && looks.every((letter) => letter !== null))
      return {
        message: `\`${word}\` looks like \`${looks.join('')}\`, but has none of its letters (${codes(word)})`,
        help: 'use the intended letters',
      };
    if (word.normalize('NFKC') !== word.normalize('NFC'))
      return {
        message: `\`${word}\` looks like \`${word.normalize('NFKC')}\`, but is different text`,
        help: 'use the intended letters',
      };
  }
  return null;
}

/** A word of two scripts, and which of its letters belong to the rarer one. */
function mixedIn(word: string): { readonly message: string; readonly help: string } | null {
  const found = letters
    .map(([name, letter]) => [name, Array.from(word).filter((one) => letter.test(one))] as const)
    .filter(([, all]) => all.length > 0)
    .sort(([, one], [, other]) => other.length - one.length);
  const [main, other] = found;
  if (main === undefined || other === undefined) return null;
  return {
    message: `\`${word}\` mixes ${main[0]} and ${other[0]} letters: ${codes(other[1].join(''))}`,
    help: `write all of it in ${main[0]} letters; reject such a name if another system assigned it`,
  };
}

function codes(text: string): string {
  return [...new Set(text)]
    .slice(0, 5)
    .map(
      (letter) => `\`${letter}\` is U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`,
    )
    .join(', ');
}
