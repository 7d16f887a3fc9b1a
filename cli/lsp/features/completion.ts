/** What may follow at the cursor. */
import { CompletionItemKind, InsertTextFormat, type CompletionItem } from 'vscode-languageserver';
import { isObject } from '../../../src/values/value.js';
import { cursorAt, pathBefore, valueAfter, type Cursor } from './cursor.js';
import { dataAt, keysBelow, type Declaration } from '../analysis/declarations.js';
import type { Builtin } from '../../../src/engine/builtins/define/builtin.js';
import { callText, methodDocs } from './describe.js';
import { keywordsAt } from './keywords.js';
import { cataloguesOf } from './lint.js';
import { rangeOf } from '../workspace/parsed-file.js';
import type { OpenFile, RuleSet } from '../workspace/rule-set.js';
import { dynamic, fieldsOf, memberOf, typeText, valuesOf, type Known } from '../analysis/types.js';
import type { At } from '../analysis/walk-reference.js';

/** A completion item without its position. */
interface Offer extends CompletionItem {
  readonly label: string;
}

const offersMax = 1000;

export function complete(ruleSet: RuleSet, open: OpenFile, offset: number): CompletionItem[] {
  const cursor = cursorAt(ruleSet, open, offset);
  const range = rangeOf(open.file.document, { start: cursor.word.start, end: offset });
  return offersAt(ruleSet, cursor)
    .slice(0, offersMax)
    .map((offer) => ({ ...offer, textEdit: { range, newText: offer.insertText ?? offer.label } }));
}

function offersAt(ruleSet: RuleSet, cursor: Cursor): readonly Offer[] {
  if (cursor.inside === 'comment') return [];
  if (cursor.inside === 'text') return textOffers(ruleSet, cursor);
  const before = cursor.tokens[cursor.at - 1]?.image;
  if (before === '.') return afterDot(ruleSet, cursor);
  if (before === undefined) return keywordsAt(cursor);
  const clause = clauseOffers(ruleSet, cursor, before);
  return clause ?? [...names(ruleSet, cursor), ...keywordsAt(cursor)];
}

function afterDot(ruleSet: RuleSet, cursor: Cursor): readonly Offer[] {
  const at = pathBefore(cursor, cursor.at - 1);
  return at === null ? [] : [...stepsFrom(ruleSet, at), ...builtinsBelow(ruleSet, cursor)];
}

function stepsFrom(ruleSet: RuleSet, at: At): readonly Offer[] {
  const { declarations, schema } = ruleSet.names;
  switch (at.kind) {
    case 'input':
      return fieldOffers(schema.roots);
    case 'document':
      return keysBelow(declarations, at.path).map((key) => documentOffer(ruleSet, [...at.path, key]));
    case 'value':
      return fieldOffers(fieldsOf(at.value.type));
  }
}

function fieldOffers(fields: ReturnType<typeof fieldsOf>): readonly Offer[] {
  return Object.entries(fields).map(([label, { type, doc, optional }]) => ({
    label,
    kind: CompletionItemKind.Field,
    detail: typeText(type) + (optional === true ? ', may be absent' : ''),
    documentation: doc,
  }));
}

function documentOffer({ names }: RuleSet, path: readonly string[]): Offer {
  const label = path.at(-1)!;
  const [rule] = names.declarations.rules.get(path.join('.')) ?? [];
  if (rule !== undefined) return ruleOffer(rule);
  const value = dataAt(names.declarations.data, path);
  const isModule = value === undefined || isObject(value);
  return { label, kind: isModule ? CompletionItemKind.Module : CompletionItemKind.Value };
}

function ruleOffer(rule: Declaration): Offer {
  return {
    label: rule.path.at(-1)!,
    kind: rule.kind === 'function' ? CompletionItemKind.Function : CompletionItemKind.Variable,
    detail: rule.head,
    ...(rule.doc === null ? {} : { documentation: rule.doc }),
    ...(rule.kind === 'function' ? call(rule.path.at(-1)!, rule.parameters) : {}),
  };
}

function call(name: string, parameters: readonly string[]): Partial<Offer> {
  const places = parameters.map(
    (parameter, index) => `\${${index + 1}:${parameter.replace(/[$}\\]/g, '\\$&')}}`,
  );
  return { insertText: `${name}(${places.join(', ')})`, insertTextFormat: InsertTextFormat.Snippet };
}

/** `regex.` is the beginning of the names of functions. */
function builtinsBelow({ names }: RuleSet, { tokens, at }: Cursor): readonly Offer[] {
  const words: string[] = [];
  for (let back = at - 1; tokens[back]?.image === '.'; back -= 2)
    words.unshift(tokens[back - 1]?.image ?? '');
  const prefix = `${words.join('.')}.`;
  return [...names.builtins.values()]
    .filter(({ name }) => name.startsWith(prefix))
    .map((builtin) => builtinOffer(builtin, builtin.name.slice(prefix.length)));
}

function builtinOffer(builtin: Builtin, label: string): Offer {
  const required = builtin.parameters.filter(
    ({ optional, variadic }) => optional !== true && variadic !== true,
  );
  return {
    label,
    kind: CompletionItemKind.Function,
    detail: callText(builtin),
    documentation: builtin.doc,
    ...call(
      label,
      required.map(({ name }) => name),
    ),
  };
}

