/** A suite's results, read from its output, and the differences between two runs. Pure. */

/** The tests of one run by name: whether each passed. */
export type Outcome = ReadonlyMap<string, boolean>;

/**
 * What `pg_regress` and `pg_isolation_regress` print: `test NAME ... ok`, or `     NAME ... FAILED` inside a group. A
 * test that is expected to fail now and then (`failed (ignored)`) has not passed.
 */
export function readRegress(printed: string): Outcome {
  const outcome = new Map<string, boolean>();
  for (const [, name, verdict] of printed.matchAll(/^(?:test | {5})(\S+)\s+\.\.\. (ok|FAILED|failed)\b/gm)) {
    outcome.set(name!, verdict === 'ok');
  }
  return outcome;
}

/** The output of `unittest -v`: `NAME (MODULE.CLASS) ... ok`; notices may stand before the verdict. */
export function readUnittest(printed: string): Outcome {
  const outcome = new Map<string, boolean>();
  let name: string | null = null;
  for (const line of printed.split('\n')) {
    const started = /^(test\w*) \(([\w.]+)\)/.exec(line);
    // From Python 3.11 on the name stands in the parentheses as well.
    if (started !== null) name = `${started[2]!.replace(/\.test\w*$/, '')}.${started[1]}`;
    const verdict = /(?:^|\.\.\. )(ok|FAIL|ERROR|skipped .*|expected failure)$/.exec(line)?.[1];
    if (name === null || verdict === undefined) continue;
    if (!verdict.startsWith('skipped')) outcome.set(name, verdict === 'ok' || verdict === 'expected failure');
    name = null;
  }
  return outcome;
}

export interface Comparison {
  readonly direct: number;
  readonly through: number;
  /** Tests that passed on one way and not on the other, or ran on one alone. */
  readonly differing: readonly string[];
}

export function compareOutcomes(direct: Outcome, through: Outcome): Comparison {
  const names = new Set([...direct.keys(), ...through.keys()]);
  return {
    direct: passed(direct),
    through: passed(through),
    differing: [...names].filter((name) => direct.get(name) !== through.get(name)).sort(),
  };
}

/** A suite that ran no test has not been passed by anything. */
export function isEqual({ direct, differing }: Comparison): boolean {
  return direct > 0 && differing.length === 0;
}

function passed(outcome: Outcome): number {
  return [...outcome.values()].filter(Boolean).length;
}
