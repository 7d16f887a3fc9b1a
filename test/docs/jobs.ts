/** The code blocks of a page, and the jobs of CI systems in them, as what a runner makes of them: variables and scripts. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export interface Block {
  readonly language: string;
  /** The comment in its first line; empty if there is none. */
  readonly title: string;
  readonly text: string;
}

export function blocksOf(page: string, ...languages: readonly string[]): readonly Block[] {
  const found = readFileSync(page, 'utf8').matchAll(/^```(\w+)\n(?:(?:#|\/\/) (.*)\n)?([\s\S]*?)^```$/gm);
  return [...found]
    .map(([, language, title, text]) => ({ language: language!, title: title ?? '', text: text! }))
    .filter(({ language }) => languages.includes(language));
}

type Variables = Readonly<Record<string, string>>;

export interface Job {
  readonly env: Variables;
  /** Each is for a shell that stops at the first error. */
  readonly scripts: readonly string[];
}

/** By name. Throws if the block is not of a system that is known. */
export function jobsOf({ language, title, text }: Block): ReadonlyMap<string, Job> {
  if (language === 'groovy') return jenkinsJobs(text);
  const read: unknown = parse(text);
  if (title.startsWith('.github/workflows/')) return githubJobs(read as Github);
  if (title.startsWith('.gitlab-ci.yml')) return gitlabJobs(read as Gitlab);
  if (title === '.buildkite/pipeline.yml') return buildkiteJobs(read as Buildkite);
  if (title === '.circleci/config.yml') return circleJobs(read as Circle);
  throw new Error(`no system reads \`${title}\``);
}

function jobs(
  entries: readonly (readonly [string, Variables | undefined, readonly string[]])[],
): Map<string, Job> {
  return new Map(entries.map(([name, env, scripts]) => [name, { env: env ?? {}, scripts }]));
}

interface Github {
  readonly jobs: Readonly<
    Record<string, { readonly env?: Variables; readonly steps: readonly { readonly run?: string }[] }>
  >;
}

function githubJobs(read: Github): Map<string, Job> {
  return jobs(
    Object.entries(read.jobs).map(([name, { env, steps }]) => [
      name,
      env,
      steps.flatMap(({ run }) => run ?? []),
    ]),
  );
}

type Gitlab = Readonly<
  Record<string, { readonly variables?: Variables; readonly script: readonly string[] }>
>;

/** All lines of a job run in one shell. */
function gitlabJobs(read: Gitlab): Map<string, Job> {
  return jobs(
    Object.entries(read).map(([name, { variables, script }]) => [name, variables, [script.join('\n')]]),
  );
}

interface Buildkite {
  readonly steps: readonly (
    | string
    | {
        readonly label: string;
        readonly env?: Variables;
        readonly command?: string;
        readonly commands?: readonly string[];
      }
  )[];
}

function buildkiteJobs({ steps }: Buildkite): Map<string, Job> {
  const found = steps.flatMap((step) => (typeof step === 'string' ? [] : [step]));
  return jobs(found.map(({ label, env, command, commands }) => [label, env, commands ?? [command!]]));
}

interface Circle {
  readonly jobs: Readonly<
    Record<
      string,
      { readonly environment?: Variables; readonly steps: readonly (string | { readonly run?: string })[] }
    >
  >;
}

function circleJobs(read: Circle): Map<string, Job> {
  return jobs(
    Object.entries(read.jobs).map(([name, { environment, steps }]) => [
      name,
      environment,
      steps.flatMap((step) => (typeof step === 'string' ? [] : (step.run ?? []))),
    ]),
  );
}

/** A stage is a job here. Of Groovy no more is read than what a declarative pipeline has of strings. */
function jenkinsJobs(text: string): Map<string, Job> {
  const [head = '', ...stages] = text.split(/stage\('(\w+)'\)/);
  const variables = [...head.matchAll(/^ +(\w+) = '([^']*)'$/gm)].map(
    ([, name, value]) => [name!, value!] as const,
  );
  const env: Variables = Object.fromEntries(variables);
  const entries: (readonly [string, Variables, readonly string[]])[] = [];
  for (let at = 0; at < stages.length; at += 2) {
    const scripts = [...stages[at + 1]!.matchAll(/^ +sh '([^']*)'$/gm)].map(([, script]) => script!);
    entries.push([stages[at]!, env, scripts]);
  }
  return jobs(entries);
}