function names(ruleSet: RuleSet, { scope, walk }: Cursor): readonly Offer[] {
  const { declarations, schema, builtins } = ruleSet.names;
  const locals = [...scope.locals.values()].map(({ name, value }) => ({
    label: name,
    kind: CompletionItemKind.Variable,
    detail: typeText(value.type),
    sortText: `0${name}`,
  }));
  const own = [...declarations.rules.values()].flatMap(([rule]) =>
    rule !== undefined && isOwn(rule, walk.module.package.path) ? [ruleOffer(rule)] : [],
  );
  const imports = [...walk.imports].map(([label, { path }]) => ({
    label,
    kind: CompletionItemKind.Module,
    detail: `import ${path.join('.')}`,
  }));
  const plain = [...builtins.values()].filter(({ name }) => !name.includes('.'));
  const families = new Set(
    [...builtins.keys()].filter((name) => name.includes('.')).map((name) => name.split('.')[0]!),
  );
  return [
    ...locals,
    ...own,
    ...imports,
    ...fieldOffers(schema.roots),
    ...plain.map((builtin) => builtinOffer(builtin, builtin.name)),
    ...[...families].map((label) => ({ label, kind: CompletionItemKind.Module })),
    { label: 'data', kind: CompletionItemKind.Module },
    { label: 'input', kind: CompletionItemKind.Module },
  ];
}

function isOwn({ path }: Declaration, of: readonly string[]): boolean {
  return path.length === of.length + 1 && of.every((part, index) => path[index] === part);
}

/** Places of a clause that only some names fit; null anywhere else. */
function clauseOffers(ruleSet: RuleSet, cursor: Cursor, before: string): readonly Offer[] | null {
  const { tokens, at } = cursor;
  const isMask = tokens.some(({ image }, index) => image === 'mask' && index < 2);
  const value = (label: string, documentation?: string): Offer => ({
    label,
    kind: CompletionItemKind.EnumMember,
    ...(documentation === undefined ? {} : { documentation }),
  });
  if (isMask && before === 'pattern')
    return Object.entries(ruleSet.names.schema.detectors ?? {}).map(([name, doc]) => value(name, doc));
  if (isMask && before === 'with') return methods;
  if (before === '=>') return ['allow', 'deny', 'review'].map((label) => value(label));
  if (['allow', 'deny', 'review'].includes(before) && tokens[at - 2]?.image === '=>')
    return [...ruleSet.names.declarations.rules].flatMap(([id, [rule]]) =>
      rule?.kind === before ? [value(id)] : [],
    );
  return null;
}

const methodArguments: Readonly<Record<string, string>> = {
  partial: 'partial(${1:4})',
  replace: 'replace("${1:text}")',
};

const methods: readonly Offer[] = Object.entries(methodDocs).map(([label, documentation]) => ({
  label,
  kind: CompletionItemKind.EnumMember,
  insertText: methodArguments[label] ?? label,
  insertTextFormat: InsertTextFormat.Snippet,
  documentation,
}));

function textOffers(ruleSet: RuleSet, cursor: Cursor): readonly Offer[] {
  const { tokens, at } = cursor;
  const offer = (label: string): Offer => ({ label, kind: CompletionItemKind.EnumMember });
  if (isColumn(cursor)) return columns(ruleSet).map(offer);
  const before = tokens[at - 1]?.image;
  if (before === '==' || before === '!=') return valuesOf(typeBefore(cursor, at - 1).type).map(offer);
  const after = tokens[at + 1]?.image;
  if (after === '==' || after === '!=') return valuesOf(valueAfter(cursor, at + 2).type).map(offer);
  if (after === 'in') return valuesOf(memberOf(valueAfter(cursor, at + 2)).value.type).map(offer);
  const list = startOfList(cursor);
  return list === null ? [] : valuesOf(typeBefore(cursor, list).type).map(offer);
}

function typeBefore(cursor: Cursor, end: number): Known {
  const negated = cursor.tokens[end - 1]?.image === 'not' ? end - 1 : end;
  const at = pathBefore(cursor, negated);
  return at?.kind === 'value' ? at.value : dynamic;
}

/** In `x in {"a", "…`: the place of the `in`. */
function startOfList({ tokens, at }: Cursor): number | null {
  let back = at - 1;
  while (back >= 0 && (tokens[back]!.image === ',' || tokens[back]!.tokenType.name === 'String')) back--;
  return /^[{[]$/.test(tokens[back]?.image ?? '') && tokens[back - 1]?.image === 'in' ? back - 1 : null;
}

function isColumn({ tokens, at }: Cursor): boolean {
  let back = at - 1;
  while (back >= 0 && (tokens[back]!.image === ',' || tokens[back]!.tokenType.name === 'String')) back--;
  return tokens[back]?.image === 'column';
}

function columns(ruleSet: RuleSet): readonly string[] {
  const all = cataloguesOf(ruleSet).flatMap(({ relations }) =>
    relations.flatMap(({ name, columns: own }) => own.map((column) => `${name}.${column.name}`)),
  );
  return [...new Set(all)].sort();
}
