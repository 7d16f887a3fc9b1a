/** What a tool does otherwise through the gateway, and whether that is as it should be. Pure. */
import { parse } from 'yaml';
import { z } from 'zod';
import { compareOutcomes } from '../pgsuites/outcome.js';
import { firstDifference } from './dump.js';
import { RULE_SET_NAMES, type RuleSetName } from './rule-sets.js';
import type { Report } from './tool.js';

const expectedSchema = z.array(
  z.strictObject({
    tool: z.string(),
    /** All if left out. */
    rules: z.array(z.enum(RULE_SET_NAMES)).optional(),
    tests: z.array(z.string()).min(1),
    reason: z.string().min(1),
  }),
);

/** What is refused by design: the tests of a tool that differ, and why. */
export type ExpectedDifferences = z.infer<typeof expectedSchema>;

export function readExpected(text: string): ExpectedDifferences {
  return expectedSchema.parse(parse(text) ?? []);
}

export interface Difference {
  readonly test: string;
  /** Null if it should not differ. */
  readonly reason: string | null;
  /** What was printed about it, cut short. */
  readonly said: string;
}

export interface Comparison {
  /** Tests that passed, and dumps that are as they should be. */
  readonly direct: number;
  readonly through: number;
  readonly all: number;
  readonly differing: readonly Difference[];
  /** Tests that are expected to differ and do not: the list says what is no longer so. */
  readonly stale: readonly string[];
}

export const stateOf = (step: string): string => `${step}: schema and rows`;

export function compare(
  tool: string,
  rules: RuleSetName,
  direct: Report,
  through: Report,
  expected: ExpectedDifferences,
): Comparison {
  const entries = expected.filter(
    (entry) => entry.tool === tool && (entry.rules === undefined || entry.rules.includes(rules)),
  );
  const reasons = new Map(entries.flatMap(({ tests, reason }) => tests.map((test) => [test, reason])));
  const outcomes = compareOutcomes(direct.outcome, through.outcome);
  const states = [...(direct.states ?? [])];
  const changed = states.filter(([step, text]) => through.states?.get(step) !== text);
  const differing = [
    ...outcomes.differing.map((test) => ({ test, said: saidOf(test, direct, through) })),
    ...changed.map(([step, text]) => ({
      test: stateOf(step),
      said: firstDifference(text, through.states?.get(step) ?? ''),
    })),
  ].map(({ test, said }) => ({ test, said, reason: reasons.get(test) ?? null }));
  return {
    direct: outcomes.direct + states.length,
    through: outcomes.through + states.length - changed.length,
    all: direct.outcome.size + states.length,
    differing,
    stale: [...reasons.keys()].filter((test) => !differing.some((one) => one.test === test)),
  };
}

/** A run that tried nothing shows nothing. */
export function isEqual(comparison: Comparison): boolean {
  const { direct, differing, stale } = comparison;
  return direct > 0 && stale.length === 0 && differing.every(({ reason }) => reason !== null);
}

const SAID_LINES = 4;
const SAID_LENGTH_MAX = 300;
/** The gateway's own words first. */
const TELLING = [/denied by|refused by|42501/i, /error|not allowed|cannot|fail|fatal/i];
/** Programs that draw on a terminal go back in a line. */
const ESCAPES = /\u001b\[[\d;?]*[A-Za-z]/g;

/** What failed tells why: of much that was printed, the lines that sound like it. */
function saidOf(test: string, direct: Report, through: Report): string {
  const printed = through.printed?.get(test) ?? direct.printed?.get(test) ?? '';
  const lines = printed
    .replaceAll(ESCAPES, '\n')
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '');
  const telling = TELLING.map((pattern) => lines.filter((line) => pattern.test(line)));
  const shown = (telling.find(({ length }) => length > 0) ?? lines).slice(0, SAID_LINES);
  return shown.map((line) => line.trim().slice(0, SAID_LENGTH_MAX)).join('\n');
}
