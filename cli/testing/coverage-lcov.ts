/**
 * Coverage as lcov's tracefile, which editors and code hosts read (geninfo(1), section "FILES"). A rule is a function, a
 * condition is a branch point with two branches: 0 if it is true, 1 if it is not.
 */
import type { ConditionCoverage, CoverageReport, FileCoverage } from '../../src/engine/testing/coverage.js';

export function lcov({ files }: CoverageReport): string {
  return `${files.flatMap(fileRecord).join('\n')}\n`;
}

function fileRecord({ file, rules }: FileCoverage): string[] {
  const conditions = rules.flatMap((rule) => rule.conditions);
  const ways = conditions.flatMap(waysOf);
  const lines = lineHits({ rules });
  return [
    'TN:',
    `SF:${file}`,
    ...rules.map(({ line, name }) => `FN:${line},${nameOf(name, line)}`),
    ...rules.map(({ line, name, hits }) => `FNDA:${hits},${nameOf(name, line)}`),
    `FNF:${rules.length}`,
    `FNH:${rules.filter(({ hits }) => hits > 0).length}`,
    ...ways.map(({ line, block, way, hits }) => `BRDA:${line},${block},${way},${hits ?? '-'}`),
    `BRF:${ways.length}`,
    `BRH:${ways.filter(({ hits }) => hits !== null && hits > 0).length}`,
    ...[...lines].sort(([a], [b]) => a - b).map(([line, hits]) => `DA:${line},${hits}`),
    `LF:${lines.size}`,
    `LH:${[...lines.values()].filter((hits) => hits > 0).length}`,
    'end_of_record',
  ];
}

/** Bodies of one rule share its name; lcov wants names to be different. */
function nameOf(name: string, line: number): string {
  return `${name.replaceAll(',', ' ')} (line ${line})`;
}

interface Way {
  readonly line: number;
  readonly block: number;
  readonly way: 0 | 1;
  /** Null if the condition was never evaluated. */
  readonly hits: number | null;
}

function waysOf(condition: ConditionCoverage, block: number): Way[] {
  const { kind, start, true: held } = condition;
  const not = condition.false + condition.absent + condition.unknown;
  const hits = (count: number): number | null => (held + not === 0 ? null : count);
  const taken: Way = { line: start.line, block, way: 0, hits: hits(held) };
  return kind === 'binding' ? [taken] : [taken, { ...taken, way: 1, hits: hits(not) }];
}

/** How often each line was evaluated; the line of a rule's name, how often the rule fired or gave a value. */
function lineHits({ rules }: Pick<FileCoverage, 'rules'>): Map<number, number> {
  const lines = new Map<number, number>();
  const note = (line: number, hits: number): void => {
    lines.set(line, Math.max(lines.get(line) ?? 0, hits));
  };
  for (const { line, hits, conditions } of rules) {
    note(line, hits);
    for (const one of conditions) note(one.start.line, one.true + one.false + one.absent + one.unknown);
  }
  return lines;
}
