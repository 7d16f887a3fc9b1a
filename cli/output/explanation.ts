/** An explanation for the terminal: each rule as a tree of conditions and values, and what would have to differ. */
import { changeLines, conditionLines } from '../../src/engine/explain/change-text.js';
import type {
  BodyExplanation,
  ConditionExplanation,
  Explanation,
  RuleExplanation,
} from '../../src/engine/explain/explain.js';
import type { Fared, Part } from '../../src/engine/explain/trace.js';
import { shownPlace } from './decision.js';
import { count, paint } from './terminal.js';

const marks: Readonly<Record<Fared, string>> = {
  held: paint.green('✓'),
  failed: paint.red('✗'),
  unknown: paint.yellow('?'),
  'not reached': ' ',
};
/** Values that are shown of a condition that held. */
const heldPartsMax = 3;
/** Rules that are named if many have the same reason. */
const namesMax = 4;

/** Rules that made the decision, or could have, come first. */
export function renderRules({ rules }: Explanation): string[] {
  const apart = rules.filter((rule) => elsewhere(rule) !== null);
  const near = rules.filter((rule) => !apart.includes(rule));
  const told = (['unknown', 'fired', 'did not fire'] as const).flatMap((outcome) =>
    near.filter((rule) => rule.outcome === outcome).flatMap(renderRule),
  );
  return [...told, ...renderElsewhere(apart)];
}

/** Why a rule's file does not apply to this command; null if it does. */
function elsewhere({ outcome, bodies }: RuleExplanation): string | null {
  const [first] = bodies[0]?.conditions ?? [];
  const alone = outcome === 'did not fire' && bodies.length === 1;
  if (!alone || first?.clause !== 'applies' || first.fared !== 'failed') return null;
  const changes = first.within.flatMap(({ conditions }) => conditions.flatMap((one) => one.changes));
  return changeLines(changes).join(' ');
}

/** Rules of files that do not apply: one line for all with the same reason. */
function renderElsewhere(rules: readonly RuleExplanation[]): string[] {
  const groups = new Map<string, RuleExplanation[]>();
  for (const rule of rules) groups.set(elsewhere(rule)!, [...(groups.get(elsewhere(rule)!) ?? []), rule]);
  return [...groups].flatMap(([why, some]) => {
    const files = [...new Set(some.map((rule) => shownPlace(rule).replace(/:\d+$/, '')))];
    const head = `${count(some.length, 'rule')} of ${files.join(', ')} ${paint.dim('did not apply')}`;
    return [head, ...(why === '' ? [] : [`  ${paint.cyan(why)}`])];
  });
}

/** Which rules would need another outcome, and how they would get it. */
export function renderOtherwise({ otherwise }: Pick<Explanation, 'otherwise'>): string[] {
  const ways = new Map<string, string[]>();
  for (const one of otherwise) {
    const way = renderWay(one);
    ways.set(way, [...(ways.get(way) ?? []), `${one.effect} ${paint.bold(one.id)}`]);
  }
  return [...ways].flatMap(([way, names]) => {
    const shown = names.slice(0, namesMax);
    const more = names.length - shown.length;
    return [[...shown, ...(more > 0 ? [count(more, 'more rule')] : [])].join(', '), ...way.split('\n')];
  });
}

function renderWay({ outcome, changes }: Explanation['otherwise'][number]): string {
  const words = {
    unknown: 'could be decided if',
    fired: 'would not fire if',
    'did not fire': 'would fire if',
  };
  const lines = changes.length === 0 ? [paint.dim('its conditions were different')] : conditionLines(changes);
  return [`  ${words[outcome]}`, ...lines.map((line) => `    ${line}`)].join('\n');
}

function renderRule(rule: RuleExplanation): string[] {
  const name = `${rule.shadow ? 'shadow ' : ''}${rule.effect} ${paint.bold(rule.id)}`;
  const head = `${name} ${outcomeWord(rule)} ${paint.dim(`(${shownPlace(rule)})`)}`;
  const doc = rule.outcome === 'did not fire' ? [] : (rule.doc?.split('\n') ?? []);
  const bodies = rule.bodies.filter(({ conditions }) => conditions.some(isReached));
  return [
    head,
    ...doc.map((line) => paint.dim(`  ${line}`)),
    ...rule.reasons.map((reason) => `  reason: ${reason}`),
    ...(rule.unknown === null ? [] : [`  ${rule.unknown}`]),
    ...bodies.flatMap((body) => renderBody(body, '  ')),
  ];
}

function outcomeWord({ outcome }: RuleExplanation): string {
  if (outcome === 'fired') return paint.green('fired');
  return outcome === 'unknown' ? paint.red('cannot be decided') : paint.dim('did not fire');
}

function isReached({ fared }: ConditionExplanation): boolean {
  return fared !== 'not reached';
}

/** The branches of a tree: each condition, and below it its values and the rules that it reads. */
export function renderBody({ conditions }: BodyExplanation, indent: string): string[] {
  const reached = conditions.filter(isReached);
  return reached.flatMap((condition, at) => {
    const last = at === reached.length - 1;
    const [head = '', ...below] = renderCondition(condition);
    const rail = last ? ' ' : paint.dim('│');
    return [
      `${indent}${paint.dim(last ? '└' : '├')} ${head}`,
      ...below.map((line) => `${indent}${rail}   ${line}`),
    ];
  });
}

function renderCondition(condition: ConditionExplanation): string[] {
  const { clause, fared, text, line, parts, changes, within } = condition;
  const word = clause === 'unless' ? 'unless ' : '';
  const shown = telling(parts, text);
  return [
    `${marks[fared]} ${word}${text} ${paint.dim(`line ${line}`)}`,
    ...renderParts(
      fared === 'held' ? shown.filter(({ value }) => value !== 'true').slice(0, heldPartsMax) : shown,
    ),
    ...changeLines(changes).map((change) => paint.cyan(change)),
    ...within.flatMap((body) => renderBody(body, '')),
  ];
}

export function renderParts(parts: readonly Part[]): string[] {
  return parts.flatMap(({ text, value, notes = [] }) => [
    `${paint.dim(`${text} is`)} ${value}`,
    ...notes.map((note) => `  ${paint.yellow(note)}`),
  ]);
}

/** Values that are informative: whole objects are in the facts above, and a literal is its own value. */
export function telling(parts: readonly Part[], whole: string): readonly Part[] {
  return parts.filter(
    ({ text, value, notes }) =>
      notes !== undefined ||
      (text !== whole && text !== value && !/\{"[^"]*": /.test(value) && !text.startsWith(`${whole} `)),
  );
}
