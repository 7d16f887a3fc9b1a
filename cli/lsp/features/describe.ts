/** What something is, in Markdown. */
import type { Builtin } from '../../../src/engine/builtins/define/builtin.js';
import { json, type Type } from '../../../src/values/schema.js';
import { renderValue } from '../../../src/values/render.js';
import { never } from '../../../src/errors.js';
import { dataAt } from '../analysis/declarations.js';
import type { Entity, Occurrence } from '../analysis/entity.js';
import type { RuleSetNames } from '../analysis/walk.js';
import { typeText, valuesOf } from '../analysis/types.js';

/** `regex.match(pattern: string, value: string): boolean`. */
export function callText({
  name,
  parameters,
  result,
}: Pick<Builtin, 'name' | 'parameters' | 'result'>): string {
  return `${name}(${parameters.map(parameterText).join(', ')}): ${typeText(result)}`;
}

export function parameterText({ name, type, optional, variadic }: Builtin['parameters'][number]): string {
  return `${variadic === true ? '…' : ''}${name}${optional === true ? '?' : ''}: ${typeText(type)}`;
}

export function describe({ entity, type }: Occurrence, names: RuleSetNames): string {
  switch (entity.kind) {
    case 'fact': {
      const { field, path } = entity;
      const absent = field.optional === true ? ['May be absent.'] : [];
      return joined(
        code(`${path}: ${typeText(field.type)}`),
        field.doc,
        ...absent,
        ...rootTargets(path, names),
        ...allValues(field.type),
      );
    }
    case 'builtin':
      return joined(code(callText(entity.builtin)), entity.builtin.doc);
    case 'rule':
      return describeRule(names, entity.path);
    case 'package':
      return joined(code(`package ${entity.path.join('.')}`));
    case 'data':
      return describeData(entity, names);
    case 'import':
      return joined(code(`import ${entity.path.join('.')}${entity.aliased ? ` as ${entity.name}` : ''}`));
    case 'local':
      return joined(code(`${entity.name}: ${typeText(type ?? { kind: 'json' })}`));
    case 'detector':
      return joined(code(`pattern ${entity.name}`), names.schema.detectors?.[entity.name] ?? '');
    case 'method':
      return joined(code(`with ${entity.name}`), methodDocs[entity.name] ?? '');
    default:
      return never(entity);
  }
}

export const methodDocs: Readonly<Record<string, string>> = {
  redact: 'The whole value becomes `[redacted]`.',
  null: 'The whole value becomes NULL.',
  partial: 'All but the last characters are hidden.',
  hash: 'A hash that is salted with the key of the gateway: equal values stay equal.',
  email: 'The first letter and the domain of an e-mail address remain.',
  replace: 'The whole value becomes the text.',
};

/** A rule may have several bodies: the first documentation applies to all. */
function describeRule(names: RuleSetNames, path: readonly string[]): string {
  const bodies = names.declarations.rules.get(path.join('.')) ?? [];
  const heads = [...new Set(bodies.map(({ head }) => head))].slice(0, 4);
  const doc = bodies.find((body) => body.doc !== null)?.doc ?? '';
  const more = bodies.length > 1 ? `${bodies.length} bodies` : '';
  return joined(
    code([...heads, ...typeLine(names, path)].join('\n')),
    `\`data.${path.join('.')}\``,
    doc,
    more,
  );
}

/** The checker's type of its value, as a comment: it is not in the source. */
function typeLine({ declarations, types }: RuleSetNames, path: readonly string[]): readonly string[] {
  const type = types.get(path.join('.'));
  const [rule] = declarations.rules.get(path.join('.')) ?? [];
  if (type === undefined || rule === undefined) return [];
  const given = rule.parameters.map((name, index) => `${name}: ${typeText(type.parameters[index] ?? json)}`);
  const call = rule.kind === 'function' ? `(${given.join(', ')})` : '';
  return [`# ${path.at(-1)!}${call}: ${typeText(type.value)}`];
}

const valueLengthMax = 400;

function describeData({ path }: Entity & { kind: 'data' }, { declarations }: RuleSetNames): string {
  const value = dataAt(declarations.data, path);
  const shown = value === undefined ? '' : renderValue(value);
  const text = shown.length > valueLengthMax ? `${shown.slice(0, valueLengthMax)}…` : shown;
  return joined(code(`data.${path.join('.')}`), text === '' ? '' : code(text));
}

function rootTargets(path: string, { schema }: RuleSetNames): readonly string[] {
  const targets = Object.hasOwn(schema.roots, path) ? schema.roots[path]!.targets : undefined;
  return targets === undefined
    ? []
    : [`Present if \`target.type\` is ${targets.map((one) => `\`${one}\``).join(' or ')}.`];
}

/** If the type does not list all of them. */
function allValues(type: Type): readonly string[] {
  const element = type.kind === 'set' || type.kind === 'array' ? type.element : type;
  const values = valuesOf(element);
  return values.length > 12 ? [`One of ${values.map((value) => `\`${value}\``).join(', ')}.`] : [];
}

function code(text: string): string {
  return `\`\`\`rules\n${text.replaceAll('```', '')}\n\`\`\``;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
