import type { Builtin } from './builtin.js';

export const jsonSchemaBuiltins: readonly Builtin[] = [];
