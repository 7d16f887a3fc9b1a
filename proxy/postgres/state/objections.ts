/** What the protocol itself refuses, whatever the rules say. The rule ids are stable because recordings contain them. */
import type { Objection } from '../../../src/gateway/session.js';
import { NAME_BYTES_MAX } from '../../../src/facts/sql/name-bytes.js';
import { PORTALS_MAX } from './open-portals.js';
import { STATEMENTS_MAX } from './prepared-statements.js';

export const NOT_TEXT: Objection = {
  rule: 'gateway.encoding',
  reason: 'the message is not valid UTF-8',
  hint: 'set client_encoding to UTF8',
};
export const LONG_NAME: Objection = {
  rule: 'gateway.name_size',
  reason: `a name may have ${NAME_BYTES_MAX} bytes at most`,
  hint: null,
};
export const TOO_MANY_STATEMENTS: Objection = {
  rule: 'gateway.statements',
  reason: `a session may hold ${STATEMENTS_MAX} prepared statements at most`,
  hint: 'deallocate those that are not used any more',
};
export const TOO_MANY_PORTALS: Objection = {
  rule: 'gateway.portals',
  reason: `a transaction may hold ${PORTALS_MAX} portals at most, and 64 MB of values in them`,
  hint: 'close those that are not used any more',
};
export const NO_STATEMENT: Objection = {
  rule: 'gateway.statement',
  reason: 'the statement is not one that was prepared through the gateway',
  hint: null,
};
export const NO_PORTAL: Objection = {
  rule: 'gateway.portal',
  reason: 'the portal is not one that was bound through the gateway',
  hint: null,
};
/** A mask reads and writes UTF-8 text. */
export const FOREIGN_MASK: Objection = {
  rule: 'gateway.encoding',
  reason: 'masks apply, and client_encoding is or may be another than UTF8',
  hint: 'set client_encoding to UTF8',
};
export const MASKED_CALL: Objection = {
  rule: 'gateway.function_call',
  reason: 'masks apply, and what a function call message answers cannot be masked',
  hint: 'call the function in a SELECT',
};
export const FUNCTION_CALL: Objection = {
  rule: 'gateway.function_call',
  reason: 'a function call message is served for the functions of large objects alone',
  hint: 'call the function in a SELECT',
};

export const INTERRUPTED: Objection = {
  rule: 'gateway.cancelled',
  reason: 'the client cancelled it before it was decided',
  hint: null,
};

export function malformed(reason: string): Objection {
  return { rule: 'gateway.protocol', reason, hint: null };
}

export function tooMuchWork(reason: string): Objection {
  return { rule: 'gateway.work', reason, hint: 'split it into several commands' };
}

export function tooLarge(bytesMax: number): Objection {
  const reason = `a command may have ${bytesMax} bytes at most`;
  return { rule: 'gateway.command_size', reason, hint: 'split it, or load data with COPY' };
}
