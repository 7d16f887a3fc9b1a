/** The parameters of the call around the cursor. */
import type { SignatureHelp } from 'vscode-languageserver';
import { cursorAt, type Cursor } from './cursor.js';
import { callText, parameterText } from './describe.js';
import type { OpenFile, RuleSet } from '../workspace/rule-set.js';

export function signatureAt(ruleSet: RuleSet, open: OpenFile, offset: number): SignatureHelp | null {
  const cursor = cursorAt(ruleSet, open, offset);
  const call = enclosingCall(cursor);
  if (call === null) return null;
  const { name, argument } = call;
  const builtin = ruleSet.names.builtins.get(name);
  if (builtin !== undefined) {
    const last = builtin.parameters.length - 1;
    const active = builtin.parameters.at(-1)?.variadic === true ? Math.min(argument, last) : argument;
    const parameters = builtin.parameters.map((parameter) => ({ label: parameterText(parameter) }));
    const signature = { label: callText(builtin), documentation: builtin.doc, parameters };
    return { signatures: [signature], activeSignature: 0, activeParameter: active };
  }
  return ofRule(ruleSet, cursor, name, argument);
}

function ofRule(ruleSet: RuleSet, { walk }: Cursor, name: string, argument: number): SignatureHelp | null {
  const [first = '', ...rest] = name.split('.');
  const imported = walk.imports.get(first)?.path;
  const path = imported === undefined ? [first, ...rest] : [...imported, ...rest];
  const full = path[0] === 'data' ? path.slice(1) : [...walk.module.package.path, ...path];
  const bodies = (ruleSet.names.declarations.rules.get(full.join('.')) ?? []).filter(
    ({ kind }) => kind === 'function',
  );
  if (bodies.length === 0) return null;
  const signatures = bodies.map(({ parameters, doc }) => ({
    label: `${name}(${parameters.join(', ')})`,
    ...(doc === null ? {} : { documentation: doc }),
    parameters: parameters.map((label) => ({ label })),
  }));
  return { signatures, activeSignature: 0, activeParameter: argument };
}

/** The innermost `name(` that is not closed before the cursor, and the number of commas after it. */
function enclosingCall({ tokens, at, inside }: Cursor): { name: string; argument: number } | null {
  if (inside === 'comment') return null;
  let depth = 0;
  let argument = 0;
  for (let back = at - 1; back >= 0; back--) {
    const { image } = tokens[back]!;
    if (/^[)\]}]$/.test(image)) depth++;
    else if (/^[([{]$/.test(image) && depth-- === 0) {
      if (image !== '(') return null;
      const name = dottedName(tokens.slice(0, back).map((token) => token.image));
      return name === '' ? null : { name, argument };
    } else if (image === ',' && depth === 0) argument++;
  }
  return null;
}

function dottedName(words: readonly string[]): string {
  let at = words.length;
  const isWord = (index: number): boolean => /^[A-Za-z_]\w*$/.test(words[index] ?? '');
  if (!isWord(at - 1)) return '';
  at--;
  while (words[at - 1] === '.' && isWord(at - 2)) at -= 2;
  return words.slice(at).join('');
}
