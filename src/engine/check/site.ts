/** Names against what is configured around the rules: targets, labels, groups, tables, claims. */
import { never } from '../../errors.js';
import { cataloguesFor } from './selector.js';
import { reportAt, type Checker } from './knowledge/checker.js';
import type { Core, StepCore } from '../core.js';
import type { SiteTarget } from '../policy.js';
import { knownType } from './knowledge/knowledge.js';
import { didYouMean } from '../../values/nearest.js';
import { issuer, placeOf, stepPlace } from './knowledge/place.js';
import type { Named, NamedInCatalogue, Type } from '../../values/schema.js';
import { stepOfGet } from './get.js';
import type { Finding } from '../resolve/scope.js';
import { joinAll } from './types/algebra.js';
import { listOf } from './types/text.js';

const targetLabels = stepPlace('target', 'labels');
const claims = stepPlace('identity', 'claims');

/**
 * A text that something is compared with, on either side of `==` and `!=`, or among others: the subject, where it is one
 * expression, and its type.
 */
export function checkNamed(
  checker: Checker,
  subject: { readonly core: Core | null; readonly type: Type },
  value: string,
  at: Core,
): void {
  if (checker.place === 'test') return;
  const { core, type, change } = named(checker, subject);
  const finding =
    core !== null && labelAt(checker, core) !== null
      ? wrongLabel(checker, core, value, change)
      : type.kind === 'string' && type.names !== undefined
        ? wrongName(checker, type.names, value, change, at)
        : null;
  if (finding !== null) reportAt(checker, finding, at);
}

type Change = (text: string) => string;
const same: Change = (text) => text;

/** What `lower(target.name)`, `target.name ?? ""` and `object.get(target, "name", "")` are about, and what is made of it. */
function named(
  checker: Checker,
  { core, type }: { readonly core: Core | null; readonly type: Type },
): { readonly core: Core | null; readonly type: Type; readonly change: Change } {
  if (core?.kind === 'binary' && core.operator === '??') return { core: core.left, type, change: same };
  if (core?.kind !== 'call' || 'clauses' in core.callee) return { core, type, change: same };
  const [first] = core.arguments;
  const step = stepOfGet(core);
  if (step !== null) return { core: step, type, change: same };
  const { name } = core.callee;
  if (first === undefined || (name !== 'lower' && name !== 'upper')) return { core, type, change: same };
  const inner = named(checker, { core: first, type: checker.types.get(first) ?? type });
  const change: Change = (text) => (name === 'lower' ? text.toLowerCase() : text.toUpperCase());
  return { ...inner, change: (text) => change(inner.change(text)) };
}

function wrongName(checker: Checker, names: Named, value: string, change: Change, at: Core): Finding | null {
  switch (names) {
    case 'target':
      return wrongTarget(checker, value, change);
    case 'group':
      // Templates make groups, and what lower case makes of them is not worked out.
      return change === same ? wrongGroup(checker, value) : null;
    case 'issuer':
      return change === same ? wrongIssuer(checker, value) : null;
    case 'database':
      return wrongDatabase(checker, value, change);
    case 'label':
    case 'label-value':
      return wrongLabelled(checker, names, value, change);
    case 'schema':
    case 'table':
    case 'column':
      return wrongTable(checker, names, value, change, at);
  }
}

function wrongTarget(checker: Checker, value: string, change: Change): Finding | null {
  const targets = checker.world.site?.targets ?? null;
  if (targets === null) return null;
  const message = `no target of the configuration is named \`${value}\``;
  const names = new Set(targets.map(({ name }) => change(name)));
  return unlisted({ code: 'unknown-target', message }, value, names);
}

/** An issuer that is near one of the configuration, and may be one of another gateway all the same: addresses are long. */
function wrongIssuer(checker: Checker, value: string): Finding | null {
  const issuers = checker.world.site?.issuers ?? null;
  if (issuers === null || issuers.includes(value)) return null;
  const near = didYouMean(value, issuers);
  const message = `no issuer of the configuration is \`${value}\``;
  return near.help === undefined
    ? null
    : { code: 'impossible-comparison', message, severity: 'warning', ...near };
}

/** The name of the label that an expression is about; null where it is about something else. */
function labelAt(checker: Checker, subject: Core): string | null {
  const place = placeOf(checker.aliases, subject);
  const key = lastKey(subject);
  return place !== null && place === stepPlace(targetLabels, key) ? key : null;
}

