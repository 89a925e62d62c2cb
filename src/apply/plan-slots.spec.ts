import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PlanSlots, type Slot, type Waited } from './plan-slots.js';

const WINDOW_MS = 1_200;

function taken(slots: PlanSlots): Slot {
  const slot = slots.take(false);
  if (slot === undefined) throw new Error(`no room among ${slots.size}`);
  return slot;
}

/** What those who wait were given, in the order they were served. */
function watched(slots: PlanSlots): {
  readonly wait: (key: string, isUrgent?: boolean, maxMs?: number) => void;
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
    wait: (key, isUrgent = false, maxMs) => void serve(key, slots.wait(key, isUrgent, maxMs)),
  };
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('room for plans between publishing and claim', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is there for as many as the limit, and again when one is claimed or ends [P12]', () => {
    const slots = new PlanSlots(2);
    taken(slots).use('a', 1, WINDOW_MS);
    taken(slots).use('b', 1, WINDOW_MS);
    expect(slots.take(false)).toBeUndefined();
    expect(slots.take(true)).toBeUndefined();
    slots.release('a', 2);
    expect(slots.take(false)).toBeUndefined();
    slots.release('a', 1);
    slots.release('a', 1);
    taken(slots);
    expect(slots.take(false)).toBeUndefined();
  });

  it('is given back by a slot that was not used, once', () => {
    const slots = new PlanSlots(1);
    const slot = taken(slots);
    slot.free();
    slot.free();
    const next = taken(slots);
    next.use('a', 1, WINDOW_MS);
    next.free();
    expect(slots.size).toBe(1);
  });

  it('goes to full closes first, then to who came first; one place for each key', async () => {
    const slots = new PlanSlots(1);
    const { wait, served } = watched(slots);
    taken(slots).use('first', 1, WINDOW_MS);
    wait('b');
    wait('c');
    wait('b');
    wait('d', true);
    await settled();
    expect(served).toEqual(['b displaced']);
    expect(slots.waiting).toBe(3);
    for (const ended of ['first', 'd', 'b', 'c']) {
      slots.release(ended, 1);
      await settled();
    }
    expect(served).toEqual(['b displaced', 'd', 'b', 'c']);
  });

  it('is not taken from those who wait by who comes later, unless that is a full close', async () => {
    const slots = new PlanSlots(2);
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
    const slots = new PlanSlots(1);
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
    const slots = new PlanSlots(1);
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
    const slots = new PlanSlots(1);
    taken(slots).use('a', 1, WINDOW_MS);
    for (const each of verdicts) {
      const [issuer, verdict] = each.split(' ') as ['governor' | 'p33', 'allow' | 'deny'];
      slots.onVerdict({ planId: 'a', attempt: '1', issuer, verdict });
    }
    expect(slots.size).toBe(left);
  });

  it('of a plan that waits here ends with its claim, not with its verdicts', () => {
    const slots = new PlanSlots(1);
    slots.occupy('a', 1, WINDOW_MS);
    slots.onVerdict({ planId: 'a', attempt: '1', issuer: 'p33', verdict: 'deny' });
    expect(slots.size).toBe(1);
  });

  it('is waited for no longer than the caller says, nor past the end of the process', async () => {
    const slots = new PlanSlots(1);
    const { wait, served } = watched(slots);
    taken(slots).use('first', 1, 60_000);
    wait('call', false, 5_000);
    wait('strategy');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(served).toEqual(['call timed_out']);
    slots.stop();
    await settled();
    expect(served).toEqual(['call timed_out', 'strategy stopped']);
    expect(await slots.wait('late', true)).toBe('stopped');
  });
});
