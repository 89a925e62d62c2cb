import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AMOUNT, CrashSetup } from './crash-points/crash-setup.js';
import type { Point } from './crash-points/points.js';
import { EVERY_POINT } from '../harness/points.js';

/**
 * How long the process sleeps at least. Nothing that protects here knows of this time: the request must have expired
 * when the call that engages the kill switch returns and when an absence is proven, which is when it is woken by default.
 */
const STOPPED_FOR_MS = Number(process.env['STOPPED_FOR_SEC'] ?? '0') * 1_000;
/** A woken process has written what it will write. */
const AWAKE_MS = 1_500;

/** In the order in which a process comes there; with what its plan ends, and how many requests for an order it writes when it wakes. */
const POINTS: readonly (readonly [string, Point, { readonly ends: string; readonly writes: readonly number[] }])[] = [
  ['the claim is not made yet', 'before claim_permits', { ends: 'EXPIRED', writes: [0] }],
  // It has waited too long for Redis' answer when it wakes, and may give up by itself.
  ['the claim is made, its answer not here', 'after claim_permits', { ends: 'NOT_FOUND', writes: [0, 1] }],
  ['the answer is here and not read', 'claim answered', { ends: 'NOT_FOUND', writes: [1] }],
  ['no byte is written', 'before-send', { ends: 'NOT_FOUND', writes: [1] }],
  ['half of the bytes are written', 'half-sent', { ends: 'NOT_FOUND', writes: [1] }],
];
/** At each point it is woken in one of the two ways, and at the last in both; in both at each in `npm run test:long`. */
const LAST = POINTS.length - 1;
const WOKEN_BY_SWITCH = EVERY_POINT ? POINTS : POINTS.filter((_, at) => at % 2 === 0 || at === LAST);
const WOKEN_BY_PROOF = EVERY_POINT ? POINTS : POINTS.filter((_, at) => at % 2 === 1 || at === LAST);

describe('a process of Apply that is stopped (SIGSTOP) between claim and socket write', () => {
  let setup: CrashSetup;
  beforeAll(async () => {
    setup = await CrashSetup.create(WOKEN_BY_SWITCH.length + WOKEN_BY_PROOF.length);
    const starts = [
      setup.start('issuers', 'position-brain,governor'),
      setup.start('one', 'apply'),
      setup.start('two', 'apply'),
    ];
    await Promise.all(starts);
    await setup.known();
  }, 200_000);
  afterEach(() => setup.killSwitch('issuers', false));
  afterAll(() => setup.close());

  it.each(WOKEN_BY_SWITCH)(
    '%s (%s): woken when the kill switch is engaged, it trades nothing [P16]',
    async (_where, point, { writes }) => {
      const { symbol, halted } = await setup.haltAt(point, 'SIGSTOP');
      const stoppedMs = performance.now();
      await setup.killSwitch('issuers', true);
      await sleep(Math.max(0, stoppedMs + STOPPED_FOR_MS - performance.now()));
      const writtenBefore = setup.refused(symbol);
      setup.wake(halted);
      await sleep(AWAKE_MS);
      expect(setup.ordersOf(symbol)).toEqual([]);
      // It was stopped where it was meant to be: what it had in hand went out, and was refused for its age.
      expect(writes).toContain(setup.refused(symbol) - writtenBefore);
      await endsWithoutOrder(symbol, /^(NOT_FOUND|BLOCKED|EXPIRED)$/);
    },
  );

  it.each(WOKEN_BY_PROOF)(
    '%s (%s): woken when its order is proven absent, it trades nothing [P16] [O13]',
    async (_where, point, { ends, writes }) => {
      const { symbol, halted } = await setup.haltAt(point, 'SIGSTOP');
      const stoppedMs = performance.now();
      await setup.result(symbol);
      await sleep(Math.max(0, stoppedMs + STOPPED_FOR_MS - performance.now()));
      const writtenBefore = setup.refused(symbol);
      setup.wake(halted);
      await sleep(AWAKE_MS);
      expect(setup.ordersOf(symbol)).toEqual([]);
      expect(writes).toContain(setup.refused(symbol) - writtenBefore);
      await endsWithoutOrder(symbol, new RegExp(`^${ends}$`));
    },
  );

  async function endsWithoutOrder(symbol: string, state: RegExp): Promise<void> {
    const plan = await setup.settled(symbol);
    expect(plan).toEqual({
      state: expect.stringMatching(state),
      results: [{ attempt: '1', executed: 'False' }],
      orders: [],
      ledger: AMOUNT,
      exchange: AMOUNT,
      reservation: 'released',
    });
  }
});
