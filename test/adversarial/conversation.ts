/** Says a case to a server or the gateway, and keeps every byte of the answers. */
import { say, type Heard, type WireClient } from '../proxy/postgres/wire-client.js';
import type { Case } from './case.js';
import type { WireMessage } from './wire-message.js';

/** Messages that go out together, and how many ReadyForQuery answer them. */
interface Turn {
  readonly bytes: readonly Buffer[];
  readonly readies: number;
  /** COPY FROM STDIN that they start is fed with this; null where they feed it themselves. */
  readonly data: string | null;
  readonly extended: boolean;
}

export type Way = 'simple' | 'extended' | 'binary' | 'wire';

export function turnsOf(one: Pick<Case, 'sql' | 'wire' | 'data'>, way: Way): readonly Turn[] {
  if (way === 'wire') return wireTurns(one.wire);
  return one.sql.map((sql) => sqlTurn(sql, way, one.data));
}

export function sqlTurn(sql: string, way: Exclude<Way, 'wire'>, data = ''): Turn {
  if (way === 'simple') return { bytes: [say.query(sql)], readies: 1, data, extended: false };
  const bind = say.bind([], '', '', way === 'binary');
  return {
    bytes: [say.parse(sql), bind, say.describe(), say.execute(), say.sync()],
    readies: 1,
    data,
    extended: true,
  };
}

function wireTurns(messages: readonly WireMessage[]): Turn[] {
  const turns: WireMessage[][] = [[]];
  for (const message of messages) {
    if (message.bytes === null) turns.push([]);
    else turns.at(-1)!.push(message);
  }
  return turns.map((turn) => ({
    bytes: turn.map(({ bytes }) => bytes!),
    readies: turn.reduce((sum, { readies }) => sum + readies, 0),
    data: null,
    extended: true,
  }));
}

/** How long one turn may take: whoever hangs has failed. */
const TURN_MS = 8000;

/** Everything heard in answer to these turns. Ends early where the connection does. */
export async function converse(client: WireClient, turns: readonly Turn[]): Promise<readonly Heard[]> {
  const heard: Heard[] = [];
  for (const turn of turns) {
    if (client.closed) break;
    heard.push(...(await answerTo(client, turn)));
  }
  return heard;
}

async function answerTo(client: WireClient, turn: Turn): Promise<readonly Heard[]> {
  client.heard.length = 0;
  const late = setTimeout(() => client.end(), TURN_MS);
  client.send(...turn.bytes);
  for (let copies = 0; ;) {
    const count = (type: string): number => client.heard.filter((message) => message.type === type).length;
    const fed = turn.data === null ? copies : count('G');
    if (fed > copies) {
      client.send(...feed(turn));
      copies++;
    } else if (count('Z') >= turn.readies || client.closed) break;
    else {
      const before = client.heard.length;
      await client.until(() => client.heard.length > before);
    }
  }
  clearTimeout(late);
  return [...client.heard];
}

/** In the extended protocol the server forgets a Sync that came before the end of the copy. */
function feed({ data, extended }: Turn): Buffer[] {
  const rows = data === '' ? [] : [say.copyData(data!)];
  return [...rows, say.copyDone(), ...(extended ? [say.sync()] : [])];
}

/** The process that serves a client, as BackendKeyData says it. */
export function processOf(client: WireClient): number {
  const key = client.heard.find(({ type }) => type === 'K');
  if (key === undefined) throw new Error('not let in');
  return key.bytes.readInt32BE(5);
}
