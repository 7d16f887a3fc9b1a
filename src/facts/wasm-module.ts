/**
 * Parsers as WebAssembly modules: where their files are, and each compiled once.
 *
 * A file is looked for beside this module first (a bundle `dist/policy.mjs` has them copied next to it), then in the
 * `node_modules` of this folder or one above it. It is read at the first parse.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const compiled = new Map<string, WebAssembly.Module>();

/** `installed` is the folder of the file below `node_modules`. Throws if the file is nowhere. */
export function compileModule(file: string, installed: string): WebAssembly.Module {
  let module = compiled.get(file);
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(find(file, installed)));
    compiled.set(file, module);
  }
  return module;
}

function find(file: string, installed: string): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  const beside = join(folder, file);
  if (existsSync(beside)) return beside;
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'node_modules', installed, file);
    if (existsSync(path)) return path;
    if (dirname(at) === at) throw new Error(`${file} is neither beside the program nor installed`);
  }
}
