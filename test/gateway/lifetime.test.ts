import { describe, expect, test } from '@jest/globals';
import {
  lifetimeOf,
  noticeMessage,
  effectiveRules,
  type SessionRules,
  type EffectiveRules,
} from '../../src/config/lifetime.js';

const DEFAULTS: EffectiveRules = {
  expiry: 'finish_transaction',
  maxSeconds: Infinity,
  graceSeconds: 900,
  noticeSeconds: 60,
};

describe('of several places in the configuration', () => {
  test.each<[string, SessionRules, SessionRules, SessionRules, Partial<EffectiveRules>]>([
    ['nothing is said', {}, {}, {}, {}],
    ['one for all holds', { expiry: 'login' }, {}, {}, { expiry: 'login', maxSeconds: 21_600 }],
    [
      'an issuer goes before all',
      { expiry: 'end' },
      { expiry: 'login' },
      {},
      { expiry: 'login', maxSeconds: 21_600 },
    ],
    ['a target goes before all', { graceSeconds: 5 }, {}, { graceSeconds: 50 }, { graceSeconds: 50 }],
    [
      'of issuer and target the stricter counts',
      {},
      { expiry: 'login' },
      { expiry: 'end' },
      { expiry: 'end', graceSeconds: 0 },
    ],
    ['whichever says it', {}, { expiry: 'end' }, { expiry: 'login' }, { expiry: 'end', graceSeconds: 0 }],
    [
      'of two bounds the smaller',
      { maxSeconds: 1 },
      { maxSeconds: 60 },
      { maxSeconds: 30 },
      { maxSeconds: 30 },
    ],
    [
      'each key by itself',
      { maxSeconds: 9 },
      { graceSeconds: 1 },
      { noticeSeconds: 0 },
      { maxSeconds: 9, graceSeconds: 1, noticeSeconds: 0 },
    ],
    ['of two notices the longer', {}, { noticeSeconds: 5 }, { noticeSeconds: 50 }, { noticeSeconds: 50 }],
    [
      'there is no grace beside `end`, whoever gave it',
      { graceSeconds: 60 },
      {},
      { expiry: 'end' },
      { expiry: 'end', graceSeconds: 0 },
    ],
  ])('%s', (_, all, issuer, target, settled) => {
    expect(effectiveRules(all, issuer, target)).toEqual({ ...DEFAULTS, ...settled });
  });
});

describe('the moments of a session', () => {
  const opened = new Date('2026-11-21T08:00:00Z');
  const at = (seconds: number): number => opened.getTime() + seconds * 1000;
  const of = (rules: SessionRules, tokenSeconds = 600): unknown =>
    lifetimeOf(effectiveRules(rules, {}, {}), new Date(at(tokenSeconds)), opened);

  test.each<[string, SessionRules, unknown]>([
    ['follow the token', {}, { endsAt: at(600), stopsAt: at(1500), noticeAt: at(540), cause: 'token' }],
    [
      'coincide for `end`',
      { expiry: 'end' },
      { endsAt: at(600), stopsAt: at(600), noticeAt: at(540), cause: 'token' },
    ],
    [
      'come earlier for a session that must be short',
      { maxSeconds: 60 },
      { endsAt: at(60), stopsAt: at(960), noticeAt: at(0), cause: 'age' },
    ],
    [
      'leave the token out for `login`',
      { expiry: 'login' },
      { endsAt: at(21_600), stopsAt: at(22_500), noticeAt: at(21_540), cause: 'age' },
    ],
    [
      'may come without a notice',
      { noticeSeconds: 0 },
      { endsAt: at(600), stopsAt: at(1500), noticeAt: Infinity, cause: 'token' },
    ],
  ])('%s', (_, rules, lifetime) => expect(of(rules)).toEqual(lifetime));

  test('are there for a token that expires at the last moment that a date can hold', () => {
    const lifetime = lifetimeOf(DEFAULTS, new Date(8.64e15), opened);
    expect(lifetime).toEqual({
      endsAt: 8.64e15,
      stopsAt: 8.64e15 + 900_000,
      noticeAt: 8.64e15 - 60_000,
      cause: 'token',
    });
  });

  test('are told to the client in whole seconds', () => {
    const lifetime = lifetimeOf(
      effectiveRules({ maxSeconds: 60, graceSeconds: 30 }, {}, {}),
      new Date(at(600)),
      opened,
    );
    expect(noticeMessage(lifetime, at(59.2))).toBe(
      'the time of this session is over in 1 seconds: an open transaction may go on for 30 seconds more, and no new one begins',
    );
  });
});
