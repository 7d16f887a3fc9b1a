/** What came of a test, and why. */
import type { Decision } from '../decision.js';
import type { BodyExplanation } from '../explain/explain.js';
import type { Part } from '../explain/trace.js';

export interface TestResult {
  readonly package: string;
  /** The title of a block, or the name of a `test_` rule. */
  readonly title: string;
  readonly file: string;
  readonly line: number;
  readonly passed: boolean;
  readonly rows: readonly RowResult[];
}
export type RowResult = CommandResult | ConditionResult;
interface RowPlace {
  /** As written. */
  readonly text: string;
  readonly line: number;
  readonly passed: boolean;
}
export interface CommandResult extends RowPlace {
  readonly kind: 'command';
  /** Null where nothing could be decided: the command is no text, or nothing reads such commands. */
  readonly decision: Decision | null;
  /** What differs from what the row says. */
  readonly complaints: readonly string[];
}
export interface ConditionResult extends RowPlace {
  readonly kind: 'condition';
  /** Of a condition that does not hold: why, with the value of every part. */
  readonly failure: {
    readonly outcome: 'false' | 'absent' | 'unknown';
    readonly parts: readonly Part[];
    readonly bodies: readonly BodyExplanation[];
  } | null;
}
