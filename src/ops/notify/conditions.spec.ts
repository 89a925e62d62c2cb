import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Instance } from '../../gates/why/fleet.js';
import { type ConditionReason, CONDITIONS } from './catalogue.js';
import { type Condition, conditionsOf, type LookFacts, type Part, partOf } from './conditions.js';
import { RedisOutage } from './outage.js';
import { pingUrl } from './ping.js';
import { StandingConditions } from './standing.js';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const DAY = 86_400_000;
const QUIET: LookFacts = {
  nowMs: NOW,
  attention: [],
  unread: new Set(),
  instances: [],
  bannedUntilMs: 0,
  noPlanMin: 10,
  tokenExpiresMs: undefined,
  certificateExpiresMs: undefined,
  down: new Map(),
};
const keys = (facts: Partial<LookFacts>): string[] => conditionsOf({ ...QUIET, ...facts }).map(({ key }) => key);
const apply = (rest: Partial<Instance>): Instance =>
  ({ role: 'apply', instance: 'a', state: 'ready', faults: [], ...rest }) as Instance;

describe('the conditions', () => {
  it.each<[string, Partial<LookFacts>, string[]]>([
    ['nothing', {}, []],
    ['a ban that ended', { bannedUntilMs: NOW }, []],
    ['a ban', { bannedUntilMs: NOW + 1 }, ['exchange_banned']],
    ['a token with a week left', { tokenExpiresMs: NOW + 7 * DAY }, []],
    ['a token with less', { tokenExpiresMs: NOW + 7 * DAY - 1 }, ['token_expires']],
    ['a certificate with two weeks left', { certificateExpiresMs: NOW + 14 * DAY }, []],
    ['a certificate with less', { certificateExpiresMs: NOW + 14 * DAY - 1 }, ['certificate_expires']],
    ['a channel', { down: new Map([['slack', { sinceMs: NOW, why: 'no' }]]) }, ['channel_down:slack']],
    ['an audit', { instances: [apply({ state: 'not_ready', faults: ['audit: broken'] })] }, ['audit_fault:apply a']],
    ['an audit of a process that is gone', { instances: [apply({ state: 'gone', faults: ['audit: broken'] })] }, []],
    [
      'a proposal that has asked for exactly as long as is allowed',
      { instances: [apply({ unserved: [{ symbol: 'BTCUSDT', sec: 600, why: '' }] })] },
      ['proposal_unserved:BTCUSDT'],
    ],
    ['another fault', { instances: [apply({ state: 'not_ready', faults: ['redis: slow'] })] }, []],
    [
      'a proposal that another role names',
      { instances: [apply({ role: 'governor', unserved: [{ symbol: 'BTCUSDT', sec: 700, why: '' }] })] },
      [],
    ],
    [
      'a proposal that asks in vain, of two processes of Apply',
      {
        instances: [
          apply({
            unserved: [
              { symbol: 'BTCUSDT', sec: 600, why: 'x' },
              { symbol: 'ETHUSDT', sec: 599, why: '' },
            ],
          }),
          apply({ instance: 'b', unserved: [{ symbol: 'BTCUSDT', sec: 700, why: 'y' }] }),
        ],
      },
      ['proposal_unserved:BTCUSDT'],
    ],
    [
      'each unknown order, and each process that is gone',
      {
        attention: [
          { reason: 'order_unknown', symbol: 'BTCUSDT', sinceMs: 5, text: '', remedy: '' },
          { reason: 'order_unknown', symbol: 'BTCUSDT', sinceMs: 6, text: '', remedy: '' },
          { reason: 'instance_gone', subject: 'apply a', text: '', remedy: '' },
          { reason: 'instance_gone', subject: 'apply b', text: '', remedy: '' },
        ],
      },
      ['order_unknown:BTCUSDT:5', 'order_unknown:BTCUSDT:6', 'instance_gone:apply a', 'instance_gone:apply b'],
    ],
  ])('%s', (_, facts, expected) => expect(keys(facts)).toEqual(expected));

  it('of a proposal that asks in vain says the longest of what the processes found', () => {
    const unserved = (instance: string, sec: number, why: string) =>
      apply({ instance, unserved: [{ symbol: 'BTCUSDT', sec, why }] });
    const [found] = conditionsOf({ ...QUIET, instances: [unserved('a', 720, 'y'), unserved('b', 660, 'x')] });
    expect(found).toMatchObject({ text: expect.stringContaining('12 min') as string, sinceMs: NOW - 720_000 });
    expect(found?.text).toMatch(/: y\.$/);
  });

  it.each<[Part, ConditionReason[]]>([
    ['deadLetters', ['dead_letters']],
    ['archive', ['archive_behind', 'archive_gap']],
    [
      'fleet',
      [
        'role_missing',
        'instance_gone',
        'instance_not_ready',
        'audit_fault',
        'proposal_unserved',
        'version_differs',
        'configuration_differs',
        'entries_left',
        'backlog',
      ],
    ],
    [
      'other',
      ['redis_unfit', 'exchange_banned', 'token_expires', 'certificate_expires', 'channel_down', 'control_restored'],
    ],
    ['symbols', ['hold', 'drift', 'snapshot_stale', 'order_unknown']],
  ])('of the part %s stay while it cannot be read', (part, reasons) => {
    expect(reasons.map((reason) => [reason, partOf(reason)])).toEqual(reasons.map((reason) => [reason, part]));
  });
});

