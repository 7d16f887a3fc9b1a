/** What is certain of a word before the shell runs. */
import type { Part, Word } from './syntax.js';

export type WordValue =
  | { readonly kind: 'text'; readonly text: string }
  /** One word of which the text is not known. */
  | { readonly kind: 'one'; readonly reason: string }
  /** Any number of words, none too: an expansion that is not quoted. */
  | { readonly kind: 'some'; readonly reason: string };

export const textValue = (text: string): WordValue => ({ kind: 'text', text });

export function wordValue(word: Word): WordValue {
  const [first] = word.parts;
  // Zsh replaces `=name` by the path of the command.
  if (first?.kind === 'text' && !first.quoted && /^=[^=]/.test(first.text)) {
    return { kind: 'one', reason: 'some shells expand a word that begins with `=`' };
  }
  return partsValue(word.parts);
}

/** Places without word splitting: values of assignments, here-documents. */
export function unsplitValue(parts: readonly Part[]): WordValue {
  const value = partsValue(parts);
  return value.kind === 'some' ? { kind: 'one', reason: value.reason } : value;
}

function partsValue(parts: readonly Part[]): WordValue {
  let text = '';
  let unknown: Exclude<WordValue, { kind: 'text' }> | null = null;
  for (const part of parts) {
    const value = partValue(part);
    if (value.kind === 'text') text += value.text;
    else if (unknown?.kind !== 'some') unknown = value;
  }
  return unknown ?? textValue(text);
}

function partValue(part: Part): WordValue {
  switch (part.kind) {
    case 'text':
      return textValue(part.text);
    case 'parameter':
      return expanded(
        part.quoted && part.name !== '@' && !part.operator.includes('@'),
        'a variable is known only when it runs',
      );
    case 'command':
    case 'backquote':
      return expanded(part.quoted, 'the output of a command is known only when it runs');
    case 'arithmetic':
      return expanded(part.quoted, 'arithmetic is worked out only when it runs');
    case 'process':
      return expanded(true, 'the name of a pipe is known only when it runs');
    case 'translated':
      return expanded(true, 'a translation is known only when it runs');
    case 'pattern':
      return expanded(part.sign === '~', 'the shell expands this word');
  }
}

function expanded(quoted: boolean, reason: string): WordValue {
  return { kind: quoted ? 'one' : 'some', reason };
}
