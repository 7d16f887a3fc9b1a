/** Where a conversation stands: every transition from every state, and every message of a client in every state. */
import { describe, expect, test } from '@jest/globals';
import {
  Conversation,
  type ClientState,
  type TargetState,
} from '../../../proxy/postgres/state/conversation.js';
import type { Request } from '../../../proxy/postgres/state/pipeline.js';
import { FRONTEND } from '../../../proxy/postgres/wire/messages.js';
import { cellsOf } from './grid.js';

const sync = (doubtful: boolean): Request => ({ kind: 'sync', own: false, doubtful });
const query = { kind: 'query' } as Request;

const transitions: Readonly<Record<string, (conversation: Conversation) => void>> = {
  began: (at) => at.began(),
  executed: (at) => at.executed(false),
  'executed in step': (at) => at.executed(true),
  refused: (at) => at.refused(),
  synced: (at) => at.synced(),
  left: (at) => at.left(),
  copying: (at) => at.copying(),
  copied: (at) => at.copied(),
  failed: (at) => at.failed(false),
  'failed for good': (at) => at.failed(true),
  skips: (at) => at.skips(),
  'ready: Sync': (at) => at.ready(sync(false), 'open'),
  'ready: doubtful Sync': (at) => at.ready(sync(true), 'idle'),
  'ready: Query, idle': (at) => at.ready(query, 'idle'),
  'ready: Query, open': (at) => at.ready(query, 'open'),
  'ready: nothing': (at) => at.ready(undefined, 'idle'),
};

const clients: Readonly<Record<ClientState, () => Conversation>> = {
  ready: () => new Conversation(),
  pipelining: () => after('began'),
  skipping: () => after('began', 'refused'),
  ended: () => after('left'),
};
const targets: Readonly<Record<TargetState, () => Conversation>> = {
  answering: () => new Conversation(),
  copying: () => after('copying'),
  closing: () => after('failed for good'),
};

function after(...names: readonly string[]): Conversation {
  const conversation = new Conversation();
  for (const name of names) transitions[name]!(conversation);
  return conversation;
}

/** `*`: what follows goes in step. */
const CLIENT = `
                        ready        pipelining   skipping     ended
  began                 pipelining   pipelining   skipping     ended
  executed              pipelining   pipelining   skipping     ended
  executed in step      pipelining*  pipelining*  skipping*    ended*
  refused               skipping     skipping     skipping     ended
  synced                ready        pipelining   pipelining   ended
  left                  ended        ended        ended        ended
  copying               ready        pipelining   skipping     ended
  copied                ready*       pipelining*  skipping*    ended*
  failed                ready        pipelining   skipping     ended
  failed for good       ready        pipelining   skipping     ended
  skips                 skipping     skipping     skipping     ended
  ready: Sync           ready        ready        skipping     ended
  ready: doubtful Sync  ready        ready        ready        ended
  ready: Query, idle    ready        ready        skipping     ended
  ready: Query, open    ready        pipelining   skipping     ended
  ready: nothing        ready        ready        skipping     ended
`;

/** The same where what follows goes in step already. */
const IN_STEP = `
                        ready        pipelining   skipping
  began                 pipelining*  pipelining*  skipping*
  executed              pipelining   pipelining   skipping
  executed in step      pipelining*  pipelining*  skipping*
  refused               skipping*    skipping*    skipping*
  synced                ready        pipelining   pipelining
  left                  ended*       ended*       ended*
  copying               ready*       pipelining*  skipping*
  copied                ready*       pipelining*  skipping*
  failed                ready*       pipelining*  skipping*
  failed for good       ready*       pipelining*  skipping*
  skips                 skipping     skipping     skipping
  ready: Sync           ready*       ready*       skipping*
  ready: doubtful Sync  ready        ready        ready
  ready: Query, idle    ready*       ready*       skipping*
  ready: Query, open    ready*       pipelining*  skipping*
  ready: nothing        ready*       ready*       skipping*
`;

