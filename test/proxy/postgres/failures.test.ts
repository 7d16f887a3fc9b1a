/** What an error of the target means for all that was asked of it. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import type { SqlAnalysis } from '../../../src/facts/sql/scope/analysis.js';
import { Outlet } from '../../../proxy/relay.js';
import { Conversation } from '../../../proxy/postgres/state/conversation.js';
import { failed, settle, withholds, type Failing } from '../../../proxy/postgres/state/failures.js';
import { OwnQuestion } from '../../../proxy/postgres/state/own-question.js';
import { Pipeline, type Request } from '../../../proxy/postgres/state/pipeline.js';
import { startRun, type Run } from '../../../proxy/postgres/state/run.js';
import { ServerState } from '../../../proxy/postgres/state/server-state.js';
import { decodeReport } from '../../../proxy/postgres/wire/backend-codec.js';
import { fakeGateway, type FakeGateway } from './fake-session.js';
import { recordsOf } from './grid.js';

const LOGIN = {
  host: 'h',
  port: 1,
  database: 'd',
  user: 'u',
  password: null,
  tls: { kind: 'off' as const },
};

let gateway: FakeGateway;
let link: Failing;
let heard: PassThrough;
let analyse: (text: string) => SqlAnalysis;

beforeEach(async () => {
  gateway = fakeGateway(LOGIN);
  const admission = await gateway.admit({ token: '' } as Parameters<FakeGateway['admit']>[0]);
  if (admission.kind !== 'admitted') throw new Error('not admitted');
  const { session } = admission;
  analyse = (text) => session.analyse(text, {} as Parameters<typeof session.analyse>[1], null);
  heard = new PassThrough();
  link = {
    conversation: new Conversation(),
    pipeline: new Pipeline(),
    question: new OwnQuestion(),
    session,
    state: new ServerState('fixed'),
    toClient: new Outlet(heard),
  };
});

function run(command: number, text = 'SELECT 1', masked = false): Run {
  const masks = masked ? [{ kind: 'refuse' as const, rule: 'r', reason: 'because' }] : [];
  return startRun({
    command,
    analysis: analyse(text),
    masks,
    limits: null,
    maskedRows: null,
    judgedBy: null,
  });
}

/** What `words` ask for, in order; the number of each is the number of its command. */
function ask(words: string): void {
  const { conversation, pipeline, question } = link;
  let shared: Run | null = null;
  for (const [number, word] of words.split(' ').entries()) {
    const own = run(number);
    if (/^(parse|bind|execute|describe|close|poison|missing|stopped$)/.test(word)) conversation.began();
    switch (word) {
      case 'nothing':
        break;
      case 'parse':
        pipeline.push({ kind: 'parse', own: false, run: own });
        break;
      case 'bind':
        pipeline.push({ kind: 'bind', own: false, run: own, shared: false, undo: null });
        break;
      case 'bind+':
        shared = run(number + 1);
        pipeline.push({ kind: 'bind', own: false, run: shared, shared: true, undo: null });
        break;
      case 'execute':
        pipeline.push({ kind: 'execute', own: false, run: shared ?? own, portal: null });
        break;
      case 'stopped':
        pipeline.push({ kind: 'execute', own: false, run: stopped(own), portal: null });
        break;
      case 'stopped-query':
        pipeline.push({ kind: 'query', own: false, run: stopped(own) });
        break;
      case 'query':
        pipeline.push({ kind: 'query', own: false, run: own });
        break;
      case 'describe':
        pipeline.push({ kind: 'describe', own: false, of: 'portal', statement: null, portal: null });
        break;
      case 'close':
        pipeline.push({ kind: 'close', own: false, undo: null });
        break;
      case 'poison':
      case 'missing': {
        const answer = { sqlstate: '42501', message: 'denied', detail: null, hint: null };
        const name = 'a secret name';
        const missing = word === 'missing' ? 'mine' : null;
        pipeline.push({ kind: 'poison', own: false, name, answer, missing });
        break;
      }
      case 'path':
        question.asks({ kind: 'exact', text: '' });
        pipeline.pushQuestion(false);
        break;
      case 'schema':
        question.asks({ kind: 'schema', value: null, failed: false, ended: () => undefined });
        pipeline.pushQuestion(false);
        break;
      case 'own-sync':
        pipeline.push({ kind: 'sync', own: true, doubtful: false });
        break;
      case 'sync':
      case 'sync?':
        pipeline.push({ kind: 'sync', own: false, doubtful: word === 'sync?' });
        break;
      default:
        throw new Error(word);
    }
  }
}

