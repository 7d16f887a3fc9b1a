/** A command at work on the target: what it may show, and what is recorded of it when it ends. */
import type { Limits } from '../../../src/engine/decision.js';
import type { Catalogue } from '../../../src/facts/sql/catalogue/catalogue.js';
import type { SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import type { SampleBounds } from '../../../src/protocols/sample.js';
import type { MaskPlan } from '../../../src/masking/sql/plan.js';
import type { SqlResult } from './sql-session.js';
import type { CopyReader } from '../copy/reader.js';
import type { CopyRows } from '../copy/columns.js';
import type { FieldDescription } from '../wire/messages.js';
import type { RowMask } from '../masks/row-mask.js';

/** Bounds of the sample that a record keeps, beside those of the session: values a row, characters a value, bytes a row. */
export const SAMPLE_VALUES_MAX = 100;
export const SAMPLE_CHARACTERS_MAX = 256;
export const SAMPLE_ROW_BYTES_MAX = 64 * 1024;
const TAGS_MAX = 1000;

/** What a command may return, and the rules that say so. */
export interface RunLimits extends Limits {
  readonly rules: string;
}

/** What was shown of a portal by the commands before: a limit is on all of it, however it is fetched. */
export interface Shown {
  rows: number;
  bytes: number;
}

export interface Run {
  /** The number by which the record knows it. */
  readonly command: number;
  readonly analysis: SqlAnalysis;
  readonly plans: readonly MaskPlan[];
  /** Masks apply to it: texts of the server that may quote values are withheld. */
  readonly withhold: boolean;
  /** Takes back what was expected of it (ServerState.forward), for a command that fails or is skipped. */
  undo: () => void;
  readonly limits: RunLimits | null;
  /** What becomes of rows that hold what the session was shown; null where none of what comes is compared. */
  readonly maskedRows: 'pass' | 'refuse' | null;
  /** The client's rows of the COPY under way, where they are compared. */
  incoming: CopyReader | null;
  /** A row held what the session was shown, and may. */
  wroteMasked: boolean;
  /** Of its portal, by the Executes before; null where it has none. */
  shown: Shown | null;
  /** Why no more of its result is shown: a limit was reached. */
  stopped: string | null;
  /** Something of its result was not shown. */
  cut: boolean;
  /** The client has been told so. */
  told: boolean;
  /** Rings when its time is over. */
  clock: NodeJS.Timeout | null;
  /** Whether what the rows of the statement at work rest on is what it was judged by. */
  confirmed: 'no' | 'asked' | 'yes';
  /** The catalogue that all sessions share, as it was then. */
  readonly judgedBy: Catalogue | null;
  readonly startedAt: number;
  /** Index of the statement at work. */
  statement: number;
  readonly tags: string[];
  rows: number;
  bytes: number;
  /** Of the result at work. */
  fields: readonly FieldDescription[] | null;
  mask: RowMask | null;
  /** The rows of the COPY under way, where they are masked. */
  copy: CopyRows | null;
  /** Of the result's values where the server has described none: 0 is text, 1 is binary. */
  format: number;
  columns: readonly string[] | null;
  readonly sample: (readonly (string | null)[])[];
  /** Of the rows in `sample`, as they came. */
  sampleBytes: number;
  sampleTruncated: boolean;
  failure: Failure | null;
}

export interface Failure {
  readonly sqlstate: string;
  readonly message: string;
  readonly hint?: string;
}

/** A command that the guard lets pass. */
export interface Passed {
  /** The number by which the record knows it. */
  readonly command: number;
  readonly analysis: SqlAnalysis;
  readonly masks: readonly MaskPlan[];
  readonly limits: RunLimits | null;
  readonly maskedRows: Run['maskedRows'];
  readonly judgedBy: Catalogue | null;
}

export function startRun({ command, analysis, masks, limits, maskedRows, judgedBy }: Passed): Run {
  return {
    command,
    analysis,
    plans: masks,
    withhold: masks.some((plan) => plan.kind !== 'clear'),
    undo: () => undefined,
    limits,
    maskedRows,
    incoming: null,
    wroteMasked: false,
    shown: null,
    stopped: null,
    cut: false,
    told: false,
    clock: null,
    confirmed: 'no',
    judgedBy,
    startedAt: performance.now(),
    statement: 0,
    tags: [],
    rows: 0,
    bytes: 0,
    fields: null,
    mask: null,
    copy: null,
    format: 0,
    columns: null,
    sample: [],
    sampleBytes: 0,
    sampleTruncated: false,
    failure: null,
  };
}

/** The plan of the statement at work. Where there is none, nothing of what it returns may pass unless no mask applies. */
export function planAtWork(run: Run): MaskPlan {
  const plan = run.plans[run.statement];
  if (plan !== undefined) return plan;
  return run.withhold
    ? { kind: 'refuse', rule: 'gateway.unplanned', reason: 'a result that no statement accounts for' }
    : { kind: 'clear' };
}

export function addTag(run: Run, tag: string): void {
  if (run.tags.length < TAGS_MAX) run.tags.push(tag);
}

/** Whether the next row is one that the record keeps. */
export function wantsSample({ sample, sampleBytes }: Run, { rows, bytes }: SampleBounds): boolean {
  return sample.length < rows && sampleBytes <= bytes;
}

/** What the record says of its end. */
export function resultOf(run: Run, outcome: SqlResult['outcome']): SqlResult {
  const { failure } = run;
  return {
    command: run.command,
    outcome,
    bytes: run.bytes,
    code: failure?.sqlstate,
    detail: {
      tags: run.tags,
      rows: run.rows,
      // The server's message may quote values: kept if no mask applies. The gateway's own quotes none.
      message: run.withhold && run.stopped === null ? undefined : failure?.message,
      columns: run.columns ?? undefined,
      sample: run.sample.length === 0 ? undefined : run.sample,
      sampleTruncated: run.sampleTruncated ? true : undefined,
      maskedRows: run.wroteMasked ? true : undefined,
    },
    milliseconds: Math.round((performance.now() - run.startedAt) * 1000) / 1000,
  };
}