const TARGET = `
                        answering    copying      closing
  began                 answering    copying      closing
  executed              answering    copying      closing
  executed in step      answering    copying      closing
  refused               answering    copying      closing
  synced                answering    copying      closing
  left                  answering    copying      closing
  copying               copying      copying      closing
  copied                answering    answering    closing
  failed                answering    answering    closing
  failed for good       closing      closing      closing
  skips                 answering    copying      closing
  ready: Sync           answering    answering    closing
  ready: doubtful Sync  answering    answering    closing
  ready: Query, idle    answering    answering    closing
  ready: Query, open    answering    answering    closing
  ready: nothing        answering    answering    closing
`;

const clientAfter = (conversation: Conversation): string =>
  `${conversation.client}${conversation.inStep ? '*' : ''}`;

describe('the client’s end', () => {
  test.each(cellsOf(CLIENT))('%s, when it is %s: %s', (name, state, expected) => {
    const conversation = clients[state as ClientState]();
    transitions[name]!(conversation);
    expect(clientAfter(conversation)).toBe(expected);
  });

  test.each(cellsOf(IN_STEP))('%s, when it is %s and goes in step: %s', (name, state, expected) => {
    const conversation = clients[state as ClientState]();
    conversation.copied();
    transitions[name]!(conversation);
    expect(clientAfter(conversation)).toBe(expected);
  });

  test('may have an implicit transaction from its first message to the end of its pipeline', () => {
    const open = Object.entries(clients).filter(([, conversation]) => conversation().inPipeline);
    expect(open.map(([state]) => state)).toEqual(['pipelining', 'skipping']);
  });
});

describe('the target’s end', () => {
  test.each(cellsOf(TARGET))('%s, when it is %s: %s', (name, state, expected) => {
    const conversation = targets[state as TargetState]();
    transitions[name]!(conversation);
    expect(conversation.target).toBe(expected);
  });
});

test('the tables have every transition', () => {
  for (const table of [CLIENT, IN_STEP, TARGET])
    expect([...new Set(cellsOf(table).map(([name]) => name))]).toEqual(Object.keys(transitions));
});

/** `held`: something must be answered or known first. A password ends the session before it comes so far. */
const MESSAGES = `
                   ready    pipelining  skipping  in step   copying   ready, held  copying, held
  Bind             take     take        ignore    in-step   lost      wait         lost
  Close            take     take        ignore    in-step   lost      wait         lost
  CopyData         stray    stray       stray     stray     copy      stray        copy
  CopyDone         stray    stray       stray     stray     copy      stray        copy
  CopyFail         stray    stray       stray     stray     copy      stray        copy
  Describe         take     take        ignore    in-step   lost      wait         lost
  Execute          take     take        ignore    in-step   lost      wait         lost
  Flush            take     take        ignore    take      ignore    wait         ignore
  FunctionCall     take     take        ignore    in-step   lost      wait         lost
  Parse            take     take        ignore    in-step   lost      wait         lost
  PasswordMessage  take     take        ignore    in-step   lost      wait         lost
  Query            take     take        ignore    in-step   lost      wait         lost
  Sync             take     take        take      take      doubtful  wait         doubtful
  Terminate        take     take        take      in-step   take      wait         take
`;

const places: Readonly<Record<string, () => Conversation>> = {
  ready: clients.ready,
  pipelining: clients.pipelining,
  skipping: clients.skipping,
  'in step': () => after('executed in step'),
  copying: () => after('began', 'copying'),
};

describe('a client’s message', () => {
  test.each(cellsOf(MESSAGES))('%s, when the conversation is %s: %s', (name, state, expected) => {
    const [place, held] = state.split(', ');
    const conversation = places[place!]!();
    expect(conversation.treatment(FRONTEND[name as keyof typeof FRONTEND], held === 'held')).toBe(expected);
  });

  test('is one of these', () => {
    expect([...new Set(cellsOf(MESSAGES).map(([name]) => name))]).toEqual(Object.keys(FRONTEND));
  });

  test('that was refused in step is answered before its client leaves', () => {
    const conversation = after('executed in step', 'refused');
    expect(conversation.treatment(FRONTEND.Terminate, false)).toBe('in-step');
  });
});
