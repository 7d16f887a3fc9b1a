/** Steps into values: names that are not there, with the nearest that is. */
import { fieldHelp } from './help.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import { checkLabel, claimsAt, expectedBelow } from './site.js';
import type { Core, StepCore } from '../core.js';
import { checkListed, checkWritten } from './listed.js';
import { spellingHelp } from './literal.js';
import { didYouMean } from '../../values/nearest.js';
import { json, type Type } from '../../values/schema.js';
import { fieldType, memberTypes } from './types/algebra.js';
import { describeType, listOf } from './types/text.js';

export function inferStep(checker: Checker, core: StepCore): Type {
  const base = checker.infer(core.base);
  const key = checker.infer(core.key);
  const name = core.key.kind === 'constant' && typeof core.key.value === 'string' ? core.key.value : null;
  if (name === null) return inferComputed(checker, core, base, key);
  const known = claimsAt(checker, core);
  if (known !== null) return { kind: 'json', expected: known };
  if (base.kind === 'json' && base.expected !== undefined)
    return expectedBelow(checker, keyOf(core), base.expected, name);
  checkLabel(checker, core, name);
  if (base.kind === 'object' && Object.hasOwn(base.fields, name) && base.fields[name]!.optional !== true)
    checker.world.promised.add(core);
  if (base.kind === 'map' && base.keys?.kind === 'string') checkSpelt(checker, core, base.keys, name);
  const type = fieldType(base, name);
  if (type !== null) return type;
  const names = namesOf(base);
  if (names.length === 0 && base.kind !== 'object') return noFields(checker, core, base);
  if (isDictionary(base))
    reportMissingData(checker, core, keyOf(core), { name, at: pathOf(core.base) }, names);
  else
    reportAt(
      checker,
      { code: 'unknown-field', message: `there is no \`${name}\` here`, ...meant(name, names) },
      keyOf(core),
    );
  return json;
}

/** A key in another spelling than any that there is. */
function checkSpelt(checker: Checker, core: StepCore, keys: Type & { kind: 'string' }, name: string): void {
  if (keys.spelling === undefined || keys.spelling.of(name) === name) return;
  const message = `there is no \`${name}\` here: each is ${keys.spelling.words}`;
  const help = spellingHelp(keys.spelling, name);
  reportAt(checker, { code: 'unknown-field', message, help }, keyOf(core));
}

/** The document that a step leads out of; null where that is computed. */
function pathOf(core: Core): readonly string[] | null {
  if (core.kind === 'document') return core.document.path;
  if (core.kind !== 'step' || core.key.kind !== 'constant' || typeof core.key.value !== 'string') return null;
  const base = pathOf(core.base);
  return base && [...base, core.key.value];
}

function keyOf(core: StepCore) {
  return { span: core.keySpan, source: core.source };
}

/** The nearest name; where none is near, all of them, if they are few. */
function meant(name: string, known: readonly string[]): { help?: string } {
  const near = didYouMean(name, known);
  if (near.help !== undefined || known.length === 0 || known.length > 12) return near;
  return { help: `there is ${listOf(known, 'and')}` };
}

/** An index into an array, or a key that is computed. */
function inferComputed(checker: Checker, core: StepCore, base: Type, key: Type): Type {
  const members = memberTypes(base);
  if (members === null) return noFields(checker, core, base);
  if (base.kind === 'array' && key.kind === 'string') return noFields(checker, core, base);
  checkKeys(checker, core, base, key);
  if (base.kind === 'map' && base.keys !== undefined)
    checkWritten(checker, core.key, key, { core: null, type: base.keys });
  const place =
    base.kind === 'array' && core.key.kind === 'constant' ? base.places?.[Number(core.key.value)] : undefined;
  if (base.kind !== 'array')
    checkListed(checker, core.base, { core: core.key, type: key }, base.kind === 'set' ? 'value' : 'key');
  return place ?? members.value;
}

/** `some key in ["verbb"]`, and then `s[key]`: the names that rules write are fields like others. */
function checkKeys(checker: Checker, core: StepCore, base: Type, key: Type): void {
  if (base.kind !== 'object' || base.dictionary === true) return;
  if (key.kind !== 'string' || key.written !== true || checker.place === 'test') return;
  // What stands in an object on the spot is looked up in it, with `??` or without.
  if (core.base.kind === 'object' || core.base.kind === 'rule') return;
  const names = Object.keys(base.fields);
  const wrong = key.values?.find((name) => !names.includes(name));
  if (wrong === undefined) return;
  const message = `there is no \`${wrong}\` here`;
  reportAt(checker, { code: 'unknown-field', message, ...meant(wrong, names) }, keyOf(core));
}

function noFields(checker: Checker, core: StepCore, base: Type): Type {
  reportAt(
    checker,
    { code: 'unknown-field', message: `${describeType(base)} has no fields`, ...fieldHelp(base) },
    keyOf(core),
  );
  return json;
}

function isDictionary(type: Type): boolean {
  return type.kind === 'union'
    ? type.members.some(isDictionary)
    : type.kind === 'object' && type.dictionary === true;
}

/**
 * A name that the data files do not have. Near one that they have it is a slip; so it is where somebody is kept out by it,
 * because a file that is not there keeps nobody out. Otherwise the data may come later, and under `has` and left of `??` the
 * rule is ready for that.
 */
export function reportMissingData(
  checker: Checker,
  core: Core,
  at: Parameters<typeof reportAt>[2],
  missing: { readonly name: string; readonly at: readonly string[] | null },
  known: readonly string[],
): void {
  const { name } = missing;
  // A key that is like another may well be one that is still to come; a document that is, hardly.
  const tolerated = checker.world.tolerated.has(core);
  if (tolerated && missing.at?.length !== 0) return;
  const near = didYouMean(
    name,
    known.filter((one) => one.length > 2),
  );
  if (tolerated && near.help === undefined) return;
  const severity = near.help === undefined && !checker.asked.refuses ? 'warning' : 'error';
  const message =
    missing.at === null
      ? `the data files have no \`${name}\` here`
      : missing.at.length === 0
        ? `there is no data file and no package \`${name}\``
        : `the data files have no \`${name}\` below \`data.${missing.at.join('.')}\``;
  const help = near.help ?? 'add it, or say what stands in its place where it is missing: `… ?? {}`';
  reportAt(checker, { code: 'unknown-data', message, help, severity }, at);
}

function namesOf(type: Type): readonly string[] {
  if (type.kind === 'union') return type.members.flatMap(namesOf);
  return type.kind === 'object' ? Object.keys(type.fields) : [];
}
