/** A command that waits for people, and sessions that requests share: the moments at which something else happens first. */
import { describe, expect, test } from '@jest/globals';
import type { ReviewEvent } from '../../src/audit/event.js';
import type { Decision } from '../../src/engine/decision.js';
import { hold, type Answer } from '../../src/gateway/reviews.js';
import type { AccessRequest, Admission, Command, Decided, Session } from '../../src/gateway/session.js';
import { SharedSessions } from '../../src/gateway/shared-sessions.js';

const decision: Decision = {
  ...{ effect: 'review', rules: [], unknowns: [], reasons: [], reviews: [], masks: [] },
  ...{ limits: {}, shadows: [], revision: 'r1' },
};
const refusal = { message: 'denied by a.b', detail: null, hint: null };

describe('an approval', () => {
  async function answered(answer: Answer, why: string | null, record: (event: ReviewEvent) => void) {
    const held = hold<string>({
      verdict: { kind: 'refuse', command: 1, decision, refusal },
      plan: 'the plan',
      session: 's',
      command: { text: 'shout' } as Command<string>,
      desk: { ask: () => ({ review: 'r', answered: Promise.resolve(answer), withdraw: () => undefined }) },
      record,
      outdated: () => why,
    });
    return held.answered;
  }
  const approved: Answer = { kind: 'approved', by: 'an owl' };

  test('forwards the command with its plan', async () => {
    const events: ReviewEvent[] = [];
    const verdict: Decided<string> = await answered(approved, null, (event) => events.push(event));
    expect(verdict).toMatchObject({ kind: 'forward', plan: 'the plan' });
    expect(events.map(({ state }) => state)).toEqual(['requested', 'approved']);
  });

  test('counts for nothing once the rules or the time of the session are others', async () => {
    expect(await answered(approved, 'the rules have changed', () => undefined)).toMatchObject({
      kind: 'refuse',
      refusal: { message: 'denied by a.b: the rules have changed' },
    });
  });

  test('counts for nothing without its record', async () => {
    const record = ({ state }: ReviewEvent): void => {
      if (state === 'approved') throw new Error('the disk is full');
    };
    expect(await answered(approved, null, record)).toMatchObject({ kind: 'refuse' });
  });
});

test('a shared session that has ended before anybody heard of it is not given to the next request', async () => {
  const shared = new SharedSessions<null>(1000);
  const request = {
    client: { address: '', port: 0, application: '' },
    protocol: 'echo',
    target: 't',
    user: '',
    token: 'x',
  };
  const admitted = (session: Session): Admission<null> => ({ kind: 'admitted', session, access: null });
  const [first, second] = [{ id: '1' } as Session, { id: '2' } as Session];
  const sessions = [first, second];
  const admit = (): Promise<Admission<null>> => {
    const session = sessions.shift()!;
    if (session === first) shared.ended(session);
    return Promise.resolve(admitted(session));
  };
  const entrance = await shared.enter(request satisfies AccessRequest, admit);
  expect(entrance).toMatchObject({ kind: 'admitted', session: { id: '2' } });
});
