/** Image references, in the grammar of github.com/distribution/reference. */
import { objectOf, Unknown, type Value } from '../../values/value.js';

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const domain = `(?:${label}(?:\\.${label})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?`;
const digest = 'sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}';
const reference = new RegExp(
  `^(${domain})/(${component}(?:/${component})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(${digest}))?$`,
);
const repositoryLengthMax = 255;

/**
 * `nginx` is `docker.io/library/nginx:latest`, as container runtimes complete it. A digest alone identifies the image, so the tag
 * beside it is only what was written.
 */
export function imageFacts(text: string): Value {
  if (text.length > 1024) return new Unknown('the image reference is too long');
  const split = splitDomain(text);
  const match = reference.exec(`${split.registry}/${split.remainder}`);
  // A text that may be an image id is not read as a name.
  if (match === null || match[2]!.length > repositoryLengthMax || /^[0-9a-f]{64}$/.test(text))
    return new Unknown('the image reference is not valid');
  const [, registry, repository, tag, digested] = match;
  const effective = tag ?? (digested === undefined ? 'latest' : undefined);
  return objectOf([
    ['reference', text],
    ['registry', registry!.toLowerCase()],
    ['repository', repository!],
    ...(effective === undefined ? [] : [['tag', effective] as const]),
    ...(digested === undefined ? [] : [['digest', digested] as const]),
  ]);
}

/** The first component is a host if it has a dot, a port or a capital letter, or is `localhost`. */
function splitDomain(text: string): { readonly registry: string; readonly remainder: string } {
  const slash = text.indexOf('/');
  const head = text.slice(0, Math.max(slash, 0));
  const isHost = head !== '' && (/[.:A-Z]/.test(head) || head === 'localhost');
  const registry = isHost && head !== 'index.docker.io' ? head : 'docker.io';
  const remainder = isHost ? text.slice(slash + 1) : text;
  const official = registry === 'docker.io' && !remainder.includes('/');
  return { registry, remainder: official ? `library/${remainder}` : remainder };
}
