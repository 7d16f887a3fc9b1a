/**
 * Where the WebAssembly of a parser is found: beside the program first (`dist/policy.mjs` has copies next to it), then in the
 * `node_modules` of that folder or one above it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GatewayError } from '../errors.js';

const compiled = new Map<string, WebAssembly.Module>();

/** Read once. `installed` is its folder in `node_modules`. Throws GatewayError `program-incomplete` if it is not there. */
export function compileWasm(file: string, installed: string): WebAssembly.Module {
  let module = compiled.get(file);
  if (module === undefined) {
    const path = find(dirname(fileURLToPath(import.meta.url)), file, installed);
    module = new WebAssembly.Module(readFileSync(path));
    compiled.set(file, module);
  }
  return module;
}

function find(folder: string, file: string, installed: string): string {
  const beside = join(folder, file);
  if (existsSync(beside)) return beside;
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, 'node_modules', installed, file);
    if (existsSync(path)) return path;
    if (dirname(at) === at)
      throw new GatewayError(
        'program-incomplete',
        `\`${beside}\` is missing: copy the whole folder of the program`,
      );
  }
}
