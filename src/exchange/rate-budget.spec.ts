import { beforeEach, describe, expect, it } from 'vitest';
import { type AddressLimitsStore, type AddressUse, OwnAddressLimits } from './address-limits.port.js';
import { RateBudget } from './rate-budget.js';
import type { ExchangeAnswer } from './exchange-answer.js';

const MINUTE_START_MS = 1_700_000_040_000;

describe('the rate budget [O5]', () => {
  let nowMs = 0;
  let bans: OwnAddressLimits;
  let budget: RateBudget;
  const newBudget = (store: AddressLimitsStore): RateBudget =>
    new RateBudget(
      store,
      () => MINUTE_START_MS + nowMs,
      () => nowMs,
    );
  const storeWith = (more: Partial<AddressLimitsStore>): AddressLimitsStore => ({
    remainingMs: () => 0,
    report: () => undefined,
    used: () => undefined,
    noteUse: () => undefined,
    ...more,
  });
  const counted = (headers: Record<string, string>): Promise<void> =>
    budget.note({ httpStatus: 200, headers, body: '{}' });
  const limited: ExchangeAnswer = {
    httpStatus: 429,
    headers: { 'retry-after': '5' },
    body: '{"code":-1003,"msg":"slow"}',
  };

  beforeEach(() => {
    nowMs = 0;
    bans = new OwnAddressLimits(() => nowMs);
    budget = newBudget(bans);
  });

  it('refuses reads when only the reserve for orders is left; follow-ups and orders pass', async () => {
    await counted({ 'x-mbx-used-weight-1m': '2156' });
    expect(await budget.admit('read', 5)).toEqual({
      admitted: false,
      cause: 'limit',
      reason: 'request weight 2156 of 2400 a minute is used and the rest is kept for orders',
      bannedForMs: 0,
    });
    expect(await budget.admit('follow_up', 5)).toMatchObject({ admitted: true });
    expect(await budget.admit('order', 0)).toMatchObject({ admitted: true });
  });

  it('refuses follow-ups too when nothing is left, never orders', async () => {
    await counted({ 'x-mbx-used-weight-1m': '2400' });
    expect(await budget.admit('follow_up', 1)).toMatchObject({ admitted: false });
    expect(await budget.admit('order', 0)).toMatchObject({ admitted: true });
  });

  it('leaves room for as many orders as both limits, less those without an answer, and again with the next window', async () => {
    await counted({ 'x-mbx-order-count-10s': '298', 'x-mbx-order-count-1m': '900' });
    expect(budget.orderRoom()).toEqual({ left: 2, againInMs: 10_000 });
    const first = await budget.admit('order', 0);
    expect(budget.orderRoom().left).toBe(1);
    await budget.admit('order', 0);
    expect(budget.orderRoom().left).toBe(0);
    expect(await budget.admit('order', 0)).toMatchObject({ admitted: false, cause: 'limit' });
    if (first.admitted) first.settle();
    expect(budget.orderRoom().left).toBe(1);
    nowMs = 10_000;
    // The minute still counts the one without an answer.
    expect(budget.orderRoom().left).toBe(299);
    await counted({ 'x-mbx-order-count-1m': '1200' });
    expect(budget.orderRoom()).toEqual({ left: 0, againInMs: 50_000 });
  });

  it('counts calls underway until they are settled, once', async () => {
    const first = await budget.admit('read', 40);
    expect(budget.usedWeight).toBe(40);
    if (!first.admitted) throw new Error('refused');
    first.settle();
    first.settle();
    expect(budget.usedWeight).toBe(0);
  });

  it('takes the highest count of a minute and starts at zero in the next minute of the exchange', async () => {
    await counted({ 'x-mbx-used-weight-1m': '100' });
    await counted({ 'x-mbx-used-weight-1m': '90' });
    await counted({ 'x-mbx-used-weight-1m': 'many' });
    expect(budget.usedWeight).toBe(100);
    nowMs = 60_000;
    expect(budget.usedWeight).toBe(0);
  });

  it.each(['x-mbx-order-count-10s', 'x-mbx-order-count-1m'])('refuses orders when %s is used up', async (header) => {
    budget.setLimits({ weightPerMinute: 10, ordersPer10Sec: 3, ordersPerMinute: 3 });
    await counted({ [header]: '3' });
    expect(await budget.admit('order', 0)).toMatchObject({ admitted: false, bannedForMs: 0 });
    nowMs = 60_000;
    expect(await budget.admit('order', 0)).toMatchObject({ admitted: true });
  });

  it('a ban stops calls of every kind until it is over, and every process that shares the store', async () => {
    await budget.note(limited);
    const other = newBudget(bans);
    for (const purpose of ['order', 'follow_up', 'read'] as const) {
      expect(await budget.admit(purpose, 1)).toMatchObject({ admitted: false, bannedForMs: 5_000 });
      expect(await other.admit(purpose, 1)).toMatchObject({ admitted: false, bannedForMs: 5_000 });
    }
    expect(other.bannedForMs()).toBe(5_000);
    nowMs = 4_999;
    expect(await other.admit('order', 0)).toMatchObject({ admitted: false, bannedForMs: 1 });
    nowMs = 5_000;
    expect(await budget.admit('order', 0)).toMatchObject({ admitted: true });
    expect(await other.admit('read', 1)).toMatchObject({ admitted: true });
  });

  it('a shorter ban never shortens a longer one', async () => {
    await budget.note({ ...limited, httpStatus: 418, headers: { 'retry-after': '120' } });
    await budget.note(limited);
    expect(budget.bannedForMs()).toBe(120_000);
    expect(bans.remainingMs()).toBe(120_000);
  });

  it('counts what others behind the address have used, and passes on what it learns', async () => {
    const noted: AddressUse[] = [];
    const window = MINUTE_START_MS / 60_000;
    const none = { window: -1, used: 0 };
    const others = { weight: { window, used: 2_158 }, orders10Sec: none, orders1Min: { window, used: 1_200 } };
    budget = newBudget(
      storeWith({ used: () => Promise.resolve(others), noteUse: async (use) => void noted.push(use) }),
    );
    expect(await budget.admit('read', 5)).toMatchObject({ admitted: false, cause: 'limit' });
    expect(await budget.admit('follow_up', 5)).toMatchObject({ admitted: true });
    expect(await budget.admit('order', 0)).toMatchObject({ admitted: false, reason: expect.stringContaining('1200') });
    await counted({ 'x-mbx-used-weight-1m': '2200' });
    expect(noted).toEqual([{ ...others, weight: { window, used: 2_200 } }]);
    // Theirs are of the minute before.
    nowMs = 60_000;
    expect(await budget.admit('read', 5)).toMatchObject({ admitted: true });
  });

  it('a store that cannot be read refuses every call', async () => {
    budget = newBudget(storeWith({ remainingMs: () => Promise.reject(new Error('gone')) }));
    expect(await budget.admit('order', 0)).toEqual({
      admitted: false,
      cause: 'bans_unreadable',
      reason: 'the shared ban time cannot be read: Error: gone',
      bannedForMs: 0,
      fault: new Error('gone'),
    });
  });

  describe('looking ahead', () => {
    const asked: number[] = [];
    let answer: () => Promise<number>;
    beforeEach(() => {
      asked.length = 0;
      answer = () => Promise.resolve(0);
      budget = newBudget(
        storeWith({
          remainingMs: () => {
            asked.push(nowMs);
            return answer();
          },
        }),
      );
    });

    it('lets an order of the next quarter of a second ask nothing of its own, and no later one', async () => {
      budget.lookAhead();
      nowMs = 250;
      expect(await budget.admit('order', 0)).toMatchObject({ admitted: true });
      expect(asked).toEqual([0]);
      nowMs = 251;
      expect(await budget.admit('order', 0)).toMatchObject({ admitted: true });
      expect(asked).toEqual([0, 251]);
    });

    it('waits for the answer, and refuses an order for the ban in it', async () => {
      let arrive = (forMs: number): void => void forMs;
      answer = () => new Promise((resolve) => (arrive = resolve));
      budget.lookAhead();
      const admission = budget.admit('order', 0);
      arrive(3_000);
      expect(await admission).toMatchObject({ admitted: false, cause: 'banned', bannedForMs: 3_000 });
    });

    it('is asked again by an order after it failed, and is never an answer for other calls', async () => {
      answer = () => Promise.reject(new Error('gone'));
      budget.lookAhead();
      answer = () => Promise.resolve(0);
      await new Promise((resolve) => setImmediate(resolve));
      expect(await budget.admit('order', 0)).toMatchObject({ admitted: true });
      expect(asked).toHaveLength(2);
      expect(await budget.admit('follow_up', 0)).toMatchObject({ admitted: true });
      expect(asked).toHaveLength(3);
    });

    it('asks once for plans that come together', () => {
      budget.lookAhead();
      budget.lookAhead();
      nowMs = 126;
      budget.lookAhead();
      expect(asked).toEqual([0, 126]);
    });
  });

  it('with a store that cannot be written this process stops at once, and writes the ban before its next call', async () => {
    const reported: number[] = [];
    let isUp = false;
    budget = newBudget(
      storeWith({
        report: (forMs) => {
          if (!isUp) throw new Error('gone');
          reported.push(forMs);
        },
      }),
    );
    await budget.note(limited);
    expect(budget.bannedForMs()).toBe(5_000);
    isUp = true;
    nowMs = 1_000;
    expect(await budget.admit('order', 0)).toMatchObject({ admitted: false, bannedForMs: 4_000 });
    expect(reported).toEqual([4_000]);
  });
});
