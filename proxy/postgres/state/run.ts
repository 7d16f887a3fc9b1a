/** A command that runs on the target: what it may show, and what is recorded when it ends. */
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

/**
 * Bounds of the sample in a record, in addition to those of the session: values per row, characters per value, bytes per row.
 */
export const SAMPLE_VALUES_MAX = 100;
export const SAMPLE_CHARACTERS_MAX = 256;
export const SAMPLE_ROW_BYTES_MAX = 64 * 1024;
const TAGS_MAX = 1000;

/** What a command may return, and the rules that say so. */
export interface RunLimits extends Limits {
  readonly rules: string;
}

/** What earlier commands showed of a portal: a limit applies to the total, however it is fetched. */
export interface Shown {
  rows: number;
  bytes: number;
}

export interface Run {
  /** Its number in the recording. */
  readonly command: number;
  readonly analysis: SqlAnalysis;
  readonly plans: readonly MaskPlan[];
  /** Masks apply to it: server texts that may quote values are redacted. */
  readonly withhold: boolean;
  /** Reverts its expected changes (ServerState.forward) if the command fails or is skipped. */
  undo: () => void;
  readonly limits: RunLimits | null;
  /** What happens to rows that hold replacements the session was shown; null if no row is compared. */
  readonly maskedRows: 'pass' | 'refuse' | null;
  /** The client's rows of the current COPY, if they are compared. */
  incoming: CopyReader | null;
  /** A row held a replacement, and that is allowed. */
  wroteMasked: boolean;
  /** Shown by earlier Executes of its portal; null if it has no portal. */
  shown: Shown | null;
  /** Why the rest of its result is not shown: the limit that was reached. */
  stopped: string | null;
  /** Part of its result was not shown. */
  cut: boolean;
  /** The client has been told so. */
  told: boolean;
  /** Fires when its time is over. */
  clock: NodeJS.Timeout | null;
  /** Whether everything that the current statement's rows depend on is as it was at the decision. */
  confirmed: 'no' | 'asked' | 'yes';
  /** The shared catalogue at that time. */
  readonly judgedBy: Catalogue | null;
  readonly startedAt: number;
  /** Index of the current statement. */
  statement: number;
  readonly tags: string[];
  rows: number;
  bytes: number;
  /** Fields of the current result, and its mask. */
  fields: readonly FieldDescription[] | null;
  mask: RowMask | null;
  /** The rows of the current COPY, if they are masked. */
  copy: CopyRows | null;
  /** Format of the result's values if the server has described none: 0 is text, 1 is binary. */
  format: number;
  columns: readonly string[] | null;
  readonly sample: (readonly (string | null)[])[];
  /** Size of the rows in `sample`, as received. */
  sampleBytes: number;
  sampleTruncated: boolean;
  failure: Failure | null;
}

export interface Failure {
  readonly sqlstate: string;
  readonly message: string;
  readonly hint?: string;
}

/** A command that the guard allowed. */
export interface Passed {
  /** Its number in the recording. */
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

/** The plan of the current statement. Without one, no result may pass unless no mask applies. */
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

/** Whether the next row is kept for the record. */
export function wantsSample({ sample, sampleBytes }: Run, { rows, bytes }: SampleBounds): boolean {
  return sample.length < rows && sampleBytes <= bytes;
}

/** The outcome for the record. */
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
      // The server's message may quote values: kept only if no mask applies. The gateway's own messages quote none.
      message: run.withhold && run.stopped === null ? undefined : failure?.message,
      columns: run.columns ?? undefined,
      sample: run.sample.length === 0 ? undefined : run.sample,
      sampleTruncated: run.sampleTruncated ? true : undefined,
      maskedRows: run.wroteMasked ? true : undefined,
    },
    milliseconds: Math.round((performance.now() - run.startedAt) * 1000) / 1000,
  };
}
