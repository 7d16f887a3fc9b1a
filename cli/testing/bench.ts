/** `policy test --bench`: the cost of each test. For people: figures differ between machines. */
import type { OpenTest } from '../../src/engine/testing/cases.js';
import { table } from '../output/table.js';
import { paint } from '../output/terminal.js';

/** How long each test is repeated. */
const measureMs = 100;
/** Warm-up runs, so that the JIT has compiled the code. */
const warmUps = 3;

export interface Figures {
  readonly package: string;
  readonly title: string;
  readonly rows: number;
  /** A whole row: the command read, the facts derived, the rules evaluated, the decision compared. */
  readonly nsPerRow: number;
  /** The rules alone, over facts that were already derived; null if the test decides no command. */
  readonly nsPerDecision: number | null;
}

export function measure(test: OpenTest): Figures {
  const rows = test.run().rows.length;
  const decisions = test.decisions();
  const decideAll = (): void => {
    for (const decide of decisions) decide();
  };
  return {
    package: test.package,
    title: test.title,
    rows,
    nsPerRow: time(() => test.run()) / Math.max(rows, 1),
    nsPerDecision: decisions.length === 0 ? null : time(decideAll) / decisions.length,
  };
}

/** Nanoseconds of one run, as the mean of many. */
function time(run: () => unknown): number {
  for (let i = 0; i < warmUps; i++) run();
  const started = performance.now();
  let runs = 0;
  let passed: number;
  do {
    run();
    runs++;
    passed = performance.now() - started;
  } while (passed < measureMs);
  return Math.round((passed * 1e6) / runs);
}

export function rowsPerSecond(figures: readonly Figures[]): number {
  const rows = figures.reduce((sum, one) => sum + one.rows, 0);
  const ns = figures.reduce((sum, one) => sum + one.nsPerRow * one.rows, 0);
  return ns === 0 ? 0 : Math.round((rows * 1e9) / ns);
}

export function benchTable(figures: readonly Figures[]): string {
  const rows = figures.map((one) => [
    `${paint.dim(`${one.package}:`)} ${one.title}`,
    String(one.rows),
    whole(one.nsPerRow),
    one.nsPerDecision === null ? '' : whole(one.nsPerDecision),
  ]);
  const head = ['test', 'rows', 'ns a row', 'ns a decision'];
  return [table(head, rows), '', `${whole(rowsPerSecond(figures))} rows a second`].join('\n');
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
