import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlanSlots, type Slot, type Waited } from './plan-slots.js';
import type { Turn } from './turns.js';

const WINDOW_MS = 1_200;

const turn = (key: string, isFullClose = false, killScore = 0): Turn => ({
  key,
  planId: key,
  symbol: `${key.toUpperCase()}USDT`,
  action: isFullClose ? 'FULL_CLOSE_PROPOSED' : 'PARTIAL_50',
  killScore,
  isFullClose,
});

function slotsOf(limit: number, room = { left: 300, againInMs: 10_000 }): PlanSlots {
  return new PlanSlots({ orderRoom: () => room }, { mode: 'testnet' }, limit);
}

/** A slot for one that does not wait. */
function asked(slots: PlanSlots, turn_: Turn = turn('new')): Slot | undefined {
  const place = slots.enter(turn_);
  const slot = place.take();
  if (slot === undefined) place.leave();
  return slot;
}

function taken(slots: PlanSlots): Slot {
  const slot = asked(slots);
  if (slot === undefined) throw new Error(`no room among ${slots.size}`);
  return slot;
}

/** What those who wait were given, in the order they were served. */
function watched(slots: PlanSlots): {
  readonly wait: (key: string, isUrgent?: boolean, maxMs?: number, killScore?: number) => void;
  readonly served: string[];
} {
  const served: string[] = [];
  const serve = async (key: string, waiting: Promise<Waited>): Promise<void> => {
    const waited = await waiting;
    served.push(typeof waited === 'string' ? `${key} ${waited}` : key);
    if (typeof waited !== 'string') waited.use(key, 1, WINDOW_MS);
  };
  return {
    served,
    wait: (key, isUrgent = false, maxMs, killScore) =>
      void serve(key, slots.enter(turn(key, isUrgent, killScore)).wait(maxMs)),
  };
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('room for plans between publishing and claim', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is there for as many as the limit, and again when one is claimed or ends [P12]', () => {
    const slots = slotsOf(2);
    taken(slots).use('a', 1, WINDOW_MS);
    taken(slots).use('b', 1, WINDOW_MS);
    expect(asked(slots)).toBeUndefined();
    expect(asked(slots, turn('new', true))).toBeUndefined();
    slots.release('a', 2);
    expect(asked(slots)).toBeUndefined();
    slots.release('a', 1);
    slots.release('a', 1);
    taken(slots);
    expect(asked(slots)).toBeUndefined();
  });

  it('is given back by a slot that was not used, once', () => {
    const slots = slotsOf(1);
    const slot = taken(slots);
    slot.free();
    slot.free();
    const next = taken(slots);
    next.use('a', 1, WINDOW_MS);
    next.free();
    expect(slots.size).toBe(1);
  });

  it('goes to full closes first, then to who came first; one place for each key', async () => {
    const slots = slotsOf(1);
    const { wait, served } = watched(slots);
    taken(slots).use('first', 1, WINDOW_MS);
    wait('b');
    wait('c');
    wait('b');
    wait('d', true);
    await settled();
    expect(served).toEqual(['b displaced']);
    expect(slots.waiting()).toHaveLength(3);
    for (const ended of ['first', 'd', 'b', 'c']) {
      slots.release(ended, 1);
      await settled();
    }
    expect(served).toEqual(['b displaced', 'd', 'b', 'c']);
  });

  it('is not taken from those who wait by who comes later, unless that is a full close', async () => {
    const slots = slotsOf(2);
    slots.occupy('others-1', 1, WINDOW_MS);
    slots.occupy('others-2', 1, WINDOW_MS);
    slots.occupy('others-3', 1, WINDOW_MS);
    const { wait, served } = watched(slots);
    wait('waits');
    slots.release('others-1', 1);
    await settled();
    expect(served).toEqual([]);
    slots.release('others-2', 1);
    await settled();
    expect(served).toEqual(['waits']);
  });

  it('that a plan becoming a full close waits for moves it to the front', async () => {
    const slots = slotsOf(1);
    const { wait, served } = watched(slots);
    taken(slots).use('first', 1, WINDOW_MS);
    wait('a');
    wait('b');
    wait('b', true);
    slots.release('first', 1);
    await settled();
    expect(served).toEqual(['b displaced', 'b']);
  });

  it('ends with the window of a plan that nobody here took', async () => {
    const slots = slotsOf(1);
    const { wait, served } = watched(slots);
    taken(slots).use('gone', 1, WINDOW_MS);
    wait('next');
    await vi.advanceTimersByTimeAsync(WINDOW_MS);
    expect(served).toEqual(['next']);
  });

  it.each([
    ['both issuers allow', ['governor allow', 'p33 allow'], 0],
    ['one issuer denies', ['p33 deny'], 0],
    ['one issuer allows twice', ['p33 allow', 'p33 allow'], 1],
  ])('that another process uses ends when %s', (_what, verdicts, left) => {
    const slots = slotsOf(1);
    taken(slots).use('a', 1, WINDOW_MS);
    for (const each of verdicts) {
      const [issuer, verdict] = each.split(' ') as ['governor' | 'p33', 'allow' | 'deny'];
      slots.onVerdict({ planId: 'a', attempt: '1', issuer, verdict });
    }
    expect(slots.size).toBe(left);
  });

  it('of a plan that waits here ends with its claim, not with its verdicts', () => {
    const slots = slotsOf(1);
    slots.occupy('a', 1, WINDOW_MS);
    slots.onVerdict({ planId: 'a', attempt: '1', issuer: 'p33', verdict: 'deny' });
    expect(slots.size).toBe(1);
  });

  it('is waited for no longer than the caller says, nor past the end of the process', async () => {
    const slots = slotsOf(1);
    const { wait, served } = watched(slots);
    taken(slots).use('first', 1, 60_000);
    wait('call', false, 5_000);
    wait('strategy');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(served).toEqual(['call timed_out']);
    slots.stop();
    await settled();
    expect(served).toEqual(['call timed_out', 'strategy stopped']);
    expect(await slots.enter(turn('late', true)).wait()).toBe('stopped');
  });

  it('goes to the highest kill score first, then to full closes, then to who came first', async () => {
    const slots = slotsOf(1);
    const { wait, served } = watched(slots);
    taken(slots).use('first', 1, WINDOW_MS);
    wait('early', false, undefined, 10);
    wait('later', false, undefined, 10);
    wait('full', true, undefined, 10);
    wait('urgent', false, undefined, 90);
    expect(slots.waiting().map(({ key }) => key)).toEqual(['urgent', 'full', 'early', 'later']);
    for (const ended of ['first', 'urgent', 'full', 'early']) {
      slots.release(ended, 1);
      await settled();
    }
    expect(served).toEqual(['urgent', 'full', 'early', 'later']);
  });

  it('is not there for more plans than orders the exchange still takes, and comes back with its window', async () => {
    const room = { left: 2, againInMs: 3_000 };
    const slots = slotsOf(64, room);
    const { wait, served } = watched(slots);
    taken(slots).use('a', 1, WINDOW_MS);
    taken(slots).use('b', 1, WINDOW_MS);
    expect(asked(slots)).toBeUndefined();
    wait('c');
    room.left = 0;
    slots.release('a', 1);
    slots.release('b', 1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(served).toEqual([]);
    room.left = 300;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(served).toEqual(['c']);
  });

  it('is not limited by the order limits of the exchange in a dry run', () => {
    const slots = new PlanSlots({ orderRoom: () => ({ left: 0, againInMs: 1 }) }, { mode: 'dry_run' }, 1);
    expect(asked(slots, turn('a'))).toBeDefined();
  });

  it('is no longer waited for by a call that was withdrawn, nor without a look by what may not stand any more', async () => {
    const slots = slotsOf(1);
    const { wait, served } = watched(slots);
    taken(slots).use('first', 1, WINDOW_MS);
    wait('call:a');
    wait('b');
    slots.lookAgain('BUSDT');
    expect(slots.withdraw('call:', 'CALL:AUSDT')).toBe('call:a');
    expect(slots.withdraw('call:', 'BUSDT')).toBeUndefined();
    await settled();
    expect(served).toEqual(['b look_again', 'call:a withdrawn']);
  });

  it('goes to the most urgent of all that are known, also to those that are still judged', async () => {
    const slots = slotsOf(2);
    const served: string[] = [];
    const [part, full, other, last] = [turn('part'), turn('full', true), turn('other', true), turn('last')].map(
      (each) => slots.enter(each),
    );
    expect(part?.take()).toBeUndefined();
    void part?.wait().then((waited) => served.push(typeof waited === 'string' ? waited : 'part'));
    expect(last?.take()).toBeUndefined();
    last?.leave();
    const slot = full?.take();
    expect(slot).toBeDefined();
    await settled();
    expect([served, slots.size]).toEqual([[], 1]);
    // What is refused leaves its slot to the next.
    other?.leave();
    await settled();
    expect([served, slots.size]).toEqual([['part'], 2]);
  });

  it('is not kept for one that is less urgent, nor where there is enough for all', () => {
    const slots = slotsOf(2);
    slots.enter(turn('low', false, 10));
    slots.enter(turn('later'));
    expect(slots.enter(turn('high', false, 20)).take()).toBeDefined();
    const roomy = slotsOf(3);
    roomy.enter(turn('full', true));
    roomy.enter(turn('other', true));
    expect(roomy.enter(turn('part')).take()).toBeDefined();
  });

  it('is kept a quarter of a second for one that is judged, and no longer', async () => {
    const slots = slotsOf(1);
    slots.enter(turn('full', true));
    const { wait, served } = watched(slots);
    wait('part');
    await vi.advanceTimersByTimeAsync(249);
    expect(served).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(served).toEqual(['part']);
  });

  it('is kept for one that looks again, which stays before those who came later', async () => {
    const slots = slotsOf(1);
    taken(slots).use('first', 1, WINDOW_MS);
    const place = slots.enter(turn('a'));
    const looks = place.wait();
    const { wait, served } = watched(slots);
    wait('b');
    await vi.advanceTimersByTimeAsync(100);
    slots.lookAgain('AUSDT');
    expect(await looks).toBe('look_again');
    slots.release('first', 1);
    await settled();
    expect(served).toEqual([]);
    const again = await place.wait();
    expect(again).toMatchObject({ use: expect.any(Function) });
    expect(served).toEqual([]);
  });

  it('that one looking again waits for shows since when it waited at first', async () => {
    const slots = slotsOf(1);
    taken(slots).use('first', 1, WINDOW_MS);
    const place = slots.enter(turn('a'));
    const looks = place.wait();
    const since = slots.waiting()[0]?.sinceMs;
    await vi.advanceTimersByTimeAsync(100);
    void slots.enter(turn('b')).wait();
    slots.lookAgain('AUSDT');
    await looks;
    void place.wait();
    expect(slots.waiting().map(({ key, sinceMs }) => [key, sinceMs === since])).toEqual([
      ['a', true],
      ['b', false],
    ]);
  });
});
