/** `policy fmt`: formats rule files. */
import { writeFileSync } from 'node:fs';
import type { Module } from '../../grammar/ast.js';
import { renderDiagnostic } from '../../grammar/diagnostic.js';
import { parseModule } from '../../grammar/parser.js';
import { printModule } from '../../grammar/print/printer.js';
import { isArchivePath } from '../../src/engine/bundle/archive.js';
import { FINDING, UNUSABLE, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { findFiles, orDefault, readText } from '../input/rule-files.js';
import { count, print, say } from '../output/terminal.js';

export interface FmtOptions {
  readonly write?: boolean;
  readonly check?: boolean;
}

export function fmt(paths: readonly string[], options: FmtOptions): ExitCode {
  if (paths.includes('-')) return fmtOne('-', { ...options, write: false });
  const bundle = paths.find(isArchivePath);
  if (bundle !== undefined)
    throw new UsageError(
      `\`${bundle}\` is a bundle, which is never rewritten`,
      'format the folder that it was built from',
    );
  const files = findFiles(orDefault(paths), (name) => name.endsWith('.rules'));
  if (files.length === 0) throw new UsageError('there is no `.rules` file here', 'name a file or a folder');
  const codes = files.map((file) => fmtOne(file, options));
  const changed = codes.filter((code) => code === FINDING).length;
  if (options.check === true && changed > 0)
    say(`${count(changed, 'file')} not formatted; run \`policy fmt -w\``);
  return codes.includes(UNUSABLE) ? UNUSABLE : options.check === true && changed > 0 ? FINDING : YES;
}

/** FINDING if the format differs. */
function fmtOne(path: string, options: FmtOptions): ExitCode {
  const text = readText(path);
  const laidOut = layOut(path, text);
  if (laidOut === null) return UNUSABLE;
  const changed = laidOut !== text;
  if (options.check === true) {
    if (changed) print(path);
    return changed ? FINDING : YES;
  }
  if (options.write !== true) process.stdout.write(laidOut);
  else if (changed) {
    writeFileSync(path, laidOut);
    print(path);
  }
  return YES;
}

function layOut(path: string, text: string): string | null {
  const module = parse(path, text);
  if (module === null) return null;
  const laidOut = printModule(module);
  const again = parse(path, laidOut);
  if (again === null || meaning(again) !== meaning(module)) {
    say(`\`${path}\` was not changed: formatting would change its meaning, which is a bug in policy`);
    return null;
  }
  return laidOut;
}

function parse(path: string, text: string): Module | null {
  const { module, diagnostics } = parseModule(path, text);
  if (module !== null && diagnostics.every(({ severity }) => severity !== 'error')) return module;
  for (const diagnostic of diagnostics) say(`${renderDiagnostic(diagnostic)}\n`);
  return null;
}

/**
 * The tree without its places; how a text or a body was written (`raw`, `braces`) means nothing either. Every comment is
 * there, but one from inside a statement may move above it, and so before others.
 */
function meaning(module: Module): string {
  const places = new Set(['span', 'source', 'raw', 'braces']);
  const comments = module.comments.map(({ doc, text }) => `${doc ? '##' : '#'}${text}`).sort();
  return JSON.stringify({ ...module, comments }, (key, value: unknown) =>
    places.has(key) ? undefined : value,
  );
}
