/** Image references, by the grammar and the completion of github.com/distribution/reference. */
import { objectOf, Unknown, type Value } from '../values/value.js';

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const domain = `(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?`;
/** The grammar takes any algorithm and 32 digits; go-digest, which reads the digest next, takes these alone. */
const digest = 'sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}';
const grammar = new RegExp(
  `^(${domain})/(${component}(?:/${component})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(${digest}))?$`,
);
const charactersMax = 1024;
const repositoryLengthMax = 255;

/** Runtimes look for an image of this id, or of one that begins so, before they read it as a name. */
const digestOfImage = /^sha(256|384|512):[0-9a-f]+$/;
const idDigits = 64;

interface ImageSettings {
  /** How many hexadecimal digits may be an id by themselves; 64 if the beginning of an id names no image. */
  readonly idDigitsMin?: number;
  /** The tag that counts if the reference has neither a tag nor a digest; null if there is none, and every tag counts. */
  readonly untagged?: string | null;
  /** The path of the fact, for the reasons of unknown parts. */
  readonly fact?: string;
}

/**
 * `nginx` is `docker.io/library/nginx:latest`, as runtimes complete it. A digest decides alone: a tag beside it is left out.
 * What a text that is no reference, or may be an id, stands for is unknown.
 */
export function imageFacts(text: string, settings: ImageSettings = {}): Value {
  const { idDigitsMin = idDigits, untagged = 'latest', fact } = settings;
  const parsed = mayBeId(text, idDigitsMin) ? 'the image may be named by its id' : parseReference(text);
  if (typeof parsed === 'string') return unknownImage(text, parsed, fact);
  const { registry, repository, tag, pinned } = parsed;
  const effective = pinned === undefined ? (tag ?? untagged) : null;
  return objectOf([
    ['reference', text],
    ['registry', registry],
    ['repository', repository],
    ...(effective === null ? [] : [['tag', effective] as const]),
    ...(pinned === undefined ? [] : [['digest', pinned] as const]),
  ]);
}

function unknownImage(text: string, reason: string, fact: string | undefined): Value {
  const fields = ['registry', 'repository', 'tag', 'digest'].map((field) => {
    const unknown = fact === undefined ? new Unknown(reason) : new Unknown(reason, `${fact}.${field}`);
    return [field, unknown] as const;
  });
  return objectOf([['reference', text], ...fields]);
}

function mayBeId(text: string, digitsMin: number): boolean {
  const isDigits = text.length >= digitsMin && text.length <= idDigits && /^[0-9a-f]+$/.test(text);
  return isDigits || digestOfImage.test(text);
}

interface Reference {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | undefined;
  readonly pinned: string | undefined;
}

function parseReference(text: string): Reference | string {
  if (text.length > charactersMax) return 'the image reference is too long';
  const match = grammar.exec(withRegistry(text));
  if (match === null || match[2]!.length > repositoryLengthMax) return 'the image reference is not valid';
  const [, registry, repository, tag, pinned] = match;
  return { registry: registry!.toLowerCase(), repository: repository!, tag, pinned };
}

/** The first component is a host if it has a dot, a port or a capital letter, or is `localhost`. */
function withRegistry(text: string): string {
  const slash = text.indexOf('/');
  const head = text.slice(0, Math.max(slash, 0));
  const isHost = head !== '' && (/[.:A-Z]/.test(head) || head === 'localhost');
  const registry = isHost && head !== 'index.docker.io' ? head : 'docker.io';
  const remainder = isHost ? text.slice(slash + 1) : text;
  const isOfficial = registry === 'docker.io' && !remainder.includes('/');
  return `${registry}/${isOfficial ? 'library/' : ''}${remainder}`;
}
