/**
 * Decisions that a record has already written in full, so that later lines can refer to them: the thousand reads of a
 * pipeline have the same decision, and the decision is most of a line. `{"as": 12}` stands for the decision on command
 * 12. Writer and reader evict the same entries, in the order in which they were written.
 */
import type { Decision } from '../engine/decision.js';

const KEPT_MAX = 1_000;

export class WrittenDecisions {
  readonly #commands = new Map<Decision, number>();

  /** JSON of the decision, or of a reference to it. */
  textOf(decision: Decision): string {
    const command = this.#commands.get(decision);
    return command === undefined ? JSON.stringify(decision) : `{"as":${command}}`;
  }

  /** The line of a command is in the file. */
  written(command: number, decision: Decision): void {
    if (this.#commands.has(decision)) return;
    keep(this.#commands, decision, command);
  }
}

export class ReadDecisions {
  readonly #decisions = new Map<number, Decision>();

  /**
   * Resolves the decision of a command's line: itself, or the decision that it refers to. Undefined if the reference is
   * unknown.
   */
  resolve(decision: unknown): unknown {
    if (typeof decision !== 'object' || decision === null || !Object.hasOwn(decision, 'as')) return decision;
    return this.#decisions.get((decision as { readonly as: number }).as);
  }

  /** Notes a command whose decision was not a reference. */
  read(command: number, decision: Decision): void {
    keep(this.#decisions, command, decision);
  }
}

function keep<K, V>(kept: Map<K, V>, key: K, value: V): void {
  if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
  kept.set(key, value);
}
