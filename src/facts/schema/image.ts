/** An image that a container is made of. It is gathered in src/facts/image.ts. */
import { field, lowerText, object, optional, text, type Type } from '../../values/schema.js';

export const image: Type = object({
  reference: field(text, 'As it was written.'),
  registry: field(lowerText, 'The host with its port, in lower case; `docker.io` where none is named.'),
  repository: field(text, 'Its path there: `library/alpine` for `alpine`.'),
  tag: optional(
    text,
    'The tag; `latest` where neither a tag nor a digest is named. Beside a digest it means nothing and is left out.',
  ),
  digest: optional(text, 'The digest, `sha256:…`: it decides alone.'),
});
