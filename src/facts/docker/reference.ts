/** References to images, as the engine takes them. */
import { Unknown, type Value } from '../../values/value.js';
import { imageFacts } from '../image.js';
import { factOf } from './detail.js';

/** The engine looks for an image whose id begins so before it reads a name. */
const idDigitsMin = 4;

/** `version` is a tag or digest that is given apart; `all` means every tag if none is given. */
export function engineImageFacts(written: string | Unknown, version = '', all = false): Value {
  const fact = factOf('image');
  if (written instanceof Unknown) return new Unknown(written.reason, fact);
  const reference = version === '' ? written : withVersion(written, version);
  return imageFacts(reference, { idDigitsMin, untagged: all ? null : 'latest', fact });
}

/** The engine puts the one given apart in the place of the one in the reference. */
function withVersion(written: string, version: string): string {
  const bare = written.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return version.includes(':') ? `${bare}@${version}` : `${bare}:${version}`;
}
