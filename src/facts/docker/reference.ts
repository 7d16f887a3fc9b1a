/** References to images, as the engine normalises them (the reference grammar of the OCI distribution project). */
import { Unknown, objectOf, type Value } from '../../values/value.js';
import { factOf } from './detail.js';

const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const grammar = new RegExp(
  `^((?:${domain}/)?${component}(?:/${component})*)(?::([\\w][\\w.-]{0,127}))?(?:@(${digest}))?$`,
);
const referenceMax = 1000;

/** Some texts name an image by the beginning of its id, if there is one that begins so: the engine alone knows. */
const identifier = /^(sha256:)?[a-f0-9]{4,64}$/;

interface Reference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

/** `version` is a tag or digest that is given separately; `all` means every tag if none is given. */
export function imageFacts(written: string | Unknown, version = '', all = false): Value {
  if (written instanceof Unknown) return new Unknown(written.reason, factOf('image'));
  const reference = version === '' ? written : withVersion(written, version);
  const parsed = identifier.test(reference) ? 'the image may be named by its id' : parseReference(reference);
  if (typeof parsed === 'string') return unknownImage(reference, parsed);
  const { registry, repository, tag, digest: pinned } = parsed;
  const named = pinned !== null ? null : (tag ?? (all ? null : 'latest'));
  return objectOf([
    ['reference', reference],
    ['registry', registry],
    ['repository', repository],
    ...(named === null ? [] : [['tag', named] as const]),
    ...(pinned === null ? [] : [['digest', pinned] as const]),
  ]);
}

function unknownImage(reference: string, reason: string): Value {
  const fields = ['registry', 'repository', 'tag', 'digest'].map((field) => {
    return [field, new Unknown(reason, factOf(`image.${field}`))] as const;
  });
  return objectOf([['reference', reference], ...fields]);
}

/** The engine puts the one given apart in the place of the one in the reference. */
function withVersion(written: string, version: string): string {
  const bare = written.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return version.includes(':') ? `${bare}@${version}` : `${bare}:${version}`;
}

function parseReference(reference: string): Reference | string {
  const match = reference.length > referenceMax ? null : grammar.exec(reference);
  if (match === null) return 'the reference to an image is malformed';
  const [, name, tag = null, pinned = null] = match;
  return { ...splitName(name!), tag, digest: pinned };
}

/** The first part is a host if it has a dot, a port or a capital letter, or is `localhost`. */
function splitName(name: string): { readonly registry: string; readonly repository: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first;
  if (isHost && first !== 'docker.io' && first !== 'index.docker.io') {
    return { registry: first.toLowerCase(), repository: name.slice(slash + 1) };
  }
  const path = isHost ? name.slice(slash + 1) : name;
  return { registry: 'docker.io', repository: path.includes('/') ? path : `library/${path}` };
}
