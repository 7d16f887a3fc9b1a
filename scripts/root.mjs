import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json: every task runs from there, wherever it was called. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** A failure whose message says all there is to say: no stack is shown. */
export function failure(message) {
  return Object.assign(new Error(message), { expected: true });
}
