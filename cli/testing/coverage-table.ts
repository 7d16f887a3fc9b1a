/** Coverage for the terminal: one line per file, then the gaps, so that the next test is easy to write. */
import {
  percentOf,
  type ConditionCoverage,
  type CoverageReport,
  type FileCoverage,
  type RuleCoverage,
} from '../../src/engine/testing/coverage.js';
import { shorten } from '../../src/values/render.js';
import { table } from '../output/table.js';
import { count, type Paint } from '../output/terminal.js';

/** More gaps than fit a screen are counted. */
const gapsMax = 24;
const textMax = 72;

export function coverageTable(report: CoverageReport, paint: Paint): string {
  const rows = report.files.map((file) => fileRow(file, paint));
  const gaps = report.files.flatMap((file) => fileGaps(file, paint));
  const more = gaps.length - gapsMax;
  return [
    table(['file', 'covered', 'rules', 'conditions', ''], rows),
    ...(gaps.length === 0 ? [] : ['', paint.bold('not tried'), ...gaps.slice(0, gapsMax)]),
    ...(more > 0 ? [paint.dim(`  and ${more} more`)] : []),
    '',
    `${painted(report, paint)} covered ${paint.dim(`(${report.covered} of ${report.wanted}, ${count(report.decisions, 'decision')})`)}`,
  ].join('\n');
}

function fileRow(file: FileCoverage, paint: Paint): string[] {
  const conditions = file.rules.flatMap((rule) => rule.conditions);
  const whole = conditions.filter(({ state }) => state === 'covered').length;
  const hit = file.rules.filter(({ hits }) => hits > 0).length;
  return [
    file.file,
    painted(file, paint),
    `${hit}/${file.rules.length}`,
    `${whole}/${conditions.length}`,
    bar(percentOf(file), paint),
  ];
}

function painted(tally: { readonly covered: number; readonly wanted: number }, paint: Paint): string {
  const percent = percentOf(tally);
  const text = `${percent} %`;
  return percent === 100 ? paint.green(text) : percent >= 80 ? paint.yellow(text) : paint.red(text);
}

function bar(percent: number, paint: Paint): string {
  const full = Math.floor(percent / 10);
  return `${'█'.repeat(full)}${paint.dim('░'.repeat(10 - full))}`;
}

function fileGaps({ file, rules }: FileCoverage, paint: Paint): string[] {
  return rules.flatMap((rule) => ruleGaps(file, rule, paint));
}

/** The conditions of a rule that never fired show why. */
function ruleGaps(file: string, rule: RuleCoverage, paint: Paint): string[] {
  const gaps = rule.conditions.filter(({ missing }) => missing.length > 0);
  const silent = rule.hits === 0 && gaps.length === 0;
  const head = silent
    ? [`  ${paint.dim(`${file}:${rule.line}`)} ${rule.name} ${paint.red('never fired')}`]
    : [];
  return [
    ...head,
    ...gaps.map((gap) => `  ${paint.dim(`${file}:${gap.start.line}`)} ${gapText(gap, paint)}`),
  ];
}

function gapText(gap: ConditionCoverage, paint: Paint): string {
  const word = gap.clause === 'unless' ? 'unless ' : '';
  return `${word}${shorten(gap.text, textMax)} ${paint.red(lack(gap))}`;
}

/** What is missing, in a few words. */
export function lack({ kind, state, missing }: ConditionCoverage): string {
  if (state === 'never reached') return 'never reached';
  if (state === 'index-excluded') return 'left out by the index every time';
  if (missing.length === 0) return '';
  if (kind === 'binding') return 'never has a solution';
  return missing[0] === 'true' ? 'never true' : 'always true';
}
