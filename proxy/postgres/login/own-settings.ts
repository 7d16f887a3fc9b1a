/**
 * Settings for the gateway itself, which a client gives at start-up: `sallyport.auth=oauth` as a parameter, or as
 * `-c sallyport.auth=oauth` inside of `options`, which every libpq can send. The target does not see them.
 */
import { Fatal } from '../wire/fatal.js';
import { readStartupOptions } from '../wire/startup-options.js';

const PREFIX = 'sallyport.';

export interface OwnSettings {
  /** How the client wants to show its token; null if it does not say. */
  readonly auth: 'password' | 'oauth' | null;
  /** The remaining settings, for the target. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Throws Fatal if a setting of the gateway's is unknown or has a value that it does not accept. */
export function takeOwnSettings(parameters: ReadonlyMap<string, string>): OwnSettings {
  const rest = new Map<string, string>();
  let auth: OwnSettings['auth'] = null;
  for (const [name, value] of parameters) {
    if (name === 'options') {
      const taken = takeFromOptions(value);
      auth = taken.auth ?? auth;
      if (taken.options !== null) rest.set(name, taken.options);
    } else if (isOwn(name)) auth = authOf(name, value);
    else rest.set(name, value);
  }
  return { auth, parameters: rest };
}

/** `options` is null if nothing is left of it. */
function takeFromOptions(options: string): {
  readonly auth: OwnSettings['auth'];
  readonly options: string | null;
} {
  const own = readStartupOptions(options).settings.filter(({ name }) => isOwn(name));
  if (own.length === 0) return { auth: null, options };
  let auth: OwnSettings['auth'] = null;
  let left = '';
  let at = 0;
  for (const { name, value, span } of own) {
    auth = authOf(name, value);
    if (span === null) throw misused(name, `write \`-c ${PREFIX}auth=oauth\` as words of their own`);
    left += options.slice(at, span[0]);
    at = span[1];
  }
  left += options.slice(at);
  return { auth, options: left.trim() === '' ? null : left };
}

function isOwn(name: string): boolean {
  return name.toLowerCase().startsWith(PREFIX);
}

function authOf(name: string, value: string): 'password' | 'oauth' {
  if (name.toLowerCase() !== `${PREFIX}auth`)
    throw misused(name, `the gateway knows \`${PREFIX}auth\` and no other`);
  if (value !== 'password' && value !== 'oauth') throw misused(name, 'it is `oauth` or `password`');
  return value;
}

function misused(name: string, hint: string): Fatal {
  return new Fatal('22023', `invalid setting \`${name}\``, 'error', { hint });
}
