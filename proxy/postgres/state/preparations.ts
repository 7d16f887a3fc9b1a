/**
 * The target's answers to the prepare messages: Parse, Bind, Describe and Close. Each handler says whether the client sees the
 * answer.
 */
import { decodeParameterDescription } from '../wire/backend-codec.js';
import { finish } from './failures.js';
import type { Link } from './link.js';
import { ProtocolViolation } from '../wire/messages.js';
import type { Message } from '../wire/messages.js';
import type { Request } from './pipeline.js';

export function parseComplete(link: Link, head: Request | undefined): boolean {
  if (head?.kind !== 'parse') throw outOfPlace();
  link.pipeline.shift();
  if (head.run !== null) finish(link, head.run, 'completed');
  return !head.own;
}

export function bindComplete(link: Link, head: Request | undefined): boolean {
  if (head?.kind !== 'bind') throw outOfPlace();
  link.pipeline.shift();
  if (head.run !== null && !head.shared) finish(link, head.run, 'completed');
  return !head.own;
}

export function closeComplete({ pipeline }: Link, head: Request | undefined): boolean {
  if (head?.kind !== 'close') throw outOfPlace();
  pipeline.shift();
  return !head.own;
}

export function noData({ pipeline }: Link, head: Request | undefined): boolean {
  if (head?.kind !== 'describe') throw outOfPlace();
  if (head.portal !== null) head.portal.fields = [];
  pipeline.shift();
  return !head.own;
}

/** RowDescription or NoData follows. */
export function parameterDescription(head: Request | undefined, message: Message): boolean {
  if (head?.kind !== 'describe' || head.of !== 'statement') throw outOfPlace();
  const { statement } = head;
  if (statement !== null) {
    statement.parameterTypes = decodeParameterDescription(message.bytes, message.start, message.end);
    statement.described = true;
  }
  return !head.own;
}

export function outOfPlace(): ProtocolViolation {
  return new ProtocolViolation('the target sent a message out of place');
}
