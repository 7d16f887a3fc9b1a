/** How the texts of some facts are written, whatever a command said: a rule that compares with another spelling never holds. */
import { spelled, type Type } from '../../values/schema.js';
import { headerIsLeftOut } from '../http/unread-headers.js';
import { normalizePercent } from '../http/percent.js';
import { builtinResources } from '../kubernetes/resources.js';

const lower = (text: string): string => text.toLowerCase();

/** Capabilities of Linux. */
export const capability: Type = spelled({
  words: 'in capitals, without `CAP_`',
  of: (text) => text.toUpperCase().replace(/^CAP_/, ''),
  piece: (text) => text.toUpperCase(),
});

/** The host alone: no scheme before it, no port behind it. */
export const host: Type = spelled({
  words: 'a host in lower case, without scheme and port',
  of: (text) =>
    lower(text)
      .replace(/^[a-z]+:\/\//, '')
      .replace(/^([^:]*|\[.*\]):\d+$/, '$1'),
  piece: lower,
});

export const mediaType: Type = spelled({
  words: 'in lower case, without parameters',
  of: (text) => lower(text).replace(/\s*;.*$/s, ''),
  piece: lower,
});

export const headerName: Type = spelled({
  words: 'in lower case, without the colon',
  of: (text) => lower(text).replace(/:$/, ''),
  piece: lower,
});

/** Values that prove who somebody is, or that are the connection's, are no facts. */
export const readHeaderName: Type = spelled({
  words: 'a header in lower case that is neither a secret nor one of the connection',
  of: (text) => (headerIsLeftOut(lower(text)) ? null : lower(text).replace(/:$/, '')),
});

export const path: Type = spelled({
  words: 'a path that begins with `/`, without needless escapes',
  of: (text) => (text === '*' ? text : normalizePercent(text.startsWith('/') ? text : `/${text}`)),
  start: (text) => (text.startsWith('/') ? text : `/${text}`),
});

export const segment: Type = spelled({
  words: 'the part between two slashes',
  of: (text) => (/[/\\]/.test(text) ? (text.replace(/^[/\\]+|[/\\]+$/g, '').split(/[/\\]/)[0] ?? '') : text),
});

/** The name that the command was called by, whatever folder it is in. */
export const commandName: Type = spelled({
  words: 'the last part of its path',
  of: (text) => text.replace(/^.*\/(?=[^/])/s, ''),
});

export const flag: Type = spelled({
  words: 'an option with its hyphens, without its value',
  of: (text) => (text.startsWith('-') ? text.replace(/^(--[^=]+)=.*$/s, '$1') : `-${text}`),
  start: (text) => (text.startsWith('-') ? text : `-${text}`),
});

/** In the plural, as it stands in paths of the API. */
const plurals = new Map(
  builtinResources.flatMap(({ resource, kind, shortNames }) =>
    [lower(kind), ...shortNames].map((name) => [name, resource] as const),
  ),
);

export const resource: Type = spelled({
  words: 'in lower case and in the plural',
  of: (text) => plurals.get(lower(text)) ?? lower(text),
  piece: lower,
});

export const qualifiedTable: Type = spelled({
  words: 'a table with its schema',
  of: (text) => (text.includes('.') ? text : `public.${text}`),
});
