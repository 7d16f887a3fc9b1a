/** What counts as opening, what as closing. */
import { describe, expect, test } from '@jest/globals';
import type { Decision, MaskMethod } from '../../src/engine/decision.js';
import { differences, failsReplay } from '../../src/replay/difference.js';

function decision(effect: Decision['effect'], more: Partial<Decision> = {}): Decision {
  const empty = { rules: [], unknowns: [], reasons: [], reviews: [], masks: [], limits: {}, shadows: [] };
  return { effect, ...empty, revision: 'r', ...more };
}

function masked(method: MaskMethod, value = 'customers.email', rule = 'a.email'): Partial<Decision> {
  return { masks: [{ rule, selectors: [{ by: 'column', value }], method }] };
}

const review = (groups: string[], quorum = 1, withinSeconds = 900): Partial<Decision> => ({
  reviews: [{ rule: 'a.r', reason: 'why', groups, quorum, withinSeconds }],
});

const redact: MaskMethod = { kind: 'redact' };
const lastFour: MaskMethod = { kind: 'partial', keepLast: 4 };
const lastTwo: MaskMethod = { kind: 'partial', keepLast: 2 };

describe('changes', () => {
  const cases: [string, Decision, Decision, string[], boolean][] = [
    ['nothing', decision('allow'), decision('allow'), [], false],
    ['deny to allow', decision('deny'), decision('allow'), ['opens: deny → allow'], true],
    ['deny to review', decision('deny'), decision('review'), ['opens: deny → review'], true],
    ['review to allow', decision('review'), decision('allow'), ['opens: review → allow'], true],
    ['allow to review', decision('allow'), decision('review'), ['closes: allow → review'], false],
    ['allow to deny', decision('allow', masked(redact)), decision('deny'), ['closes: allow → deny'], false],
    [
      'a mask lost',
      decision('allow', masked(redact)),
      decision('allow'),
      ['opens: mask customers.email with redact lost'],
      true,
    ],
    [
      'a mask gained',
      decision('allow'),
      decision('allow', masked(redact)),
      ['closes: mask customers.email with redact gained'],
      false,
    ],
    [
      'a milder mask',
      decision('allow', masked(redact)),
      decision('allow', masked(lastFour)),
      ['opens: mask customers.email with redact → partial(4)'],
      true,
    ],
    [
      'a stricter mask',
      decision('allow', masked(lastFour)),
      decision('allow', masked(lastTwo)),
      ['closes: mask customers.email with partial(4) → partial(2)'],
      false,
    ],
    [
      'the same mask by another rule',
      decision('allow', masked(redact)),
      decision('allow', masked(redact, 'customers.email', 'b.email')),
      [],
      false,
    ],
    [
      'a second, milder mask on the same column',
      decision('allow', masked(redact)),
      decision('allow', { masks: [...masked(lastFour).masks!, ...masked(redact).masks!] }),
      [],
      false,
    ],
    [
      'a higher limit',
      decision('allow', { limits: { rows: 10 } }),
      decision('allow', { limits: { rows: 20 } }),
      ['opens: limit rows 10 → 20'],
      false,
    ],
    [
      'other reviewers',
      decision('review', review(['dba'])),
      decision('review', review(['lead'])),
      ['other: review a.r by dba quorum 1 within 900 s → a.r by lead quorum 1 within 900 s'],
      false,
    ],
  ];
  test.each(cases)('%s', (_, before, after, expected, fails) => {
    const changes = differences(before, after);
    expect(changes.map(({ direction, text }) => `${direction}: ${text}`)).toEqual(expected);
    expect(changes.some(failsReplay)).toBe(fails);
  });
});