function wrongLabel(checker: Checker, subject: Core, value: string, change: Change): Finding | null {
  const targets = checker.world.site?.targets ?? null;
  const key = labelAt(checker, subject);
  if (targets === null || key === null) return null;
  const values = new Set(targets.flatMap(({ labels }) => labels[key] ?? []).map(change));
  const message = `no target of the configuration has the label \`${key}: ${value}\``;
  if (values.size === 0) return null;
  return harming(checker, unlisted({ code: 'unknown-label', message }, value, values));
}

/** An exception for targets that another gateway has is none here, and harms nobody. */
function harming(checker: Checker, finding: Finding | null): Finding | null {
  return finding?.severity === 'warning' && !checker.asked.lack ? null : finding;
}

/** A name or a value of a label, whichever of them it is: `some key, value in target.labels`. */
function wrongLabelled(
  checker: Checker,
  what: 'label' | 'label-value',
  value: string,
  change: Change,
): Finding | null {
  const names = labelNames(checker, what);
  if (names === null) return null;
  const message =
    what === 'label'
      ? `no target of the configuration has the label \`${value}\``
      : `no target of the configuration has a label with the value \`${value}\``;
  return harming(checker, unlisted({ code: 'unknown-label', message }, value, new Set(names.map(change))));
}

function labelNames(checker: Checker, what: 'label' | 'label-value'): readonly string[] | null {
  const targets = checker.world.site?.targets ?? null;
  const all = targets?.flatMap(({ labels }) =>
    what === 'label' ? Object.keys(labels) : Object.values(labels),
  );
  return all ?? null;
}

function databasesOf(targets: readonly SiteTarget[]): readonly NonNullable<SiteTarget['databases']>[] {
  return targets.flatMap(({ databases }) => databases ?? []);
}

/** A pattern of a target may open databases that it does not name. */
function wrongDatabase(checker: Checker, value: string, change: Change): Finding | null {
  const targets = checker.world.site?.targets ?? null;
  // Targets that are no databases have none.
  if (targets === null || value === '') return null;
  const all = databasesOf(targets);
  if (all.some(({ opens }) => (change === same ? opens(value) : opens(value.toLowerCase())))) return null;
  const message = `no target of the configuration has the database \`${value}\``;
  const names = new Set(all.map(({ own }) => change(own)));
  return harming(checker, unlisted({ code: 'unknown-database', message }, value, names));
}

/** Names that there are, of which a fact has one: those of this configuration, or of the catalogues. */
export interface SiteNames {
  readonly names: readonly string[];
  readonly code: string;
  /** As in "holds for no …". */
  readonly what: string;
  /** There may well be others. */
  readonly everywhere: boolean;
}

/** Null where nobody has told them all. */
export function siteNames(checker: Checker, core: Core, type: Type & { kind: 'string' }): SiteNames | null {
  const targets = checker.world.site?.targets ?? null;
  const label = labelAt(checker, core);
  const what = label === null ? type.names : 'label-value';
  switch (what) {
    case 'target':
      return listed(
        targets?.map(({ name }) => name),
        'unknown-target',
        'target of the configuration',
      );
    case 'database': {
      const all = targets === null ? [] : databasesOf(targets);
      const names = all.some(({ patterns }) => patterns) ? null : all.map(({ own }) => own);
      return listed(names, 'unknown-database', 'database of the configuration');
    }
    case 'label':
      return listed(labelNames(checker, what), 'unknown-label', 'label of the configuration');
    case 'label-value': {
      const values = targets?.flatMap(({ labels }) =>
        label === null ? Object.values(labels) : (labels[label] ?? []),
      );
      return listed(values, 'unknown-label', 'value that the label has in the configuration');
    }
    case 'schema':
    case 'table':
    case 'column': {
      const names = cataloguesFor(checker, core).flatMap(({ columns }) => columns.map((one) => one[what]));
      const open = names.includes('*');
      return open ? null : listed(names, 'unknown-table', `${what} of the catalogues`, true);
    }
    case 'group':
    case 'issuer':
    case undefined:
      return null;
    default:
      return never(what);
  }
}

function listed(
  names: readonly string[] | null | undefined,
  code: string,
  what: string,
  everywhere = false,
): SiteNames | null {
  return names === null || names === undefined || names.length === 0
    ? null
    : { names: [...new Set(names)], code, what, everywhere };
}