function stopped(of: Run): Run {
  of.stopped = 'more than 2 rows';
  of.failure = { sqlstate: '54000', message: 'more than 2 rows' };
  return of;
}

const errors: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ERROR: { S: 'ERROR', V: 'ERROR', C: '22012', M: 'of `a secret name`' },
  CopyFail: { S: 'ERROR', V: 'ERROR', C: '57014', M: 'COPY from stdin failed', R: 'CopyGetData' },
  RAISE: { S: 'ERROR', V: 'ERROR', C: '57014', M: 'no', R: 'exec_stmt_raise' },
  FATAL: { S: 'FATAL', V: 'FATAL', C: '57P01', M: 'no' },
};

const fieldsOf = (error: string): ReadonlyMap<string, string> => new Map(Object.entries(errors[error]!));

/** `it`: the target's error as it is; otherwise the SQLSTATE of what it hears in its place, or the message about its own name. */
function hears(passes: boolean): string {
  link.toClient.flush();
  const bytes = heard.read() as Buffer | null;
  if (bytes === null) return passes ? 'it' : '-';
  const fields = decodeReport(bytes, 0, bytes.length);
  return fields.get('M')!.includes('mine') ? 'it, of `mine`' : fields.get('C')!;
}

function describeRequest({ kind, own, ...rest }: Request): string {
  return `${own ? 'own-' : ''}${kind}${'doubtful' in rest && rest.doubtful ? '?' : ''}`;
}

const orNone = (words: readonly string[]): string => (words.length === 0 ? '-' : words.join(', '));

/**
 * What was asked, `sync?` being one that COPY may have swallowed, and `bind+` one that comes with its Execute. `record`: how each
 * command ended, the last first. `left`: what the target still owes. `path`: questions about the search path without an answer.
 */
const FAILURES = `
                           error     client hears   record                                      left         client      path
  nothing                  ERROR     it             -                                           -            ready       0
  query                    ERROR     it             -                                           query        ready       0
  stopped-query            ERROR     54000          -                                           query        ready       0
  sync                     ERROR     it             -                                           sync         ready       0
  parse sync               ERROR     it             parse error                                 sync         pipelining  0
  bind sync                ERROR     it             bind error                                  sync         pipelining  0
  bind+ execute sync       ERROR     it             execute error                               sync         pipelining  0
  describe sync            ERROR     it             -                                           sync         pipelining  0
  close sync               ERROR     it             -                                           sync         pipelining  0
  execute sync             ERROR     it             execute error                               sync         pipelining  0
  stopped sync             ERROR     54000          stopped error                               sync         pipelining  0
  parse bind execute sync  ERROR     it             execute skipped, bind skipped, parse error  sync         pipelining  0
  execute execute          ERROR     it             execute skipped, execute error              -            skipping    0
  poison sync              ERROR     42501          -                                           sync         pipelining  0
  poison                   ERROR     42501          -                                           -            skipping    0
  missing sync             ERROR     it, of \`mine\`  -                                           sync         pipelining  0
  execute sync?            ERROR     it             execute error                               sync?        skipping    0
  execute sync?            RAISE     it             execute error                               sync?        skipping    0
  execute sync?            CopyFail  it             execute error                               -            skipping    0
  execute sync? sync       CopyFail  it             execute error                               sync         pipelining  0
  path own-sync            ERROR     -              -                                           own-sync     ready       1
  parse path               ERROR     it             parse error                                 -            skipping    0
  schema own-sync          ERROR     -              -                                           own-sync     ready       0
  parse sync               FATAL     it             -                                           parse, sync  pipelining  0
  query                    FATAL     it             -                                           query        ready       0
`;

