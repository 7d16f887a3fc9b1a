/**
 * The second reading. Our own reader (parse.ts) decides what the text means; tree-sitter's grammar for Bash reads it, too. If the
 * grammar finds an error, or commands in other places, nothing is known of the text: two readings that differ are the sign of a
 * trick, or of a dialect.
 */
import type { ShellGrammar } from './wasm.js';
import { createShellGrammar } from './wasm.js';

/** An instance that grew beyond this many texts is replaced: its memory is never given back. */
const textsMax = 20_000;
const nodesMax = 200_000;
let current: { readonly grammar: ShellGrammar; texts: number } | null = null;

/** Reads and compiles the grammar ahead of the first text. Never needed for correctness: the first parse does it too. */
export function loadShellParser(): void {
  current ??= { grammar: createShellGrammar(), texts: 0 };
}

const commandKinds = new Set(['command_name', 'declaration_command', 'unset_command', 'test_command']);

/** The positions at which the grammar finds commands; null if it finds an error, or failed. */
export function commandStarts(text: string): ReadonlySet<number> | null {
  try {
    current ??= { grammar: createShellGrammar(), texts: 0 };
    const nodes = current.grammar.parse(text, nodesMax);
    if (++current.texts >= textsMax) current = null;
    if (nodes === null) return null;
    return new Set(nodes.filter(({ kind }) => commandKinds.has(kind)).map(({ start }) => start));
  } catch {
    current = null;
    return null;
  }
}
