/** Describe and Close: messages that name a statement or a portal and run nothing. */
import { refuse } from './denial.js';
import { decodeNaming } from '../wire/frontend-codec.js';
import { refuseUnread } from './judgement.js';
import { passUpstream } from '../state/link.js';
import type { Link } from '../state/link.js';
import type { Message, Naming } from '../wire/messages.js';
import { LONG_NAME } from '../state/objections.js';
import { NAME_BYTES_MAX } from '../../../src/facts/sql/name-bytes.js';

/** Its answer, the types of parameters and the layout of rows, comes from the schema. */
export function describe(link: Link, message: Message): void {
  const naming = namingIn(link, message);
  if (naming === null) return;
  const { of, name } = naming;
  const { pipeline, state } = link;
  const statement = of === 'statement' ? (state.statements.get(name) ?? null) : null;
  const portal = of === 'portal' ? (state.portals.get(name) ?? null) : null;
  if (portal !== null) portal.describing = true;
  pipeline.push({ kind: 'describe', own: false, of, statement, portal });
  passUpstream(link, message);
}

export function close(link: Link, message: Message): void {
  const naming = namingIn(link, message);
  if (naming === null) return;
  const { of, name } = naming;
  const { pipeline, state } = link;
  const undo = of === 'statement' ? state.statements.set(name, null) : state.portals.set(name, null);
  pipeline.push({ kind: 'close', own: false, undo });
  passUpstream(link, message);
}

/** Null if it was refused. */
function namingIn(link: Link, message: Message): Naming | null {
  const naming = decodeNaming(message.bytes, message.start, message.end, link.state.settings.foreign);
  if (Buffer.byteLength(naming.name) > NAME_BYTES_MAX) {
    refuse(link, refuseUnread(link, 'execute', '', LONG_NAME));
    return null;
  }
  link.conversation.began();
  return naming;
}