describe('an error', () => {
  test.each(recordsOf(FAILURES))('%s: %j', (asked, expected) => {
    ask(asked);
    const passes = failed(link, link.pipeline.head, fieldsOf(expected.error!));
    const words = asked.split(' ');
    expect({
      error: expected.error!,
      'client hears': hears(passes),
      record: orNone(gateway.finished.map(({ command, outcome }) => `${words[command]} ${outcome}`)),
      left: orNone(link.pipeline.pending().map(describeRequest)),
      client: link.conversation.client,
      path: String(link.question.unanswered),
    }).toEqual(expected);
  });

  test('of a question in the client’s pipeline is told to the client, whose pipeline it has ended', () => {
    ask('parse path');
    link.pipeline.shift();
    expect(hears(failed(link, link.pipeline.head, fieldsOf('ERROR')))).toBe('55000');
    expect([link.conversation.client, link.question.unanswered]).toEqual(['skipping', 1]);
  });

  test('of a question about the schema is told to who has asked', () => {
    ask('schema own-sync');
    failed(link, link.pipeline.head, fieldsOf('ERROR'));
    expect(link.question.asked).toMatchObject({ kind: 'schema', failed: true });
  });

  test('that ends the connection is the last of it', () => {
    ask('execute sync');
    failed(link, link.pipeline.head, fieldsOf('FATAL'));
    expect(link.conversation.target).toBe('closing');
  });

  test('ends a COPY', () => {
    ask('execute');
    link.conversation.copying();
    failed(link, link.pipeline.head, fieldsOf('ERROR'));
    expect(link.conversation.target).toBe('answering');
  });
});

describe('what was expected of commands', () => {
  const names = (): readonly string[] =>
    ['a', 'b'].filter((name) => link.state.statements.get(name) !== undefined);

  test('is taken back in reverse order for all that the target skips', () => {
    const { pipeline, state } = link;
    const text = { text: '', plainOnly: false, parameterTypes: [], described: false, bySql: false };
    for (const [number, statement] of [text, null, text].entries()) {
      const parse = run(number);
      parse.undo = state.statements.set('a', statement);
      pipeline.push({ kind: 'parse', own: false, run: parse });
    }
    failed(link, pipeline.head, fieldsOf('ERROR'));
    expect(names()).toEqual([]);
  });

  test('stays of the statements of a Query that ended well before the one that failed', () => {
    const { pipeline, state } = link;
    const command = run(0, 'PREPARE a AS SELECT 1; PREPARE b AS SELECT 2');
    command.undo = state.forward(command.analysis);
    pipeline.push({ kind: 'query', own: false, run: command });
    state.completed(command, command.statement++);
    failed(link, pipeline.head, fieldsOf('ERROR'));
    settle(link, command);
    expect(names()).toEqual(['a']);
    expect(gateway.finished).toMatchObject([{ outcome: 'error', code: '22012' }]);
  });

  test('stays of a Query without an error', () => {
    const command = run(0);
    settle(link, command);
    expect(gateway.finished).toMatchObject([{ outcome: 'completed' }]);
  });
});

/** Whether texts of the server are withheld, by whether masks apply to the command, or have applied in its transaction. */
const WITHHELD = `
                neither  command  transaction
  query         no       yes      yes
  parse         no       yes      yes
  bind          no       yes      yes
  execute       no       yes      yes
  describe      no       no       yes
  close         no       no       yes
  poison        no       no       yes
  sync          no       no       yes
  nothing       no       no       yes
`;

test.each(recordsOf(WITHHELD))('texts about %s are withheld: %j', (asked, expected) => {
  ask(asked);
  const head = link.pipeline.head;
  const masked = head !== undefined && 'run' in head ? { ...head, run: run(0, 'SELECT 1', true) } : head;
  const told = (request: Request | undefined): string => (withholds(link.state, request) ? 'yes' : 'no');
  const [neither, command] = [told(head), told(masked)];
  link.state.transaction.withhold();
  expect({ neither, command, transaction: told(head) }).toEqual(expected);
});
