/** Commands that wait for a review. Nothing is forwarded before the answer is recorded. */
import type { ReviewEvent } from '../audit/event.js';
import type { Decision } from '../engine/decision.js';
import { never } from '../errors.js';
import type { Command, Decided, Held } from './session.js';

/** Asks reviewers and receives their answers. */
export interface ReviewDesk {
  /** `answered` never rejects. */
  ask(request: ReviewRequest): {
    readonly review: string;
    readonly answered: Promise<Answer>;
    withdraw(): void;
  };
}

export interface ReviewRequest {
  readonly session: string;
  readonly command: number;
  readonly text: string;
  readonly decision: Decision;
}

export type Answer =
  | { readonly kind: 'approved'; readonly by: string }
  | { readonly kind: 'declined'; readonly by: string; readonly reason: string }
  | { readonly kind: 'expired' }
  | { readonly kind: 'withdrawn' };

interface Holding<Plan> {
  /** The verdict unless the command is approved. */
  readonly verdict: Decided<Plan> & { readonly kind: 'refuse' };
  readonly plan: Plan;
  readonly session: string;
  readonly command: Command<Plan>;
  readonly desk: ReviewDesk;
  /** Throws if the event cannot be recorded, or the session is closed. */
  readonly record: (event: ReviewEvent) => void;
  /** Why an approval no longer counts: the session's time is over, or other rules are in force. Null if it does. */
  readonly outdated: () => string | null;
}

export function hold<Plan>({
  verdict,
  plan,
  session,
  command,
  desk,
  record,
  outdated,
}: Holding<Plan>): Held<Plan> {
  const { decision, command: number } = verdict;
  const asked = desk.ask({ session, command: number, text: command.text, decision });
  const { review, answered } = asked;
  const event = { kind: 'review', command: number, review } as const;
  record({ ...event, state: 'requested' });
  const conclude = (answer: Answer): Decided<Plan> => {
    try {
      record({ ...event, ...recorded(answer) });
    } catch {
      // An approval that is not recorded does not count.
      return refusedBecause(verdict, 'the answer of its review cannot be recorded');
    }
    if (answer.kind !== 'approved') return refusedBecause(verdict, reasonOf(answer));
    const why = outdated();
    return why === null ? { kind: 'forward', command: number, decision, plan } : refusedBecause(verdict, why);
  };
  return {
    kind: 'held',
    command: number,
    reviews: decision.reviews,
    answered: answered.then(conclude),
    withdraw: () => asked.withdraw(),
  };
}

function recorded(answer: Answer): Pick<ReviewEvent, 'state' | 'by' | 'reason'> {
  const { kind: state, ...rest } = answer;
  return { state, ...rest };
}

function reasonOf(answer: Exclude<Answer, { kind: 'approved' }>): string {
  switch (answer.kind) {
    case 'declined':
      return `declined by ${answer.by}: ${answer.reason}`;
    case 'expired':
      return 'nobody answered its review in time';
    case 'withdrawn':
      return 'its review was withdrawn';
    default:
      return never(answer);
  }
}

function refusedBecause<Plan>(
  verdict: Decided<Plan> & { readonly kind: 'refuse' },
  reason: string,
): Decided<Plan> {
  const { refusal } = verdict;
  return { ...verdict, refusal: { ...refusal, message: `${refusal.message}: ${reason}` } };
}