function lastKey(core: Core): string {
  const key = core.kind === 'step' && core.key.kind === 'constant' ? core.key.value : '';
  return typeof key === 'string' ? key : '';
}

/** Near a name that there is, it is a slip; otherwise it may be one of another gateway. */
function unlisted(finding: Finding, name: string, names: ReadonlySet<string>): Finding | null {
  if (names.has(name)) return null;
  const near = didYouMean(name, names);
  if (near.help !== undefined) return { ...finding, ...near };
  const few = names.size === 0 || names.size > 12 ? {} : { help: `there is ${listOf([...names], 'and')}` };
  return { ...finding, severity: 'warning', ...few };
}

/** A label that no target has, and that is spelt like one. */
export function checkLabel(checker: Checker, core: StepCore, name: string): void {
  const targets = checker.world.site?.targets ?? null;
  if (targets === null || checker.place === 'test') return;
  if (placeOf(checker.aliases, core.base) !== targetLabels) return;
  const names = new Set(targets.flatMap(({ labels }) => Object.keys(labels)));
  const message = `no target of the configuration has the label \`${name}\``;
  const finding = unlisted({ code: 'unknown-label', message }, name, names);
  if (finding === null || (finding.severity === 'warning' && checker.world.tolerated.has(core))) return;
  reportAt(checker, finding, { span: core.keySpan, source: core.source });
}

/** Of names of tables, columns and schemas those that are near one of a catalogue and are none. */
function wrongTable(
  checker: Checker,
  what: NamedInCatalogue,
  value: string,
  change: Change,
  at: Core,
): Finding | null {
  const catalogues = cataloguesFor(checker, at);
  const names = new Set(catalogues.flatMap(({ columns }) => columns.map((one) => change(one[what]))));
  if (names.size === 0 || names.has(value) || names.has('*') || value.startsWith('pg_')) return null;
  const near = didYouMean(value, names);
  if (near.help === undefined) return null;
  return { code: 'unknown-table', message: `there is no ${what} \`${value}\` in the catalogue`, ...near };
}

/** Whether some template of an issuer can make the group. */
function wrongGroup(checker: Checker, value: string): Finding | null {
  const canBe = checker.world.site?.canBeGroup ?? null;
  if (canBe === null || canBe(value)) return null;
  const message = `no issuer of the configuration gives anybody the group \`${value}\``;
  const help = '`identity.issuers[].groups` says which groups there are';
  // Nobody is let in by it; whoever was to be kept out is not.
  const severity = checker.asked.lack ? 'error' : 'warning';
  return { code: 'impossible-group', message, help, severity };
}

/** What is expected of the claims at this place: those of the issuers that the token may come from. */
export function claimsAt(checker: Checker, core: StepCore): Type | null {
  const { site } = checker.world;
  if (site === undefined || checker.place === 'test' || checker.mocked) return null;
  if (placeOf(checker.aliases, core) !== claims) return null;
  const known = knownType(checker.knowledge, issuer);
  const issuers = known?.kind === 'string' && known.values !== undefined ? known.values : site.issuers;
  const types = (issuers ?? []).map((name) => site.claimsOf(name));
  const all = types.filter((type) => type !== null);
  return all.length === 0 || all.length < types.length ? null : joinAll(all);
}

/** The type of a claim below others, which is dynamic all the same; a name that no token has is reported. */
export function expectedBelow(
  checker: Checker,
  at: Parameters<typeof reportAt>[2],
  expected: Type,
  name: string,
): Type {
  if (expected.kind !== 'object') return { kind: 'json' };
  const found = Object.entries(expected.fields).find(([field]) => isNamed(field, name));
  if (found !== undefined) return { kind: 'json', expected: found[1].type };
  if (checker.place === 'test') return { kind: 'json' };
  const near = didYouMean(name, Object.keys(expected.fields));
  // An issuer that takes claims of one's own may have this one.
  if (near.help !== undefined || expected.dictionary !== true) {
    const message = `the tokens of the issuer have no claim \`${name}\``;
    const help =
      near.help ??
      'its documentation says which there are; `claims:` of the issuer names a schema of your own';
    reportAt(checker, { code: 'unknown-claim', message, help }, at);
  }
  return { kind: 'json' };
}

function isNamed(field: string, name: string): boolean {
  return field === name || (field.endsWith('*') && name.startsWith(field.slice(0, -1)));
}
