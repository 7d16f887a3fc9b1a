/** docs/configuration.md: every key of `sallyport.yaml`, from the schema and the table of what its keys say. */
import { z } from 'zod';
import { CONFIG_KEYS } from '../../src/gateway/config/keys.js';
import { configSchema } from '../../src/gateway/config/schema.js';

interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: Shape | boolean;
  readonly required?: readonly string[];
}

export function configurationPage(): string {
  const root = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Shape;
  const rows = Object.entries(CONFIG_KEYS).map(([key, { example, says }]) => {
    const path = key.split('.');
    const shape = shapeAt(root, path);
    const above = shapeAt(root, path.slice(0, -1));
    const last = path.at(-1)!;
    const places = above === undefined ? [] : formsOf(above);
    const required = places.some((one) => one.required?.includes(last));
    return `| \`${key}\` | ${says} | ${typeOf(shape)} | ${defaultOf(shape, required)} | \`${example}\` |`;
  });
  return `# Configuration

Every key of \`sallyport.yaml\`. \`*\` stands for the name of a target or for an entry of a list. A **secret** is \`{env: NAME}\`,
\`{file: path}\` or \`{exec: [command, argument]}\`. Paths are relative to the file. This page is written by \`npm run reference\`;
[Operations](operations.md) explains how the keys work together.

| key | meaning | type | default | example |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function shapeAt(shape: Shape | undefined, path: readonly string[]): Shape | undefined {
  const [first, ...rest] = path;
  if (shape === undefined || first === undefined) return shape;
  for (const one of formsOf(shape)) {
    const { additionalProperties: any, items, properties } = one;
    const found =
      first === '*' ? (items ?? (typeof any === 'object' ? any : undefined)) : properties?.[first];
    const at = found === undefined ? undefined : shapeAt(found, rest);
    if (at !== undefined) return at;
  }
  return undefined;
}

/** The shape itself, and those that it may have. */
function formsOf(shape: Shape): readonly Shape[] {
  return [shape, ...(shape.anyOf ?? []), ...(shape.oneOf ?? [])];
}

function typeOf(shape: Shape | undefined): string {
  if (shape === undefined) return '';
  if (shape.const !== undefined) return `\`${JSON.stringify(shape.const).replaceAll('"', '')}\``;
  if (shape.enum !== undefined) return shape.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (shape.anyOf !== undefined) {
    const names = shape.anyOf.map((one) => ('env' in (one.properties ?? {}) ? 'secret' : typeOf(one)));
    const plain = names.filter(
      (name, at) => !/^object|^list of $/.test(name) || at === 0 || name === 'object',
    );
    const whole = shape.anyOf.every((one) => isSecretPart(one))
      ? ['secret']
      : plain.filter((_, at) => !isSecretPart(shape.anyOf![at]!) || names[at] === 'secret');
    return [...new Set(whole)].join(' or ');
  }
  if (shape.type === 'integer') return `${shape.minimum ?? 0} to ${shape.maximum ?? ''}`;
  if (shape.type === 'array') return `list of ${typeOf(shape.items)}`;
  if (shape.type === 'object') return 'object';
  return shape.type === 'string'
    ? 'text'
    : shape.type === 'boolean'
      ? '`true` or `false`'
      : (shape.type ?? '');
}

/** One of the three forms of a secret. */
function isSecretPart({ properties = {} }: Shape): boolean {
  return ['env', 'file', 'exec'].some((key) => key in properties);
}

function defaultOf(shape: Shape | undefined, required: boolean): string {
  if (required) return 'required';
  const value = shape?.default;
  if (value === undefined || (typeof value === 'object' && Object.keys(value as object).length === 0))
    return 'none';
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
