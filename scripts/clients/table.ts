/** Results of the runs as a readable table. */
import Table from 'cli-table3';
import type { Comparison } from './differences.js';
import type { RuleSetName } from './rule-sets.js';

export interface Row {
  readonly tool: string;
  readonly rules: RuleSetName;
  readonly comparison: Comparison;
  readonly seconds: { readonly direct: number; readonly through: number };
}

const HEAD = ['tool', 'rules', 'direct', 'through', 'differ', 'expected', 'direct', 'through', 'ratio'];

export function tableOf(rows: readonly Row[]): string {
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true } });
  for (const { tool, rules, comparison, seconds } of rows) {
    const { direct, through, all, differing } = comparison;
    const expected = differing.filter(({ reason }) => reason !== null).length;
    const times = [seconds.direct, seconds.through].map((time) => `${time.toFixed(1)} s`);
    const counts = [`${direct} of ${all}`, through, differing.length - expected, expected];
    table.push([tool, rules, ...counts, ...times, (seconds.through / seconds.direct).toFixed(2)]);
  }
  return table.toString();
}

/** Tests that differ. */
const SHOWN_MAX = 40;

export function printDifferences({ tool, rules, comparison }: Row): void {
  const { differing, stale } = comparison;
  const unexpected = differing.filter(({ reason }) => reason === null);
  for (const { test, said } of unexpected.slice(0, SHOWN_MAX)) {
    console.log(`${tool}, ${rules}: ${test} differs`);
    for (const line of said.split('\n')) if (line !== '') console.log(`    ${line}`);
  }
  if (unexpected.length > SHOWN_MAX) console.log(`  and ${unexpected.length - SHOWN_MAX} more`);
  for (const test of stale)
    console.log(`${tool}, ${rules}: ${test} no longer differs: take it out of expected-differences.yaml`);
}
