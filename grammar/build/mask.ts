/** What a mask rule selects and how it masks. */
import type { CstNode } from 'chevrotain';
import type { MaskMethod, Selector } from '../ast.js';
import type { Builder } from './builder.js';
import { nodeSpan, nodes, requiredToken, token, tokenSpan } from '../cst.js';
import { buildNumber, buildString } from './literal-text.js';
import * as messages from '../messages.js';

const selectorKinds: readonly string[] = [
  'column',
  'tagged',
  'pattern',
  'field',
  'header',
] satisfies Selector['by'][];

/** `column "a.b", "c.d"`: the keyword carries over the comma. */
export function buildSelectors(b: Builder, mask: CstNode): Selector[] {
  let by: Selector['by'] | null = null;
  return nodes(mask, 'selector').map((at) => {
    const word = token(at, 'by');
    if (word !== undefined) by = selectorKinds.includes(word.image) ? (word.image as Selector['by']) : null;
    if (by === null) {
      const found = word?.image ?? requiredToken(at, 'value').image;
      if (isUnnamed(mask)) b.report(messages.maskName, tokenSpan(requiredToken(mask, 'Name')));
      else b.report(messages.selectorKind(found), nodeSpan(at));
    }
    return buildSelector(b, at, by ?? 'column');
  });
}

/** `mask column "a.b"`: what looks like the name is the selector. */
function isUnnamed(mask: CstNode): boolean {
  return selectorKinds.includes(requiredToken(mask, 'Name').image);
}

function buildSelector(b: Builder, at: CstNode, by: Selector['by']): Selector {
  const value = requiredToken(at, 'value');
  const span = nodeSpan(at);
  const isText = value.image.startsWith('"');
  if (isText && by === 'pattern') b.report(messages.selectorName, span);
  if (!isText && by !== 'pattern') b.report(messages.selectorText(by), span);
  return { kind: 'selector', by, value: isText ? buildString(b, value).value : value.image, span };
}

/** Each mask method with an example of its argument. */
const methods: Readonly<Record<MaskMethod['name'], string>> = {
  redact: 'redact',
  null: 'null',
  partial: 'partial(4)',
  hash: 'hash',
  email: 'email',
  replace: 'replace("text")',
};

function isMethod(name: string): name is MaskMethod['name'] {
  return Object.hasOwn(methods, name);
}

export function buildMethod(b: Builder, at: CstNode): MaskMethod {
  const word = requiredToken(at, 'Word').image;
  const span = nodeSpan(at);
  const written = token(at, 'argument');
  const argument = written && (/^\d/.test(written.image) ? buildNumber(b, written) : buildString(b, written));
  if (!isMethod(word)) {
    b.report(messages.maskMethod(word), span);
    return { kind: 'mask-method', name: 'redact', argument: null, span };
  }
  const wanted = word === 'partial' ? 'number' : word === 'replace' ? 'string' : undefined;
  if (argument?.kind !== wanted) b.report(messages.methodArgument(word, methods[word]), span);
  const fits = argument !== undefined && argument.kind !== 'duration' && argument.kind === wanted;
  return { kind: 'mask-method', name: word, argument: fits ? argument : null, span };
}
