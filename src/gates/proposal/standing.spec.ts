import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import { type TakenUp, takeUp } from '../../flow/1-standing.js';
import { standing, type StandingInput } from './standing.js';

const D = (text: string): Decimal => new Decimal(text);
const STEP = D('0.001');
const at = (amount: string, tsMs = 20_000) => ({ amount: D(amount), tsMs });

/** PARTIAL_75 of 0.010: taken up at 10 000, stamped at 15 000, looked at with a snapshot of 20 000. */
const TAKEN: TakenUp = takeUp({ amount: D('0.010'), step: STEP }, 75, 2, 10_000);
const DONE: TakenUp = { ...TAKEN, isDone: true, hasFilled: true };
const INPUT: StandingInput = {
  proposal: { action: 'PARTIAL_75', closePct: '', newSl: '', lastUpdateEpochSec: 15 },
  policy: 'once_per_episode',
  takenUp: TAKEN,
  episode: 2,
  snapshot: at('0.010'),
  ledgerAmount: D('0.010'),
  step: STEP,
};

/** `target@episode` of what goes on, or the reason with what was noticed. */
function judge(over: Partial<StandingInput>): unknown {
  const verdict = standing({ ...INPUT, ...over });
  if (!verdict.allow) return [verdict.reason, verdict.noticed];
  const { takenUp, startsEpisode } = verdict;
  const target = takenUp === undefined ? 'none' : (takenUp.target?.toFixed() ?? 'stop');
  return `${target}@${takenUp?.episode ?? '-'}${startsEpisode ? ' new episode' : ''}`;
}
const suppressed = (noticed?: object) => [
  'repeat_suppressed',
  noticed === undefined ? undefined : expect.objectContaining(noticed),
];

describe('a standing proposal', () => {
  it('that was never taken up gets its target from the position of now [L4]', () =>
    expect(judge({ takenUp: undefined, snapshot: at('-0.008') })).toBe('-0.002@2'));

  it.each([
    ['without a fresh position', { snapshot: undefined }],
    ['on a flat position', { snapshot: at('0') }],
    ['while the market step is not known', { step: undefined }],
  ])('is taken up without a target %s [L4]', (_what, over) =>
    expect(judge({ takenUp: undefined, ...over })).toBe('none@-'),
  );

  it('keeps its target when it is stamped anew [L3]', () =>
    expect(judge({ snapshot: at('0.006'), proposal: { ...INPUT.proposal, lastUpdateEpochSec: 99 } })).toBe('0.003@2'));

  it('that was carried out is suppressed, however often it is stamped [A6] [L3]', () =>
    expect(judge({ takenUp: DONE, snapshot: at('0.003') })).toEqual(suppressed()));

  it('runs every time under every_proposal', () =>
    expect(judge({ policy: 'every_proposal', takenUp: DONE, snapshot: at('0.004') })).toBe('0.001@2'));

  it('of an earlier episode is taken up anew [A6]', () =>
    expect(judge({ takenUp: DONE, episode: 3, snapshot: at('0.003') })).toBe('0.001@3'));

  it('is suppressed while what is stored of it cannot be read', () =>
    expect(judge({ takenUp: 'unreadable' })).toEqual(suppressed()));

  it('is suppressed where the episode of the symbol cannot be read [R14]', () => {
    for (const takenUp of [undefined, TAKEN, DONE]) expect(judge({ takenUp, episode: NaN })).toEqual(suppressed());
  });

  it.each(['0.003', '0.002', '0.0035'])('is done when somebody else has closed down to %s [L4]', (amount) =>
    expect(judge({ snapshot: at(amount) })).toEqual([
      'target_reached',
      expect.objectContaining({ isDone: true, atMs: 20_000 }),
    ]),
  );

  it('is not done by a snapshot from before it was taken up', () =>
    expect(judge({ snapshot: at('0.002', 10_000) })).toBe('0.003@2'));
});

describe('a position that is another one', () => {
  const flat = { ...DONE, target: D('0'), wasFlat: true };
  it.each([
    ['grew by a step', TAKEN, at('0.011')],
    ['turned', TAKEN, at('-0.001')],
    ['turned after the proposal was done', DONE, at('-0.001')],
    ['was opened again after it was closed', flat, at('0.001')],
  ])(
    'because it %s ends the episode: an older stamp is not about it, a later one is [A6] [L10]',
    (_what, takenUp, snapshot) => {
      expect(judge({ takenUp, snapshot })).toEqual(suppressed({ endedMs: 20_000 }));
      const later = { ...INPUT.proposal, lastUpdateEpochSec: 20.001 };
      expect(judge({ takenUp, snapshot, proposal: later })).toMatch(/@3 new episode$/);
      // Noticed before, and the stamp is later than that.
      expect(judge({ takenUp: { ...takenUp, endedMs: 14_999 }, snapshot })).toMatch(/@3 new episode$/);
    },
  );

  it.each([
    ['less than a step more', TAKEN, at('0.0109')],
    ['more than was left, but not more than at take-up', DONE, at('0.009')],
    ['an older snapshot after the fill', { ...DONE, atMs: 20_000 }, at('0.011')],
    ['nothing that is fresh', DONE, undefined],
  ])('is not one with %s [L10]', (_what, takenUp, snapshot) => {
    const verdict = standing({ ...INPUT, takenUp, snapshot });
    expect(verdict.allow ? verdict.startsEpisode : verdict.noticed).toBe(takenUp.isDone ? undefined : false);
  });

  it('without a known step is one that is larger at all', () =>
    expect(judge({ step: undefined, snapshot: at('0.0101') })).toEqual(suppressed({ endedMs: 20_000 })));
});

