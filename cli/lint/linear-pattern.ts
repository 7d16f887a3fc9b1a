/** Patterns from configurations, which take linear time whatever somebody writes into them. */
import { compilePattern } from '../../src/engine/builtins/define/pattern.js';

/** A pattern in RE2's syntax over the whole of a text. */
export function linear(pattern: string): (text: string) => boolean {
  const compiled = compilePattern(`^(?:${pattern})$`);
  return (text) => compiled.test(text);
}

export function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
