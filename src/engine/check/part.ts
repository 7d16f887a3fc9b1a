/**
 * Calls that name fields of what they are given, or what it holds: `object.filter(s, ["verbb"])`,
 * `object.subset(s, {"verb": "dorp"})`. What they name is checked as the step, the comparison or the membership that it is.
 */
import { tolerant, type Checker } from './knowledge/checker.js';
import { wordsIn } from './listed.js';
import type { BinaryCore, CallCore, Core, MembershipCore, StepCore } from '../core.js';

/** Functions whose second argument names fields of the first, as names or as paths. */
const naming: Readonly<Record<string, 'names' | 'paths'>> = {
  'json.filter': 'paths',
  'json.remove': 'paths',
  'object.filter': 'names',
  'object.remove': 'names',
};

export function checkParts(checker: Checker, { callee, arguments: [first, second] }: CallCore): void {
  if ('clauses' in callee || first === undefined || second === undefined) {
    if (!('clauses' in callee) && first !== undefined && callee.name === 'intersection')
      checkCommon(checker, first);
    return;
  }
  // What stands on the spot is what it is on purpose.
  if (first.kind === 'object' || first.kind === 'rule') return;
  const how = naming[callee.name];
  if (how !== undefined) for (const path of pathsIn(second, how)) checkPath(checker, first, path);
  if (callee.name === 'object.subset') checkPart(checker, first, second);
  if (callee.name === 'json.patch') for (const path of patchedPaths(second)) checkPath(checker, first, path);
}

function pathsIn(keys: Core, how: 'names' | 'paths'): readonly (readonly Core[])[] {
  const words = keys.kind === 'object' ? wordsIn(keys, 'key') : wordsIn(keys, 'value');
  return words.flatMap((word): readonly (readonly Core[])[] => {
    if (how === 'names') return isName(word) ? [[word]] : [];
    return pathOf(word);
  });
}

/** What `add` puts where nothing is yet is named by nobody else. */
function patchedPaths(patches: Core): readonly (readonly Core[])[] {
  return wordsIn(patches, 'value').flatMap((patch) => {
    if (patch.kind !== 'object') return [];
    const operation = patch.entries.find(({ key }) => isName(key) && key.value === 'op')?.value;
    const adds = operation !== undefined && isName(operation) && operation.value === 'add';
    const paths = patch.entries.filter(
      ({ key }) => isName(key) && (key.value === 'path' || key.value === 'from'),
    );
    return paths.flatMap(({ value }) => pathOf(value)).map((path) => (adds ? path.slice(0, -1) : path));
  });
}

function pathOf(word: Core): readonly (readonly Core[])[] {
  if (word.kind === 'array') return word.elements.every(isName) ? [word.elements] : [];
  if (!isName(word)) return [];
  const names = word.value.replace(/^\//, '').split('/');
  return [names.map((value) => ({ ...word, value: value.replaceAll('~1', '/').replaceAll('~0', '~') }))];
}

function isName(core: Core): core is Core & { readonly kind: 'constant'; readonly value: string } {
  return core.kind === 'constant' && typeof core.value === 'string';
}

function checkPath(checker: Checker, base: Core, path: readonly Core[]): void {
  let at = base;
  for (const key of path) {
    at = stepInto(at, key);
    checker.world.tolerated.add(at);
  }
  tolerant(checker, () => checker.infer(at));
}

function stepInto(base: Core, key: Core): StepCore {
  const { span, source } = key;
  return { kind: 'step', base, key, keySpan: span, span, source };
}

/** Every field of the part is one of the whole, with the same value; every member is one of its members. */
function checkPart(checker: Checker, whole: Core, part: Core): void {
  if (part.kind === 'object') {
    for (const { key, value } of part.entries) {
      if (!isName(key)) continue;
      const at = stepInto(whole, key);
      checker.world.tolerated.add(at);
      checkPart(checker, at, value);
    }
    return;
  }
  const { span, source } = part;
  if (part.kind === 'set' || part.kind === 'array') {
    for (const value of part.elements) {
      const member: MembershipCore = {
        kind: 'membership',
        key: null,
        value,
        collection: whole,
        span,
        source,
      };
      tolerant(checker, () => checker.infer(member));
    }
    return;
  }
  const same: BinaryCore = { kind: 'binary', operator: '==', left: whole, right: part, span, source };
  tolerant(checker, () => checker.infer(same));
}

/** Sets of which it is asked what they have in common: two by two, as `&` asks it. */
function checkCommon(checker: Checker, sets: Core): void {
  if (sets.kind !== 'set') return;
  sets.elements.forEach((left, i) => {
    for (const right of sets.elements.slice(i + 1)) {
      const { span, source } = right;
      checker.infer({ kind: 'binary', operator: '&', left, right, span, source });
    }
  });
}
