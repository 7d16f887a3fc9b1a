/** Every builtin of the language. */
import { aggregates } from './aggregates.js';
import { arrays } from './arrays.js';
import type { Builtin } from './builtin.js';
import { crypto } from './crypto.js';
import { encodings } from './encoding.js';
import { glob } from './glob.js';
import { graph } from './graph.js';
import { json } from './json.js';
import { jwt } from './jwt-decode.js';
import { net } from './net.js';
import { numberBuiltins } from './numbers.js';
import { objects } from './objects.js';
import { ours } from './ours.js';
import { regex } from './regex.js';
import { semver } from './semver.js';
import { sets } from './sets.js';
import { stringBuiltins } from './strings.js';
import { time } from './time.js';
import { types } from './types.js';
import { unitBuiltins } from './units.js';

export const engineBuiltins: readonly Builtin[] = [
  ...aggregates,
  ...arrays,
  ...crypto,
  ...encodings,
  ...glob,
  ...graph,
  ...json,
  ...jwt,
  ...net,
  ...numberBuiltins,
  ...objects,
  ...ours,
  ...regex,
  ...semver,
  ...sets,
  ...stringBuiltins,
  ...time,
  ...types,
  ...unitBuiltins,
];

const byName = new Map(engineBuiltins.map((builtin) => [builtin.name, builtin]));

export function findBuiltin(name: string): Builtin | undefined {
  return byName.get(name);
}
