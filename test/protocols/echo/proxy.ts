/** The enforcement point for echo: a line is decided before it goes to the target, and masked on its way back. */
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { Listener, type Connection, type ProtocolServer } from '../../../proxy/listener.js';
import type { Gateway } from '../../../src/gateway/gateway.js';
import type { AccessRequest, Command, Session } from '../../../src/gateway/session.js';
import { maskText } from '../../../src/masking/methods.js';
import { EchoMeaning, type EchoContext, type EchoPlan } from './protocol.js';
import type { EchoTargets } from './targets.js';

class Refused extends Error {}

/** With `perRequest` each line begins with the token and the target, as requests of HTTP do. */
export async function startEchoProxy(
  gateway: Gateway,
  kind: EchoTargets,
  perRequest: boolean,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server: ProtocolServer = {
    limits: { unauthenticated: 10, loginMs: 2000 },
    tooSlow: new Refused('too slow'),
    pending: () => Promise.resolve(),
    turnAway: (client, error) => client.end(`no: ${error instanceof Refused ? error.message : 'failed'}\n`),
    serve: (connection) => serve(connection),
  };
  const listener = new Listener({ host: '127.0.0.1', port: 0, tls: null }, server);
  const { port } = await listener.listen();
  return { port, close: () => listener.close() };

  async function serve(connection: Connection): Promise<void> {
    const { client, socket } = connection;
    const lines = createInterface(client)[Symbol.asyncIterator]();
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      const [token = '', target = '', text = ''] = split(next.value, perRequest ? 3 : 2);
      connection.known = true;
      const asked = requestOf(socket, token, target);
      if (!perRequest) return session(connection, lines, asked);
      await once(client, asked, text);
    }
  }

  async function once(client: Duplex, asked: AccessRequest, text: string): Promise<void> {
    const entrance = await gateway.enter(asked, kind);
    if (entrance.kind !== 'admitted') throw new Refused(wordsOf(entrance));
    try {
      client.write(`${await answer(entrance.session, entrance.access.port, text)}\n`);
    } finally {
      entrance.leave();
    }
  }

  async function session(
    connection: Connection,
    lines: AsyncIterator<string>,
    asked: AccessRequest,
  ): Promise<void> {
    const admission = await gateway.admit(asked, kind);
    if (admission.kind !== 'admitted') throw new Refused(wordsOf(admission));
    connection.admitted();
    connection.newcomer.leave();
    const { client } = connection;
    const running = { busy: false, shutDown: () => client.destroy() };
    listener.sessions.add(running);
    client.write('welcome\n');
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      running.busy = true;
      client.write(`${await answer(admission.session, admission.access.port, next.value)}\n`);
      running.busy = false;
    }
    listener.sessions.delete(running);
    admission.session.close('client');
  }

  async function answer(session: Session, targetPort: number, text: string): Promise<string> {
    const context: EchoContext = { speaker: session.identity.subject };
    const command: Command<EchoPlan> = {
      phase: 'query',
      text,
      meaning: new EchoMeaning(text),
      context: () => context,
      waits: true,
    };
    let verdict = session.decide(command);
    if (verdict.kind === 'held') verdict = await verdict.answered;
    if (verdict.kind === 'expired') return `no: ${verdict.message}`;
    if (verdict.kind === 'refuse') return `no: ${verdict.refusal.message}`;
    const line = await ask(targetPort, text);
    const { mask } = verdict.plan;
    const shown = mask === null ? line : (maskText(mask, line, gateway.maskingKey) ?? '');
    session.show({ kind: 'frame', channel: 0, stream: 'output', data: shown });
    session.finish({
      ...{ kind: 'result', command: verdict.command, outcome: 'completed' },
      ...{ bytes: Buffer.byteLength(line), milliseconds: 0, detail: { line: shown } },
    });
    session.flush();
    return shown;
  }
}

function split(line: string, parts: number): string[] {
  const words = line.split(' ');
  return [...words.slice(0, parts - 1), words.slice(parts - 1).join(' ')];
}

function requestOf(socket: Socket, token: string, target: string): AccessRequest {
  const client = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, application: 'echo' };
  return { protocol: 'echo', target, user: 'ci', token, client };
}

function wordsOf(refused: { readonly message?: string; readonly why: string }): string {
  return refused.message ?? refused.why;
}

function ask(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const target = connect(port, '127.0.0.1', () => target.write(`${text}\n`));
    target.setEncoding('utf8');
    target.once('data', (data: string) => {
      target.destroy();
      resolve(data.trimEnd());
    });
    target.once('error', reject);
  });
}
