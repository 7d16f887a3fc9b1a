/** What `policy init` writes, from its three answers. Pure. */
import { parseModule } from '../../grammar/parser.js';
import { printModule } from '../../grammar/print/printer.js';
import { UsageError } from '../output/outcome.js';

interface IssuerPreset {
  readonly url: string;
  /** A template over the claims; `{}` stands for the answer. */
  readonly group: string;
  readonly claim: string;
}

export const ISSUERS: Readonly<Record<string, IssuerPreset>> = {
  github: { url: 'https://token.actions.githubusercontent.com', group: 'repo:', claim: 'repository' },
  gitlab: { url: 'https://gitlab.com', group: 'project:', claim: 'project_path' },
  buildkite: { url: 'https://agent.buildkite.com', group: 'pipeline:', claim: 'pipeline_slug' },
  /** That of `policy issuer`. */
  local: { url: 'http://127.0.0.1:15400', group: 'sub:', claim: 'sub' },
};

export interface Draft {
  /** The target's name. */
  readonly name: string;
  readonly address: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly passwordFile: string;
  readonly tls: 'verify' | 'off';
  readonly issuer: string;
  readonly template: string;
  readonly group: string;
  readonly ci: 'github' | 'gitlab' | 'other';
  /** The `sub` of tokens from `policy issuer`; null for another issuer. */
  readonly localSubject: string | null;
}

