/** `policy replay`: what would these rules have decided? */
import { loadProtocols } from '../../src/protocols/list.js';
import { isArchivePath } from '../../src/engine/bundle/archive.js';
import type { Policy } from '../../src/engine/policy.js';
import { catalogueFinder } from '../input/catalogue-file.js';
import { diagnosticReport } from '../output/diagnostic-report.js';
import { rulesAt } from '../input/git.js';
import { FINDING, UNUSABLE, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { findRecordings } from '../input/recordings.js';
import { replayFiles } from '../replay/files.js';
import { replayReport, type ReplayFormat } from '../replay/report.js';
import { orDefault } from '../input/rule-files.js';
import { loadRuleSet, type ReportErrors } from '../input/rule-set.js';
import { print, say } from '../output/terminal.js';

export interface ReplayCommandOptions {
  readonly rules?: readonly string[];
  readonly base?: string;
  readonly catalogue?: readonly string[];
  readonly accept?: boolean;
  readonly format: ReplayFormat;
}

export async function replay(paths: readonly string[], options: ReplayCommandOptions): Promise<ExitCode> {
  const files = findRecordings(paths);
  if (files.length === 0)
    throw new UsageError('there is no recording here', 'recordings are `*.jsonl` files');
  await loadProtocols();
  const { bundle, policy } = loadRuleSet(options.rules, reportErrors(options));
  const catalogue = catalogueFinder([...(options.catalogue ?? []), ...bundle.catalogues], 'targets');
  const outcome = await replayFiles(
    files,
    { policy, base: basePolicy(options), world: (target) => ({ catalogue: catalogue.find(target) }) },
    options.base,
  );
  print(replayReport(outcome, options.format));
  for (const { file, line, problem } of outcome.refused) say(`${file}:${line}: not replayed: ${problem}`);
  for (const file of outcome.torn)
    say(`${file}: the last line is torn; everything before it is intact and counts`);
  for (const target of catalogue.missing()) {
    say(
      `there is no catalogue for \`${target}\`, so \`*\` and unqualified names cannot be resolved: ` +
        `\`policy catalogue pull --target ${target} -o ${target}.catalogue.yaml\` and \`--catalogue\` provide one`,
    );
  }
  if (outcome.refused.length > 0) return UNUSABLE;
  return outcome.summary.opened > 0 && options.accept !== true ? FINDING : YES;
}

function reportErrors({ format }: ReplayCommandOptions): ReportErrors {
  return (errors) =>
    format === 'junit' || format === 'json' ? diagnosticReport('policy replay', errors, format) : null;
}

function basePolicy(options: ReplayCommandOptions): Policy | null {
  const { base, rules } = options;
  if (base === undefined) return null;
  // The active bundle gives more information than the name of its revision.
  if (isArchivePath(base)) return loadRuleSet([base], reportErrors(options)).policy;
  const then = rulesAt(base, orDefault(rules));
  try {
    return loadRuleSet(then.paths, reportErrors(options)).policy;
  } finally {
    then.dispose();
  }
}