it('names pages of the runbook that exist', () => {
  const pages = Object.values(CONDITIONS).flatMap(({ runbook }) => runbook ?? []);
  expect(pages.filter((page) => !existsSync(`docs/runbook/${page}.md`))).toEqual([]);
});

describe('a condition stands', () => {
  const of = (reason: Condition['reason'], sinceMs?: number): Condition => ({
    key: reason,
    reason,
    severity: 'critical',
    text: '',
    remedy: '',
    sinceMs,
  });
  const none = new Set<never>();
  const shown = (standing: ReadonlyMap<string, unknown>): string[] => [...standing.keys()];

  it('when it has lasted, and is over when it has been over for as long', () => {
    const seen = new StandingConditions();
    expect(shown(seen.look([of('snapshot_stale')], none, NOW))).toEqual([]);
    expect(shown(seen.look([of('snapshot_stale')], none, NOW + 29_999))).toEqual([]);
    expect(shown(seen.look([of('snapshot_stale')], none, NOW + 30_000))).toEqual(['snapshot_stale']);
    expect(shown(seen.look([], none, NOW + 40_000))).toEqual(['snapshot_stale']);
    expect(shown(seen.look([of('snapshot_stale')], none, NOW + 50_000))).toEqual(['snapshot_stale']);
    expect(shown(seen.look([], none, NOW + 79_999))).toEqual(['snapshot_stale']);
    expect(shown(seen.look([], none, NOW + 80_000))).toEqual([]);
  });

  it('not when it passed before', () => {
    const seen = new StandingConditions();
    seen.look([of('drift')], none, NOW);
    seen.look([], none, NOW + 10_000);
    expect(shown(seen.look([of('drift')], none, NOW + 20_000))).toEqual([]);
  });

  it('by the time since when it holds, where that is known', () => {
    expect(shown(new StandingConditions().look([of('order_unknown', NOW - 59_999)], none, NOW))).toEqual([]);
    expect(shown(new StandingConditions().look([of('order_unknown', NOW - 60_000)], none, NOW))).toEqual([
      'order_unknown',
    ]);
  });

  it('at once for a person who was told before this process was asked', () => {
    const seen = new StandingConditions();
    seen.remember([['drift', of('drift')]], NOW);
    expect(shown(seen.look([of('drift')], none, NOW))).toEqual(['drift']);
  });

  it('while its part cannot be read', () => {
    const seen = new StandingConditions();
    seen.look([of('hold')], none, NOW);
    expect(shown(seen.look([], new Set(['symbols']), NOW + 60_000))).toEqual(['hold']);
    expect(shown(seen.look([], none, NOW + 61_000))).toEqual([]);
  });
});

describe('that Redis is away', () => {
  it('the process that told last says after 5 s, once, and that it is back', () => {
    const outage = new RedisOutage('apply a');
    expect(outage.away(0, true, 'refused')).toBeUndefined();
    expect(outage.away(4_999, true, 'refused')).toBeUndefined();
    expect(outage.away(5_000, true, 'refused')?.text).toMatch(/^apply a has not reached Redis for 5 s: refused/);
    expect(outage.away(60_000, true, 'refused')).toBeUndefined();
    expect(outage.back(65_000)).toMatchObject({ kind: 'resolved', text: 'apply a reaches Redis again, after 65 s' });
    expect(outage.back(66_000)).toBeUndefined();
  });

  it('another says only after a minute', () => {
    const outage = new RedisOutage('governor g');
    expect(outage.away(0, false, '')).toBeUndefined();
    expect(outage.away(59_999, false, '')).toBeUndefined();
    expect(outage.away(60_000, false, '')).toBeDefined();
  });

  it('nobody says of a short one', () => {
    const outage = new RedisOutage('apply a');
    outage.away(0, true, '');
    expect(outage.back(3_000)).toBeUndefined();
    expect(outage.away(6_000, true, '')).toBeUndefined();
  });
});

it.each([
  ['https://hc-ping.com/abc', 'https://hc-ping.com/abc/fail'],
  ['https://hc.example/ping/abc/?create=1', 'https://hc.example/ping/abc/fail?create=1'],
])('the ping of a failure: %s', (base, expected) => {
  expect(pingUrl(base, true)).toBe(base);
  expect(pingUrl(base, false)).toBe(expected);
});
