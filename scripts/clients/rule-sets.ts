/** The rules that the tools run under: what is compared with a server that has none. */
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface RuleSet {
  readonly about: string;
  /** Lines of the target. */
  readonly ofTarget: readonly string[];
  /** Null for the starter pack of `rules/`. */
  readonly rules: string | null;
}

const EVERYTHING = 'package all\n\nallow everything\n';

export const RULE_SETS = {
  followed: {
    about: 'everything is allowed, and the session state is followed',
    ofTarget: ['session_state: followed'],
    rules: EVERYTHING,
  },
  fixed: {
    about: 'everything is allowed, and the session state is fixed',
    ofTarget: ['session_state: fixed'],
    rules: EVERYTHING,
  },
  masked: {
    about: 'everything is allowed, with one mask on a table that need not exist',
    ofTarget: [],
    rules: `${EVERYTHING}\nmask emails column "customers.email" with redact\n`,
  },
  starter: {
    about: 'the starter pack, for a pipeline that tests and deploys on a target with the label env=dev',
    ofTarget: ['labels: {env: dev}'],
    rules: null,
  },
} satisfies Record<string, RuleSet>;

export type RuleSetName = keyof typeof RULE_SETS;

export const RULE_SET_NAMES = Object.keys(RULE_SETS) as RuleSetName[];

/** Where nothing else is asked for. */
export const MIGRATION_RULES: readonly RuleSetName[] = ['fixed', 'masked', 'starter'];
export const SUITE_RULES: readonly RuleSetName[] = ['followed'];

export async function writeRules(root: string, folder: string, name: RuleSetName): Promise<void> {
  const { rules }: RuleSet = RULE_SETS[name];
  if (rules === null) return cp(join(root, 'rules'), folder, { recursive: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'all.rules'), rules);
}
