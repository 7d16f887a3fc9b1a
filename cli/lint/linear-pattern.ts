/** Patterns from configurations, matched in linear time whatever they contain. */
import { compilePattern } from '../../src/engine/builtins/define/pattern.js';

/** A pattern in RE2's syntax that must match the whole text. */
export function linear(pattern: string): (text: string) => boolean {
  const compiled = compilePattern(`^(?:${pattern})$`);
  return (text) => compiled.test(text);
}

export function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
