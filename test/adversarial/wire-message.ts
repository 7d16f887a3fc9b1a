/** Messages of a case that is told message by message, as YAML writes them: `{parse: SELECT 1, name: s}`. */
import { z } from 'zod';
import { encode, int16, int32 } from '../../proxy/postgres/wire/frontend-codec.js';
import { FRONTEND } from '../../proxy/postgres/wire/messages.js';
import { say } from '../proxy/postgres/wire-client.js';

const values = z.array(z.string().nullable()).default([]);

export const wireMessage = z.union([
  z.strictObject({ query: z.string() }),
  z.strictObject({ parse: z.string(), name: z.string().default('') }),
  z.strictObject({
    bind: values,
    statement: z.string().default(''),
    portal: z.string().default(''),
    binary: z.boolean().default(false),
  }),
  z.strictObject({ describe: z.enum(['statement', 'portal']), name: z.string().default('') }),
  z.strictObject({ close: z.enum(['statement', 'portal']), name: z.string().default('') }),
  z.strictObject({ execute: z.string(), rows: z.number().default(0) }),
  z.strictObject({ copy: z.string() }),
  z.strictObject({ done: z.literal('copy') }),
  z.strictObject({ call: z.number(), arguments: z.array(z.string()).default([]) }),
  z.strictObject({ send: z.enum(['sync', 'flush', 'terminate']) }),
  /** Until everything before it is answered. */
  z.strictObject({ wait: z.literal('ready') }),
  /** A message of any type with any body, in hexadecimal; the length is put before it unless it is given. */
  z.strictObject({
    type: z.string().length(1),
    body: z.string(),
    length: z.number().optional(),
    readies: z.number().default(0),
  }),
]);

export interface WireMessage {
  /** Null where it is a wait. */
  readonly bytes: Buffer | null;
  /** How many ReadyForQuery it asks for. */
  readonly readies: number;
  /** The SQL in it, for the run against the rules alone. */
  readonly text: string | null;
}

export function decodeWire(message: z.infer<typeof wireMessage>): WireMessage {
  if ('query' in message) return { bytes: say.query(message.query), readies: 1, text: message.query };
  if ('parse' in message) return { ...silent(say.parse(message.parse, message.name)), text: message.parse };
  if ('send' in message && message.send === 'sync') return { bytes: say.sync(), readies: 1, text: null };
  if ('call' in message) return { bytes: bytesOf(message), readies: 1, text: null };
  if ('type' in message) return { bytes: bytesOf(message), readies: message.readies, text: null };
  if ('wait' in message) return { bytes: null, readies: 0, text: null };
  return silent(bytesOf(message));
}

const silent = (bytes: Buffer): WireMessage => ({ bytes, readies: 0, text: null });

function bytesOf(message: z.infer<typeof wireMessage>): Buffer {
  if ('bind' in message) return say.bind(message.bind, message.statement, message.portal, message.binary);
  if ('describe' in message) return say.describe(message.name, message.describe);
  if ('close' in message) return say.close(message.name, message.close);
  if ('execute' in message) return say.execute(message.execute, message.rows);
  if ('copy' in message) return say.copyData(message.copy);
  if ('done' in message) return say.copyDone();
  if ('call' in message) return functionCall(message.call, message.arguments);
  if ('send' in message) return message.send === 'flush' ? say.flush() : say.terminate();
  if ('type' in message) return anyMessage(message);
  throw new Error('not a message');
}

/** FunctionCall with arguments and result as text. */
function functionCall(oid: number, args: readonly string[]): Buffer {
  const encoded = args.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]);
  return encode(FRONTEND.FunctionCall, int32(oid), int16(0, args.length), ...encoded, int16(0));
}

function anyMessage({
  type,
  body,
  length,
}: {
  type: string;
  body: string;
  length?: number | undefined;
}): Buffer {
  const bytes = Buffer.from(body.replaceAll(/\s/g, ''), 'hex');
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(length ?? bytes.length + 4), bytes]);
}
