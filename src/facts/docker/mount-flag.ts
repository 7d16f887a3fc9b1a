/** `--mount type=bind,source=…,target=…` as a member of `Mounts`. */
import { Unknown, objectOf, type Value } from '../../values/value.js';
import { UnreadableCommand } from './call.js';
import { readTruth } from './flags.js';

const keys: Readonly<Record<string, string>> = {
  type: 'type',
  source: 'source',
  src: 'source',
  target: 'target',
  dst: 'target',
  destination: 'target',
  readonly: 'readonly',
  ro: 'readonly',
  'volume-driver': 'driver',
};

/** Options that rules do not see. */
const ignored =
  /^(consistency|bind-propagation|bind-nonrecursive|bind-recursive|bind-create-src|volume-nocopy|volume-label|volume-subpath|image-subpath|tmpfs-size|tmpfs-mode)$/;

/** The client reads the value as a line of CSV; what has quotes is not read here. */
export function readMountFlag(value: string): Value {
  if (value.includes('"')) return new Unknown('a mount has quotes');
  const parts = new Map<string, string>();
  const options: [string, Value][] = [];
  for (const field of value.split(',')) {
    const at = field.indexOf('=');
    const name = (at === -1 ? field : field.slice(0, at)).toLowerCase();
    const text = at === -1 ? 'true' : field.slice(at + 1);
    const key = keys[name];
    if (name === 'volume-opt') options.push(optionOf(text));
    else if (key !== undefined) parts.set(key, text);
    else if (!ignored.test(name)) return new Unknown('a mount has parts that are not known');
  }
  return mountBody(parts, options);
}

function optionOf(text: string): [string, Value] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function mountBody(parts: ReadonlyMap<string, string>, options: readonly [string, Value][]): Value {
  const source = parts.get('source') ?? '';
  const driver = objectOf([
    ['Name', parts.get('driver') ?? ''],
    ['Options', objectOf(options)],
  ]);
  return objectOf([
    ['Type', (parts.get('type') ?? 'volume').toLowerCase()],
    [
      'Source',
      source.startsWith('.') ? new Unknown('a path is relative to the folder of the client') : source,
    ],
    ['Target', parts.get('target') ?? ''],
    ['ReadOnly', readOnly(parts.get('readonly'))],
    ['VolumeOptions', objectOf([['DriverConfig', driver]])],
  ]);
}

function readOnly(text: string | undefined): Value {
  if (text === undefined) return false;
  try {
    return readTruth(text);
  } catch (error) {
    if (error instanceof UnreadableCommand) return new Unknown(error.message);
    throw error;
  }
}
