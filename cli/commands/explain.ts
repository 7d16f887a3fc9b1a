/** `policy explain`: one command decided, and why. */
import { existsSync } from 'node:fs';
import type { CommandRow } from '../../grammar/ast.js';
import type { Decision } from '../../src/engine/decision.js';
import { explain as explainDecision, type Explanation } from '../../src/engine/explain/explain.js';
import type { Facts } from '../../src/engine/policy.js';
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
} from '../../src/values/value.js';
import { nearest } from '../../src/values/nearest.js';
import { nanoseconds, sessionFacts, type SessionDescription } from '../../src/facts/command.js';
import { loadProtocols, protocolNamed, protocolOfRow, protocols } from '../../src/protocols/list.js';
import type { Protocol } from '../../src/protocols/protocol.js';
import { catalogueFinder } from '../input/catalogue-file.js';
import { readConfig, rulesFolder } from '../input/config.js';
import { describeDecision, effectWord } from '../output/decision.js';
import { renderOtherwise, renderRules } from '../output/explanation.js';
import { readObject, withGiven } from '../input/facts-input.js';
import { UsageError, FINDING, YES, type ExitCode } from '../output/outcome.js';
import { host, loadRuleSet } from '../input/rule-set.js';
import { commandReader } from '../testing/command-reader.js';
import { paint, print, printJson, say } from '../output/terminal.js';

export interface ExplainOptions {
  readonly as: string;
  readonly on: string;
  readonly label?: readonly string[];
  readonly given?: readonly string[];
  readonly protocol?: CommandRow['protocol'];
  readonly rules?: readonly string[];
  readonly catalogue?: readonly string[];
  readonly config?: string;
  readonly format: 'text' | 'json';
}

/** Exits 0 if the command is allowed, 1 if it is not. */
export async function explain(command: string, options: ExplainOptions): Promise<ExitCode> {
  await loadProtocols();
  const config = await readConfig(options.config);
  const { bundle, policy } = loadRuleSet(
    options.rules ?? (config === null ? undefined : [rulesFolder(config)]),
  );
  const catalogues = catalogueFinder([...(options.catalogue ?? []), ...bundle.catalogues], 'targets');
  const known: KnownTarget | null = config?.targets.get(options.on) ?? null;
  if (config !== null && known === null) sayUnknownTarget(options.on, [...config.targets.keys()]);
  const protocol = chosenProtocol(options, known);
  const { extractors, plan } = commandReader(catalogues, policy);
  const session = describeSession(options, protocol, known);
  const text = protocol.fromCommandLine(command);
  const found = extractors[protocol.row]!(text, session);
  const facts = withGiven({ ...session, ...found }, options.given ?? [], host.schema);
  const explained = explainDecision(bundle, host, facts);
  if (explained === null) throw new Error('rules that compiled before do not compile now');
  const decide = (given: Facts): Decision => policy.decide(given);
  const { decision } = plan(explained.decision, { protocol: protocol.row, text, facts, decide });
  const planned = { ...explained, decision };
  if (options.format === 'json') printJson({ facts: toJson(facts), ...planned });
  else print(describe(facts, rootsOf(found), planned));
  return decision.effect === 'allow' ? YES : FINDING;
}

/** Without a configured target, the command is decided without the target's labels. */
function sayUnknownTarget(name: string, names: readonly string[]): void {
  const near = nearest(name, names);
  const meant = near === null ? `there is ${names.join(', ') || 'none'}` : `did you mean \`${near}\`?`;
  say(`the configuration has no target named \`${name}\`, so it has no labels here: ${meant}`);
}

/** The named protocol, or the target's; otherwise the first of the list. */
function chosenProtocol({ protocol }: ExplainOptions, known: KnownTarget | null): Protocol {
  if (protocol !== undefined) return protocolOfRow(protocol);
  return (known === null ? null : protocolNamed(known.type)) ?? protocols[0]!;
}

/** What the command says of itself; its text is what was asked about. */
function rootsOf(found: ValueObject): string[] {
  return ['identity', 'target', ...Object.keys(found).filter((root) => root !== 'command')];
}

function describeSession(
  options: ExplainOptions,
  protocol: Protocol,
  known: KnownTarget | null,
): ValueObject {
  const now = new Date();
  const session = sessionFacts({
    id: 'explain',
    identity: readIdentity(options.as),
    target: describeTarget(options, protocol, known),
    client: { address: '127.0.0.1', application: 'policy explain' },
    started: now,
  });
  return { ...session, now: nanoseconds(now) };
}

function describe(facts: ValueObject, roots: readonly string[], explanation: Explanation): string {
  const { decision } = explanation;
  return [
    paint.bold('facts'),
    ...roots.flatMap((root) => outline(root, property(facts, root) ?? null, 1)),
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
    : ['', paint.bold('how it could be decided differently'), ...lines.map((line) => `  ${line}`)];
}

/** Facts as indented lines; what is empty is left out, because it says nothing about this command. */
function outline(name: string, value: Value, depth: number): string[] {
  const json = toJson(value);
  const line = (text: string): string => `${'  '.repeat(depth)}${paint.dim(`${name}:`)} ${text}`;
  // For a text without parameters it goes without saying that none is bound.
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
    throw new UsageError('`--as` is empty', 'write `--as ci-test` or `--as alice:dba,pii-reader`');
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
    throw new UsageError(`\`${file}\` is not an identity`, 'it must have a `subject` and a list of `groups`');
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

interface KnownTarget {
  readonly type: string;
  /** For a database. */
  readonly database?: string;
  readonly labels: Readonly<Record<string, string>>;
}

function describeTarget(
  { on, label = [] }: ExplainOptions,
  protocol: Protocol,
  known: KnownTarget | null,
): SessionDescription['target'] {
  const labels = label.map((text) => {
    const [key = '', value] = splitOnce(text, '=');
    if (key === '' || value === undefined)
      throw new UsageError(`\`${text}\` is not a label`, 'write `--label env=prod`');
    return [key, value] as const;
  });
  return {
    name: on,
    type: protocol.name,
    database: known?.database ?? (protocol.hasDatabases ? on : ''),
    labels: { ...known?.labels, ...Object.fromEntries(labels) },
  };
}
