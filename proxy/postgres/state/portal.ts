/** What a Bind makes of a statement: values, formats, and the search path that resolved its names. */
import { isAscii } from 'node:buffer';
import { Unknown } from '../../../src/values/value.js';
import type { Replacements } from '../../../src/masking/sql/replacements.js';
import { boundValuesOf } from '../values/bound-values.js';
import type { Bind } from '../wire/messages.js';
import type { BindRequest } from './pipeline.js';
import type { Run, Shown } from './run.js';
import type { Portal } from './open-portals.js';
import type { Prepared } from './prepared-statements.js';
import type { TextSettings } from './text-settings.js';
import { decodeParameter } from '../values/values.js';

/** Parameters after this many bytes of others are not passed to the rules. */
const PARAMETER_BYTES_MAX = 1024 * 1024;

const FOREIGN = new Unknown('a parameter is not in UTF-8');
const TOO_LONG = new Unknown('the parameters are too long');

export function portalOf(
  statement: Prepared,
  bind: Bind,
  { searchPath, foreign }: Pick<TextSettings, 'searchPath' | 'foreign'>,
  shown: Replacements,
): Portal {
  let bytes = 0;
  const parameters = bind.parameters.map((value, index) => {
    bytes += value?.length ?? 0;
    const format = bind.parameterFormats[bind.parameterFormats.length === 1 ? 0 : index] ?? 0;
    const type = statement.parameterTypes[index] ?? 0;
    // Longer values are unknown and not kept: values live as long as their portal.
    if (bytes > PARAMETER_BYTES_MAX) return TOO_LONG;
    return foreign && value !== null && !isAscii(value) ? FOREIGN : decodeParameter(value, format, type);
  });
  const size = statement.text.length + Math.min(bytes, PARAMETER_BYTES_MAX);
  return {
    statement,
    parameters,
    values: boundValuesOf(bind, statement.parameterTypes, shown),
    size,
    resultFormats: bind.resultFormats,
    searchPath,
    shown: { rows: 0, bytes: 0 },
    fields: null,
    describing: false,
  };
}

/** Executing an SQL cursor through the protocol fetches from it. */
export function cursorPortal(name: string, searchPath: readonly string[] | null, shown: Shown): Portal {
  const text = `FETCH ALL FROM "${name.replaceAll('"', '""')}"`;
  const statement = { text, plainOnly: false, parameterTypes: [], described: false, bySql: false };
  return {
    statement,
    parameters: null,
    values: null,
    size: 0,
    resultFormats: [],
    searchPath,
    shown,
    fields: null,
    describing: false,
  };
}

/** The portal that the previous message bound: an Execute that comes with its Bind is decided with it. */
export class JustBound {
  #portal: Portal | null = null;
  #request: BindRequest | null = null;

  /** Null if the statement does not exist. */
  set(portal: Portal | null, request: BindRequest): void {
    this.#portal = portal;
    this.#request = request;
  }

  forget(): void {
    this.#portal = null;
    this.#request = null;
  }

  /** The command that an Execute of this portal ends; null if the previous message did not bind it. */
  take(portal: Portal): Run | null {
    const request = this.#portal === portal ? this.#request : null;
    this.forget();
    if (request === null) return null;
    request.shared = true;
    return request.run;
  }
}
