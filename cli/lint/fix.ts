/**
 * `--fix`: applies fixes until none is left. Fixed text is formatted as by `policy fmt`; a fix after which a file does not
 * parse, or the rules do not compile, is left out.
 */
import type { Module } from '../../grammar/ast.js';
import { parseModule } from '../../grammar/parser.js';
import { printModule } from '../../grammar/print/printer.js';
import type { Source } from '../../grammar/source.js';
import type { Edit, Fix, LintFinding } from './finding.js';

/** A fix may enable another; more rounds than this mean that two fixes undo each other. */
const roundsMax = 10;

export interface Fixed {
  readonly modules: readonly Module[];
  /** What is left. */
  readonly findings: readonly LintFinding[];
  /** How many findings were fixed. */
  readonly count: number;
}

export interface Linting {
  readonly lint: (modules: readonly Module[]) => readonly LintFinding[];
  /** Whether the rules compile. */
  readonly compiles: (modules: readonly Module[]) => boolean;
}

export function fixAll(modules: readonly Module[], linting: Linting): Fixed {
  const mustCompile = linting.compiles(modules);
  let now = modules;
  let count = 0;
  let findings = linting.lint(now);
  for (let round = 0; round < roundsMax; round++) {
    const before = count;
    for (const module of now) {
      const fixes = findings.flatMap(({ fix, source }) =>
        fix !== null && fix.narrows !== true && source === module.source ? [fix] : [],
      );
      if (fixes.length === 0) continue;
      const fixed = mend(module, fixes, (next) => {
        const all = now.map((one) => (one === module ? next : one));
        return !mustCompile || linting.compiles(all);
      });
      now = now.map((one) => (one === module ? fixed.module : one));
      count += fixed.count;
    }
    if (count === before) break;
    findings = linting.lint(now);
  }
  return { modules: now, findings, count };
}

type Accept = (module: Module) => boolean;

/** Applies all fixes of a file at once; if that fails, as many as possible, one after another. */
function mend(module: Module, fixes: readonly Fix[], accept: Accept) {
  const chosen = apart(fixes.filter(({ edits }) => edits.every(({ source }) => source === module.source)));
  const whole = apply(module, chosen);
  if (whole !== null && accept(whole)) return { module: whole, count: chosen.length };
  const kept = choose(chosen, [], (some) => {
    const next = apply(module, some);
    return next !== null && accept(next);
  });
  return { module: kept.length === 0 ? module : apply(module, kept)!, count: kept.length };
}

/** The fixes that are valid together with those kept before them: by bisection, because most of them are. */
function choose(
  fixes: readonly Fix[],
  kept: readonly Fix[],
  holds: (fixes: readonly Fix[]) => boolean,
): readonly Fix[] {
  if (fixes.length === 0) return kept;
  if (holds([...kept, ...fixes])) return [...kept, ...fixes];
  if (fixes.length === 1) return kept;
  const middle = fixes.length >> 1;
  return choose(fixes.slice(middle), choose(fixes.slice(0, middle), kept, holds), holds);
}

/** The fixes whose edits do not overlap those of earlier ones; small fixes come before those of a whole file. */
function apart(fixes: readonly Fix[]): Fix[] {
  const taken: Edit[] = [];
  const size = ({ edits }: Fix) => edits.reduce((sum, { span }) => sum + span.end - span.start, 0);
  return [...fixes]
    .sort((a, b) => size(a) - size(b))
    .filter(({ edits }) => {
      if (edits.some((edit) => taken.some((other) => overlap(edit, other)))) return false;
      taken.push(...edits);
      return true;
    });
}

function overlap(a: Edit, b: Edit): boolean {
  return a.span.start <= b.span.end && b.span.start <= a.span.end;
}

function apply({ source }: Module, fixes: readonly Fix[]): Module | null {
  const text = editText(
    source,
    fixes.flatMap(({ edits }) => edits),
  );
  const edited = parse(source.path, text);
  return edited === null ? null : parse(source.path, printModule(edited));
}

function editText(source: Source, edits: readonly Edit[]): string {
  let { text } = source;
  for (const { span, text: inserted } of [...edits].sort((a, b) => b.span.start - a.span.start))
    text = text.slice(0, span.start) + inserted + text.slice(span.end);
  return text;
}

function parse(path: string, text: string): Module | null {
  const { module, diagnostics } = parseModule(path, text);
  return diagnostics.some(({ severity }) => severity === 'error') ? null : module;
}