/** Throws UsageError if an answer cannot be used. */
export function draftOf(answers: {
  readonly database: string;
  readonly issuer: string;
  readonly identity: string;
}): Draft {
  const url = databaseOf(answers.database);
  const preset = ISSUERS[answers.issuer] ?? ownIssuer(answers.issuer);
  if (!/^[^\s"'{}\\\p{Cc}]+$/u.test(answers.identity))
    throw new UsageError(
      `\`${answers.identity}\` is not an identity`,
      'write it without spaces, quotes and braces',
    );
  const database = decodeURIComponent(url.pathname.slice(1));
  const name = database.replaceAll(/[^A-Za-z0-9_-]/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'database';
  const host = url.hostname;
  const local = host === 'localhost' || host === '[::1]' || host.startsWith('127.');
  return {
    name,
    address: `${host}:${url.port === '' ? '5432' : url.port}`,
    database,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    passwordFile: `${name}.password`,
    tls: local || url.searchParams.get('sslmode') === 'disable' ? 'off' : 'verify',
    issuer: preset.url,
    template: `${preset.group}{${preset.claim}}`,
    group: `${preset.group}${answers.identity}`,
    ci: answers.issuer === 'github' || answers.issuer === 'gitlab' ? answers.issuer : 'other',
    localSubject: answers.issuer === 'local' ? answers.identity : null,
  };
}

function databaseOf(text: string): URL {
  const help = 'write it as `postgres://user@host:5432/name`';
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw new UsageError('the database is not a PostgreSQL URL', help);
  if (url.hostname === '' || url.username === '' || url.pathname.length < 2)
    throw new UsageError('the database URL lacks a user, a host or a database name', help);
  return url;
}

function ownIssuer(text: string): IssuerPreset {
  if (!URL.canParse(text))
    throw new UsageError(
      `\`${text}\` is not an issuer`,
      `${Object.keys(ISSUERS).join(', ')}, or an https URL`,
    );
  return { url: text, group: 'sub:', claim: 'sub' };
}

/** What must not be committed: passwords, recordings, tokens of `policy issuer`, and what npm installs. */
export const IGNORED: readonly string[] = ['*.password', 'var/', 'node_modules/'];

export interface DraftFile {
  readonly text: string;
  readonly mode: number;
}

/** By path below the folder. */
export function filesOf(draft: Draft): ReadonlyMap<string, DraftFile> {
  const { passwordFile, password, ci } = draft;
  // A file has the name of its package.
  const rules = `rules/${packageOf(draft)}`;
  const files = new Map<string, DraftFile>([
    ['sallyport.yaml', { text: configurationOf(draft), mode: 0o644 }],
    [`${rules}.rules`, { text: laidOut(rulesOf(draft)), mode: 0o644 }],
    [`${rules}_test.rules`, { text: laidOut(testsOf(draft)), mode: 0o644 }],
    // Readable by its owner alone, and not committed.
    [passwordFile, { text: password === '' ? '' : `${password}\n`, mode: 0o600 }],
  ]);
  const [path, text] = WORKFLOWS[ci];
  return files.set(path, { text, mode: 0o644 });
}

/** As `policy fmt` has it: how wide a row is depends on the names. */
function laidOut(text: string): string {
  const { module } = parseModule('init', text);
  return module === null ? text : printModule(module);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

/** YAML reads some plain words and numbers as something else than text. */
function keyOf(name: string): string {
  return /^[a-z]/i.test(name) && !/^(null|true|false)$/i.test(name) ? name : quoted(name);
}

function configurationOf(draft: Draft): string {
  return `rules: ./rules
identity:
  issuers:
    - issuer: ${quoted(draft.issuer)}
      audience: sallyport
      groups: [${quoted(draft.template)}]
targets:
  ${keyOf(draft.name)}:
    type: postgres
    address: ${quoted(draft.address)}
    database: ${quoted(draft.database)}
    user: ${quoted(draft.user)}
    password: { file: ${quoted(`./${draft.passwordFile}`)} }
    tls: ${draft.tls}
listen:
  postgres: 127.0.0.1:15432
recordings: ./var/recordings
`;
}

function packageOf({ name }: Draft): string {
  const word = name.toLowerCase().replaceAll('-', '_');
  return /^[a-z]/.test(word) ? word : `db_${word}`;
}

function rulesOf(draft: Draft): string {
  return `package ${packageOf(draft)}

## The rules of this file are about one target.
applies if target.name == ${quoted(draft.name)}

## Nothing is allowed unless a rule allows it. This one allows reading.
allow reads if {
  ${quoted(draft.group)} in identity.groups
  sql.read_only
}

## A deny beats every allow.
deny destruction "nothing is dropped or truncated through the gateway" if {
  some s in sql.statements
  s.verb in {"drop", "truncate"}
}
`;
}

function testsOf(draft: Draft): string {
  const name = packageOf(draft);
  return `package ${name}

test "who reads, and what nobody does" {
  given target := {"name": ${quoted(draft.name)}, "type": "postgres"}
  given identity.groups := {${quoted(draft.group)}}

  sql "SELECT 1"         => allow ${name}.reads
  sql "DROP TABLE a"     => deny ${name}.destruction
  sql "TRUNCATE a"       => deny ${name}.destruction
  sql "DELETE FROM a"    => deny
  sql "SELECT 1"
    with identity.groups as {"somebody else"} => deny
}
`;
}

const STEPS = ['policy check --elsewhere', 'policy lint --strict', 'policy test'];

const WORKFLOWS: Readonly<Record<Draft['ci'], readonly [path: string, text: string]>> = {
  github: [
    '.github/workflows/sallyport.yml',
    `name: rules
on: [pull_request]
permissions: { contents: read }
jobs:
  rules:
    runs-on: ubuntu-latest
    container: ci-tools:1 # an image with \`policy\`
    steps:
      - uses: actions/checkout@v4
${STEPS.map((step) => `      - run: ${step}\n`).join('')}`,
  ],
  gitlab: [
    '.gitlab/sallyport.yml',
    `# include this file in .gitlab-ci.yml
rules:
  image: ci-tools:1 # an image with \`policy\`
  rules: [{ if: $CI_PIPELINE_SOURCE == 'merge_request_event' }]
  script:
${STEPS.map((step) => `    - ${step}\n`).join('')}`,
  ],
  other: [
    'ci/check-rules.sh',
    `#!/bin/sh\n# run this for every change of the rules\nset -eu\n${STEPS.join('\n')}\n`,
  ],
};
