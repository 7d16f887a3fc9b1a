/** `policy explain`: one command decided, and why. */
import { existsSync } from 'node:fs';
import { explain as explainDecision, type Explanation } from '../src/engine/explain.js';
import {
  fromJson,
  isArray,
  isObject,
  property,
  toJson,
  Unknown,
  ValueSet,
  type Value,
  type ValueObject,
} from '../src/engine/value.js';
import { commandFacts, sessionFacts, type SessionDescription } from '../src/facts/command.js';
import { loadSqlParser } from '../src/facts/sql/parser.js';
import { settle } from '../src/masking/settle.js';
import { tagsFor } from '../src/masking/tags.js';
import { catalogueFinder } from './catalogue-file.js';
import { readConfig, rulesFolder } from './config.js';
import { describeDecision, effectWord } from './decision.js';
import { renderOtherwise, renderRules } from './explanation.js';
import { readObject } from './facts-input.js';
import { UsageError, FINDING, YES, type ExitCode } from './outcome.js';
import { host, loadRuleSet } from './rule-set.js';
import { analyse } from './sql-extractor.js';
import { paint, print, printJson } from './terminal.js';

export interface ExplainOptions {
  readonly as: string;
  readonly on: string;
  readonly label?: readonly string[];
  readonly rules?: readonly string[];
  readonly catalogue?: readonly string[];
  readonly config?: string;
  readonly format: 'text' | 'json';
}

/** Exits 0 where the command is allowed, 1 where it is not. */
export async function explain(text: string, options: ExplainOptions): Promise<ExitCode> {
  await loadSqlParser();
  const config = await readConfig(options.config);
  const { bundle, policy } = loadRuleSet(
    options.rules ?? (config === null ? undefined : [rulesFolder(config)]),
  );
  const catalogue = catalogueFinder([...(options.catalogue ?? []), ...bundle.catalogues], 'targets').find(
    options.on,
  );
  const analysis = analyse(text, catalogue);
  const target = describeTarget(options, config?.targets.get(options.on) ?? null);
  const now = new Date();
  const session = sessionFacts({
    id: 'explain',
    identity: readIdentity(options.as),
    target,
    client,
    started: now,
  });
  const phase = 'query';
  const facts = commandFacts(session, { text, phase, analysis }, now);
  const explained = explainDecision(bundle, host, facts);
  if (explained === null) throw new Error('rules that compiled before do not compile now');
  const tags = tagsFor(explained.decision.masks, policy, facts);
  const { decision } = settle(explained.decision, { phase, analysis }, catalogue, tags);
  const settled = { ...explained, decision };
  if (options.format === 'json') printJson({ facts: toJson(facts), ...settled });
  else print(describe(facts, settled));
  return decision.effect === 'allow' ? YES : FINDING;
}

const client = { address: '127.0.0.1', application: 'policy explain' };

function describe(facts: ValueObject, explanation: Explanation): string {
  const { decision } = explanation;
  return [
    paint.bold('facts'),
    ...['identity', 'target', 'sql'].flatMap((root) => outline(root, property(facts, root) ?? null, 1)),
    '',
    paint.bold('rules'),
    ...renderRules(explanation).map((line) => `  ${line}`),
    '',
    paint.bold('decision'),
    `  ${effectWord(decision.effect)} ${describeDecision(decision).join('\n         ')}`,
    ...otherwise(explanation),
  ].join('\n');
}

function otherwise(explanation: Explanation): string[] {
  const lines = renderOtherwise(explanation);
  return lines.length === 0
    ? []
    : ['', paint.bold('it would be otherwise'), ...lines.map((line) => `  ${line}`)];
}

/** Facts as indented lines; what is empty is left out, because it says nothing about this command. */
function outline(name: string, value: Value, depth: number): string[] {
  const json = toJson(value);
  const line = (text: string): string => `${'  '.repeat(depth)}${paint.dim(`${name}:`)} ${text}`;
  // Of a text without parameters it goes without saying that none is bound.
  if (isEmpty(json) || (name === 'parameters' && value instanceof Unknown)) return [];
  if (value instanceof Unknown) return [line(`unknown: ${value.reason}`)];
  if (isObject(value))
    return [
      line('').trimEnd(),
      ...Object.entries(value).flatMap(([key, one]) => outline(key, one, depth + 1)),
    ];
  const members = value instanceof ValueSet ? value.items : isArray(value) ? value : null;
  if (members?.some(isObject) !== true) return [line(typeof json === 'string' ? json : JSON.stringify(json))];
  return members.flatMap((member, index) => outline(`${name}[${index}]`, member, depth));
}

function isEmpty(json: unknown): boolean {
  if (json === null || json === false || json === '') return true;
  return typeof json === 'object' && Object.keys(json).length === 0;
}

/** `ci-test` is in the group of its own name; `alice:dba,pii-reader` names the groups; a file holds all facts. */
function readIdentity(text: string): SessionDescription['identity'] {
  if (/\.(json|ya?ml)$/.test(text) || existsSync(text)) return identityFrom(text);
  const [subject = '', groups] = splitOnce(text, ':');
  if (subject === '')
    throw new UsageError('`--as` names nobody', 'write `--as ci-test` or `--as alice:dba,pii-reader`');
  return {
    subject,
    issuer: 'policy explain',
    kind: 'service',
    name: subject,
    groups: groups === undefined ? [subject] : groups.split(',').filter((group) => group !== ''),
    claims: fromJson({ sub: subject }),
  };
}

function splitOnce(text: string, at: string): string[] {
  const index = text.indexOf(at);
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function identityFrom(file: string): SessionDescription['identity'] {
  const { subject, issuer, kind, name, groups, claims } = readObject(file);
  const texts = groups === undefined ? [] : isArray(groups) ? groups : null;
  if (typeof subject !== 'string' || texts === null || !texts.every((group) => typeof group === 'string')) {
    throw new UsageError(`\`${file}\` is no identity`, 'it has a `subject` and a list of `groups`');
  }
  return {
    subject,
    issuer: typeof issuer === 'string' ? issuer : 'policy explain',
    kind: kind === 'human' ? 'human' : 'service',
    name: typeof name === 'string' ? name : subject,
    groups: texts,
    claims: claims ?? fromJson({ sub: subject }),
  };
}

function describeTarget(
  { on, label = [] }: ExplainOptions,
  known: { readonly database: string; readonly labels: Readonly<Record<string, string>> } | null,
): SessionDescription['target'] {
  const labels = label.map((text) => {
    const [key = '', value] = splitOnce(text, '=');
    if (key === '' || value === undefined)
      throw new UsageError(`\`${text}\` is no label`, 'write `--label env=prod`');
    return [key, value] as const;
  });
  return {
    name: on,
    type: 'postgres',
    database: known?.database ?? on,
    labels: { ...known?.labels, ...Object.fromEntries(labels) },
  };
}
