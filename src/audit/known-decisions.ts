/**
 * Decisions that a record has written out, so that it can refer to them: a pipeline's thousand reads are decided alike,
 * and a decision is most of its line. `{"as": 12}` stands for the decision on command 12. Writer and reader forget the
 * same ones, in the order in which they were written out.
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

  /** What a command's line has as its decision: itself, or what it refers to. Undefined where it refers to nothing. */
  resolve(decision: unknown): unknown {
    if (typeof decision !== 'object' || decision === null || !Object.hasOwn(decision, 'as')) return decision;
    return this.#decisions.get((decision as { readonly as: number }).as);
  }

  /** A command whose decision was not a reference. */
  read(command: number, decision: Decision): void {
    keep(this.#decisions, command, decision);
  }
}

function keep<K, V>(kept: Map<K, V>, key: K, value: V): void {
  if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!);
  kept.set(key, value);
}
