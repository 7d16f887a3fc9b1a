/** One rule: what it decides, when, and which commands show it. */
import type { DecisionRule, MaskRule, Module, Reason } from '../../grammar/ast.js';
import { printExpression } from '../../grammar/print/printer.js';
import type { Source } from '../../grammar/source.js';
import { never } from '../../src/errors.js';
import type { Example } from './examples.js';
import { code, list, plain, prose } from './markdown.js';
import { bodyItems } from './words.js';

/** A rule may have several bodies, each a way in which it fires. */
export interface DocumentedRule {
  readonly id: string;
  readonly bodies: readonly { readonly rule: DecisionRule; readonly module: Module }[];
}

const examplesMax = 5;

export function ruleHeading({ id, bodies }: DocumentedRule): string {
  const { effect, shadow } = bodies[0]!.rule;
  return `${shadow ? 'shadow ' : ''}${effect} ${code(id)}`;
}

export function ruleSection(rule: DocumentedRule, examples: readonly Example[]): string {
  const [{ rule: first }] = rule.bodies as [DocumentedRule['bodies'][number]];
  const docs = [...new Set(rule.bodies.flatMap((body) => body.rule.doc ?? []))];
  const shadow = first.shadow ? ['It is evaluated and recorded, but does not affect the decision.'] : [];
  return [
    `### ${ruleHeading(rule)}`,
    ...docs.map(prose),
    ...shadow,
    what(rule),
    ...rule.bodies.map(({ rule: body, module }, index) => when(body, module, index)),
    shownBy(examples),
    places(rule),
  ].join('\n\n');
}

function what({ bodies }: DocumentedRule): string {
  const { rule, module } = bodies[0]!;
  switch (rule.effect) {
    case 'allow':
      return `Lets the command through${rule.reason === null ? '' : `: ${reasonText(rule.reason, module.source)}`}.`;
    case 'deny':
      return `Refuses the command: ${reasonText(rule.reason, module.source)}.`;
    case 'review': {
      const count = rule.quorum === null ? 'one member' : `${rule.quorum.text} members`;
      const within = rule.within === null ? '15m' : rule.within.text;
      const by = code(printExpression(rule.by));
      return `Holds the command until ${count} of ${by} approve, for at most ${within}: ${reasonText(rule.reason, module.source)}.`;
    }
    case 'mask':
      return `Shows ${selectorsText(rule)} ${methodText(rule)}.`;
    case 'limit':
      return `Ends a result after ${rule.amount.text} ${rule.unit}.`;
    default:
      return never(rule);
  }
}

function reasonText(reason: Reason, { text }: Source): string {
  if (reason.kind === 'string') return `“${plain(reason.value)}”`;
  return code(text.slice(reason.span.start + 2, reason.span.end - 1));
}

function selectorsText({ selectors }: MaskRule): string {
  const words = {
    column: 'column',
    tagged: 'columns tagged',
    pattern: 'what looks like',
    field: 'field',
    header: 'header',
  };
  const texts = selectors.map(({ by, value }) => `${words[by]} ${code(value)}`);
  return texts.join(', ').replace(/, ([^,]*)$/, ' and $1');
}

function methodText({ method: { name, argument } }: MaskRule): string {
  switch (name) {
    case 'redact':
      return 'as `[redacted]`';
    case 'null':
      return 'as NULL';
    case 'partial':
      return `with all but the last ${argument?.kind === 'number' ? argument.text : '4'} characters hidden`;
    case 'hash':
      return 'as a salted hash';
    case 'email':
      return 'as an e-mail address of which the first letter and the domain remain';
    case 'replace':
      return `as ${code(argument?.kind === 'string' ? argument.value : '')}`;
    default:
      return never(name);
  }
}

function when({ body, unless }: DecisionRule, { source, statements }: Module, index: number): string {
  const guarded = statements.some(({ kind }) => kind === 'applies');
  const or = index === 0 ? '' : 'or ';
  const holds = body === null ? [] : bodyItems(body, source);
  const not = unless === null ? [] : bodyItems(unless, source);
  const parts = [
    ...(holds.length === 0
      ? [capital(`${or}always${guarded ? ', where the file applies' : ''}.`)]
      : [capital(`${or}when`), list(holds)]),
    ...(not.length === 0 ? [] : ['Unless', list(not)]),
  ];
  return parts.join('\n\n');
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function shownBy(examples: readonly Example[]): string {
  if (examples.length === 0) return 'No test shows it.';
  const items = examples.slice(0, examplesMax).map(({ command, effect, test }) => ({
    text: `${code(command)} → ${effect} (${plain(test)})`,
  }));
  const more = examples.length - examplesMax;
  return `Shown by\n\n${list([...items, ...(more > 0 ? [{ text: `and ${more} more` }] : [])])}`;
}

function places({ bodies }: DocumentedRule): string {
  const texts = bodies.map(({ rule, module: { source } }) =>
    code(`${source.path}:${source.position(rule.span.start).line}`),
  );
  return `From ${texts.join(', ')}.`;
}
