import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failure, root } from './root.mjs';

/** Packages whose WebAssembly is copied beside the bundle. */
const copied = ['libpg-query', 'web-tree-sitter', 'tree-sitter-bash'];

/** Inside the WebAssembly of libpg-query; scripts/notices has their texts. */
const compiledIn = ['libpg_query', 'postgresql', 'protobuf-c'];

/** Packages that name a licence and ship no text of it. */
const withoutText = new Map([
  ['pg-types', 'Copyright (c) Brian M. Carlson'],
  ['pgpass', 'Copyright (c) Hannes Hörl'],
]);

/** The folders, below the root, of the packages that have bytes in an output of esbuild. */
function bundledPackages({ outputs }) {
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const folders = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

/** The notices that must go with the program: of every package in it, its name, version, licence and the text of that. */
export function thirdPartyNotices(metafile) {
  const folders = [...bundledPackages(metafile), ...copied.map((name) => `node_modules/${name}`)];
  const packages = [...new Set(folders)].map(noticeOf).sort((a, b) => (a.title < b.title ? -1 : 1));
  const parts = compiledIn.map((name) => ({
    title: `${name} (inside libpg-query.wasm)`,
    text: readFileSync(join(root, 'scripts', 'notices', `${name}.txt`), 'utf8'),
  }));
  const head = 'Sallyport contains the software below. Each part is under its own licence.\n';
  return [
    head,
    ...[...packages, ...parts].map(({ title, text }) => `${rule}\n${title}\n${rule}\n\n${text.trim()}\n`),
  ].join('\n');
}

const rule = '-'.repeat(80);

function noticeOf(folder) {
  const path = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  return { title: `${name} ${version} (${license})`, text: textOf(name, path, license) };
}

function textOf(name, path, license) {
  const files = readdirSync(path)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .sort();
  if (files.length > 0)
    return files.map((file) => readFileSync(join(path, file), 'utf8').trim()).join('\n\n');
  const holder = withoutText.get(name);
  if (holder === undefined || license !== 'MIT')
    throw failure(`\`${name}\` ships no text of its licence (${license}): add it to scripts/licences.mjs`);
  return `${holder}\n\n${mit()}`;
}

/** The text without its holder, from a package that has it. */
function mit() {
  const path = join(root, 'node_modules', 'pg', 'LICENSE');
  if (!existsSync(path)) throw failure('`node_modules/pg/LICENSE` is missing');
  return readFileSync(path, 'utf8')
    .replace(/^[\s\S]*?(?=Permission is hereby granted)/, '')
    .trim();
}
