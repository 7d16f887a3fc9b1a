/** The result of a test, with explanations. */
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
  /** Null if nothing could be decided: the command is not a string, or no extractor reads such commands. */
  readonly decision: Decision | null;
  /** The differences from the row's expectation. */
  readonly complaints: readonly string[];
}
export interface ConditionResult extends RowPlace {
  readonly kind: 'condition';
  /** For a condition that does not hold: why, with the value of every part. */
  readonly failure: {
    readonly outcome: 'false' | 'absent' | 'unknown';
    readonly parts: readonly Part[];
    readonly bodies: readonly BodyExplanation[];
  } | null;
}
