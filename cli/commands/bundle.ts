/** `policy bundle`: rules as a single file that can be signed, and that the gateway loads by URL. */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { buildBundle, contentHash, withSignature } from '../../src/engine/bundle/build.js';
import { bundleOf, loadBundle } from '../../src/engine/bundle/bundle.js';
import { compilePolicy } from '../../src/engine/compile/compile.js';
import { isRevision, openBundle } from '../../src/engine/bundle/manifest.js';
import { findRuleFiles, openBundleFile, type FoundFile } from '../../src/engine/bundle/rule-files.js';
import { GatewayError } from '../../src/errors.js';
import {
  KEY_HINT,
  keyId,
  readPrivateKey,
  readPublicKey,
  signManifest,
  verifySignature,
} from '../../src/gateway/rules/bundle-signature.js';
import { catalogueColumns } from '../input/catalogue-file.js';
import { commitOf, type Place } from '../input/commit.js';
import { FINDING, UsageError, YES, type ExitCode } from '../output/outcome.js';
import { orDefault, readText, unreadable } from '../input/rule-files.js';
import { host, refuseErrors } from '../input/rule-set.js';
import { anySite } from '../lint/site.js';
import { count, print, printJson, say } from '../output/terminal.js';

export interface BuildOptions {
  readonly output: string;
  readonly revision?: string;
  readonly tests: boolean;
}

export interface SignOptions {
  readonly key: string;
  readonly output?: string;
}

export interface BundleVerifyOptions {
  readonly key: readonly string[];
  readonly format: 'pretty' | 'json';
}

/** Rules that do not compile are not bundled: nobody could use them. */
export function build(paths: readonly string[], options: BuildOptions): ExitCode {
  const named = orDefault(paths);
  const bundle = loadBundle(named);
  refuseErrors(bundle.diagnostics);
  const modules = [...bundle.modules, ...bundle.tests];
  refuseErrors(
    compilePolicy({ ...bundle, modules, columns: catalogueColumns(bundle.catalogues), site: anySite }, host)
      .diagnostics,
  );
  const belongs = new Set(bundle.files.map(({ identity }) => identity));
  const found = named.map((path) => filesAt(path, options.tests, belongs));
  const files = [...new Map(found.flat().map((file) => [file.identity, file])).values()];
  if (files.length === 0)
    throw new UsageError('there is nothing to bundle here', 'rules are in `*.rules` files');
  const places = named.map((path, index) => ({ path, files: found[index]!.map((file) => file.relative) }));
  const revision = options.revision ?? revisionOf(places, files);
  if (!isRevision(revision))
    throw new UsageError(`\`${revision}\` is not a revision`, 'use letters, digits, `.`, `_`, `+` and `-`');
  const bytes = buildBundle(files, options.tests ? bundle : { ...bundle, tests: [] }, revision);
  writeWhole(options.output, bytes);
  print(options.output);
  say(`revision ${revision}, ${count(files.length, 'file')}, ${count(bytes.length, 'byte')}`);
  return YES;
}

function filesAt(path: string, tests: boolean, belongs: ReadonlySet<string>): readonly FoundFile[] {
  // Problems of the files were reported when they were loaded.
  const { files } = findRuleFiles(path, []);
  const wanted = files.filter(
    (file) => belongs.has(file.identity) && (tests || !file.path.endsWith('_test.rules')),
  );
  return wanted.sort((one, other) => (one.relative < other.relative ? -1 : 1));
}

/** The commit; if files have changed since, also a hash of their contents; without a commit, the hash alone. */
function revisionOf(places: readonly Place[], files: readonly FoundFile[]): string {
  const content = contentHash(files);
  const commit = commitOf(places);
  if (commit === null) return content;
  const short = commit.id.slice(0, 12);
  return commit.changed ? `${short}-dirty-${content}` : short;
}

export async function sign(file: string, options: SignOptions): Promise<ExitCode> {
  const key = withHint(() => readPrivateKey(readText(options.key)));
  const { manifestBytes } = openBundleFile(existing(file));
  const signature = await signManifest(manifestBytes, key);
  const output = options.output ?? file;
  writeWhole(output, withSignature(readBytes(file), signature));
  print(output);
  say(`signed with the key ${await keyId(key)}`);
  return YES;
}

/** Exits 1 if the bundle is not valid. */
export async function verify(file: string, options: BundleVerifyOptions): Promise<ExitCode> {
  const keys = options.key.map((path) => withHint(() => readPublicKey(readText(path))));
  try {
    const open = openBundle(readBytes(existing(file)));
    const signedBy = await verifySignature(open, keys);
    const { diagnostics } = bundleOf(open);
    refuseErrors(diagnostics);
    const { revision, roots } = open.manifest;
    if (options.format === 'json')
      printJson({ file, valid: true, revision, roots, signedBy, files: open.files.length });
    else
      print(
        `${file}: revision ${revision}, ${count(open.files.length, 'file')}, signed with the key ${signedBy}`,
      );
    return YES;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    if (options.format === 'json')
      printJson({ file, valid: false, code: error.code, problem: error.message });
    else print(`${file}: ${error.message}`);
    return FINDING;
  }
}

function withHint<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof GatewayError) throw new UsageError(error.message, KEY_HINT);
    throw error;
  }
}

function existing(file: string): string {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) return file;
  throw new UsageError(`\`${file}\` does not exist`, 'create one with `policy bundle build`');
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Written beside it and renamed: a server of the file serves the old one or the new one. */
function writeWhole(path: string, bytes: Buffer): void {
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new UsageError(
      `\`${path}\` cannot be written: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`,
    );
  }
}
