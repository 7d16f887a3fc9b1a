/** `policy init`: a configuration, first rules with tests and a job that checks them, from three answers. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { draftOf, filesOf, IGNORED, ISSUERS, type Draft } from '../init/draft.js';
import { UsageError, YES, type ExitCode } from '../output/outcome.js';
import { say } from '../output/terminal.js';

export interface InitOptions {
  readonly database?: string;
  readonly issuer?: string;
  readonly identity?: string;
}

/** What is not given as an option is asked for, if somebody is there to answer. Writes nothing over what is there. */
export async function init(folder: string, options: InitOptions): Promise<ExitCode> {
  const draft = draftOf(await answers(options));
  const files = filesOf(draft);
  const taken = [...files.keys()].filter((name) => existsSync(join(folder, name)));
  if (taken.length > 0)
    throw new UsageError(
      `${taken.map((name) => `\`${name}\``).join(', ')} already exist${taken.length === 1 ? 's' : ''}`,
      'run it in an empty folder, or remove what is there',
    );
  for (const [name, { text, mode }] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    say(`wrote ${path}`);
  }
  ignore(join(folder, '.gitignore'));
  say(`\n${nextSteps(draft, folder)}`);
  return YES;
}

/** A repository may have its own: what it lacks is added at its end. */
function ignore(path: string): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const there = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^\/|\/$/g, '')));
  const missing = IGNORED.filter((line) => !there.has(line.replace(/\/$/, '')));
  if (missing.length === 0) return;
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  appendFileSync(path, `${separator}${missing.join('\n')}\n`);
  say(text === '' ? `wrote ${path}` : `added ${missing.join(', ')} to ${path}`);
}

interface Question {
  readonly option: keyof InitOptions;
  readonly asks: string;
  readonly help: string;
}

const QUESTIONS: readonly Question[] = [
  {
    option: 'database',
    asks: 'Which database? (postgres://user@host:5432/name)',
    help: 'as `--database postgres://app@db.internal:5432/orders`',
  },
  {
    option: 'issuer',
    asks: `Whose tokens may log in? (${Object.keys(ISSUERS).join(', ')}, or the URL of an issuer)`,
    help: 'as `--issuer github`',
  },
  {
    option: 'identity',
    asks: 'Who may read it? (github: owner/repository, gitlab: group/project, otherwise the `sub` of a token)',
    help: 'as `--identity acme/shop`',
  },
];

async function answers(options: InitOptions): Promise<Required<InitOptions>> {
  const open = QUESTIONS.filter(({ option }) => options[option] === undefined);
  if (open.length > 0 && !process.stdin.isTTY)
    throw new UsageError(
      `\`--${open[0]!.option}\` is missing, and there is no terminal to ask on`,
      open[0]!.help,
    );
  const given: Partial<Record<keyof InitOptions, string>> = { ...options };
  const terminal =
    open.length === 0 ? null : createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (const { option, asks } of open) given[option] = (await terminal!.question(`${asks}\n> `)).trim();
  } finally {
    terminal?.close();
  }
  return given as Required<InitOptions>;
}

function nextSteps({ name, passwordFile, localSubject }: Draft, folder: string): string {
  const config = join(folder, 'sallyport.yaml');
  const tokens = join(folder, 'var', 'issuer');
  const from = localSubject === null ? '' : ` --from file:${join(tokens, 'token')}`;
  const steps = [
    `Write the password of the database into ${join(folder, passwordFile)}`,
    `policy check ${config}`,
    ...(localSubject === null ? [] : [`policy issuer ${localSubject} --folder ${tokens} &`]),
    `policy serve -c ${config}`,
    `policy connect ${name} --gateway 127.0.0.1:15432 --plaintext${from} -- psql -c 'DROP TABLE something'`,
  ];
  return steps.map((step, at) => `${at + 1}. ${step}`).join('\n');
}