describe('an empty position', () => {
  const empty = (takenUp: TakenUp, ledgerAmount: Decimal | undefined, tsMs = 20_000) =>
    standing({ ...INPUT, takenUp, ledgerAmount, snapshot: at('0', tsMs) });

  it('once, which the ledger does not confirm, ends nothing [L10]', () => {
    expect(empty(TAKEN, D('0.010'))).toMatchObject({ allow: true, takenUp: { flatSinceMs: 20_000, wasFlat: false } });
    expect(empty(DONE, undefined)).toMatchObject({ noticed: { flatSinceMs: 20_000, wasFlat: false } });
    const seen = { ...DONE, flatSinceMs: 20_000 };
    expect(empty(seen, undefined, 21_999)).toMatchObject({ allow: false, noticed: undefined });
    expect(judge({ takenUp: seen, snapshot: at('0.003', 21_000) })).toEqual(suppressed({ flatSinceMs: undefined }));
  });

  it.each([
    ['the ledger agrees', DONE, D('0'), 20_000],
    ['a read two seconds later agrees', { ...DONE, flatSinceMs: 18_000 }, D('0.003'), 20_000],
  ])('is believed when %s; what is opened then is another position [L10]', (_what, takenUp, ledger, tsMs) => {
    const verdict = empty(takenUp, ledger, tsMs);
    expect(verdict).toMatchObject({ noticed: { wasFlat: true } });
    const noticed = verdict.allow ? undefined : verdict.noticed;
    expect(judge({ takenUp: noticed, snapshot: at('0.001', 30_000) })).toEqual(suppressed({ endedMs: 30_000 }));
  });
});

describe('a standing stop', () => {
  const stop = takeUp({ amount: D('0.010'), step: STEP }, undefined, 2, 10_000);
  const placed = { ...stop, isDone: true, stop: '95000' };
  const asks = (newSl: string, takenUp: TakenUp | undefined = placed, snapshot = at('0.010')) =>
    judge({ takenUp, snapshot, proposal: { ...INPUT.proposal, action: 'UPDATE_SL', newSl } });

  it('has no target', () =>
    expect(judge({ takenUp: undefined, proposal: { ...INPUT.proposal, action: 'UPDATE_SL', newSl: '95000' } })).toBe(
      'stop@2',
    ));

  it.each(['95000', '95000.0', '+9.5e4'])('at a price written %s is the one that was placed [L8]', (price) =>
    expect(asks(price)).toEqual(suppressed()),
  );

  it('at another price is placed [L11]', () => expect(asks('95100')).toBe('stop@2'));

  it('is placed again on a position that was opened again [A6]', () =>
    expect(asks('95000', { ...placed, endedMs: 14_000 })).toBe('stop@3 new episode'));
});

describe('a refusal', () => {
  const context = (over: Partial<StandingInput>): unknown => {
    const verdict = standing({ ...INPUT, ...over });
    return verdict.allow ? verdict : verdict.context;
  };

  it('says what it was decided on', () => {
    expect(context({ episode: NaN })).toEqual({ why: 'the record of what the strategy asks for cannot be read' });
    expect(context({ takenUp: 'unreadable' })).toEqual({ why: 'what is stored of this proposal cannot be read' });
    expect(context({ takenUp: DONE })).toEqual({ carried_out_at_ms: 10_000 });
    expect(context({ snapshot: at('0.020') })).toEqual({ why: 'the position is another one since', since_ms: 20_000 });
    expect(context({ snapshot: at('0.003') })).toEqual({ target: D('0.003'), exchange_amt: D('0.003'), left: D('0') });
  });

  it('of another position stands for a stamp of the very moment it was noticed', () =>
    expect(judge({ takenUp: { ...TAKEN, endedMs: 15_000 } })).toEqual(suppressed()));

  it('is given to words that are no price only where they are the same words', () => {
    const placed = { ...takeUp({ amount: D('0.010'), step: STEP }, undefined, 2, 10_000), isDone: true };
    const asks = (stop: string, newSl: string): unknown =>
      judge({ takenUp: { ...placed, stop }, proposal: { ...INPUT.proposal, action: 'UPDATE_SL', newSl } });
    expect(asks('x', 'x')).toEqual(suppressed());
    for (const [before, now] of [
      ['x', 'y'],
      ['x', '1'],
      ['1', 'x'],
      ['1', '2'],
    ] as const)
      expect(asks(before, now)).toBe('stop@2');
  });
});

describe('a proposal that goes on', () => {
  it('is not done: a stop with a new price, or a close on the way to its target', () => {
    const placed = { ...takeUp({ amount: D('0.010'), step: STEP }, undefined, 2, 10_000), isDone: true, stop: '1' };
    const stop = standing({
      ...INPUT,
      takenUp: placed,
      proposal: { ...INPUT.proposal, action: 'UPDATE_SL', newSl: '2' },
    });
    expect(stop).toMatchObject({ allow: true, takenUp: { isDone: false, stop: '1' } });
    expect(standing({ ...INPUT, proposal: { ...INPUT.proposal, newSl: '2' }, takenUp: DONE }).allow).toBe(false);
  });

  it('keeps what it knows while no fresh position is there, at its target or not', () =>
    expect(judge({ snapshot: undefined })).toBe('0.003@2'));

  it('on a flat position that is known to be flat is done, once', () => {
    const flat = { ...TAKEN, wasFlat: true };
    expect(judge({ takenUp: flat, snapshot: at('0') })).toEqual([
      'target_reached',
      { ...flat, isDone: true, atMs: 20_000 },
    ]);
    expect(judge({ takenUp: { ...flat, isDone: true }, snapshot: at('0') })).toEqual(suppressed());
  });
});
