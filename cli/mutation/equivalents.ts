/** Mutants that mean the same as the rules, or change what no row can ask for: a list with the reason of each. */
import { z } from 'zod';
import { parseDataFile } from '../../src/engine/bundle/data-file.js';
import { toJson } from '../../src/values/value.js';
import { Source } from '../../grammar/source.js';
import { UsageError } from '../output/outcome.js';
import { readText } from '../input/rule-files.js';
import type { Equivalent } from './judgement.js';

const text = z.string().min(1);
const list = z.array(z.strictObject({ file: text, what: text, change: z.array(text), reason: text }));

export function readEquivalents(path: string): readonly Equivalent[] {
  const { value, diagnostics } = parseDataFile(new Source(path, readText(path)));
  const [problem] = diagnostics;
  if (problem !== undefined) {
    const { line } = problem.source.position(problem.span.start);
    throw new UsageError(`\`${path}\` cannot be read: line ${line}: ${problem.message}`);
  }
  const parsed = list.safeParse(value === undefined || value === null ? [] : toJson(value));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `\`${path}\` is not a list of mutants: \`${issue?.path.join('.') ?? ''}\` is not valid`,
    'each entry has `file`, `what`, `change` and `reason`, as `policy test --mutate --format json` prints the first three',
  );
}
