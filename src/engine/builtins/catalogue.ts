/** Every builtin of the language. */
import { aggregates } from './collections/aggregates.js';
import { arrays } from './collections/arrays.js';
import type { Builtin } from './define/builtin.js';
import { crypto } from './text/crypto.js';
import { encodings } from './text/encoding.js';
import { glob } from './text/glob.js';
import { graph } from './collections/graph.js';
import { json } from './json/json.js';
import { jwt } from './text/jwt-decode.js';
import { net } from './net/net.js';
import { numberBuiltins } from './collections/numbers.js';
import { objects } from './collections/objects.js';
import { ours } from './text/ours.js';
import { regex } from './text/regex.js';
import { semver } from './text/semver.js';
import { sets } from './collections/sets.js';
import { stringBuiltins } from './text/strings.js';
import { time } from './time/time.js';
import { types } from './collections/types.js';
import { unitBuiltins } from './collections/units.js';

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
